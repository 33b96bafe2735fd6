using System.Collections.Concurrent;
using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>PS3.15 table E.1-1 of one edition.</summary>
public sealed class ProfileTable
{
    // The order of the table's option columns.
    private static readonly ProfileOption[] Columns =
    [
        ProfileOption.RetainSafePrivate, ProfileOption.RetainUids, ProfileOption.RetainDeviceIdentity, ProfileOption.RetainInstitutionIdentity,
        ProfileOption.RetainPatientCharacteristics, ProfileOption.RetainLongitudinalFullDates, ProfileOption.RetainLongitudinalModifiedDates,
        ProfileOption.CleanDescriptors, ProfileOption.CleanStructuredContent, ProfileOption.CleanGraphics,
    ];

    private const string PrivateRow = "odd";
    private static readonly ConcurrentDictionary<string, ProfileTable> ByEdition = new(StringComparer.Ordinal);

    private readonly Dictionary<uint, ProfileRow> rows = [];
    private readonly List<(uint Value, uint Mask, ProfileRow Row)> masks = [];
    private ProfileRow? privateRow;

    private ProfileTable(string edition)
    {
        foreach (string[] fields in EmbeddedTable.Rows($"profile-{edition}.tsv"))
        {
            Add(fields[0], ReadRow(fields));
        }
    }

    /// <summary>The table of <paramref name="edition"/>, one of <see cref="ProjectProfile.Editions"/>.</summary>
    public static ProfileTable Of(string edition) =>
        ProjectProfile.Editions.Contains(edition)
            ? ByEdition.GetOrAdd(edition, name => new ProfileTable(name))
            : throw new ArgumentException($"The edition '{edition}' of PS3.15 is not built in.", nameof(edition));

    /// <summary>All single tags that the table names.</summary>
    public IEnumerable<Tag> Tags => rows.Keys.Select(value => new Tag(value));

    /// <summary>The row about <paramref name="tag"/>: its own, that of its repeating group, or that of private attributes; null when there is none.</summary>
    public ProfileRow? Find(Tag tag)
    {
        if (rows.TryGetValue(tag.Value, out ProfileRow? row))
        {
            return row;
        }

        foreach ((uint value, uint mask, ProfileRow masked) in masks)
        {
            if ((tag.Value & mask) == value)
            {
                return masked;
            }
        }

        return tag.IsPrivate ? privateRow : null;
    }

    private void Add(string tag, ProfileRow row)
    {
        if (tag == PrivateRow)
        {
            privateRow = row;
        }
        else if (tag.Contains('x'))
        {
            uint value = uint.Parse(tag.Replace('x', '0'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            uint mask = uint.Parse(string.Concat(tag.Select(digit => digit == 'x' ? '0' : 'F')), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            masks.Add((value, mask, row));
        }
        else
        {
            rows.Add(uint.Parse(tag, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), row);
        }
    }

    private static ProfileRow ReadRow(string[] fields)
    {
        Dictionary<ProfileOption, ProfileAction> byOption = [];
        for (int i = 2; i < fields.Length; i++)
        {
            if (fields[i].Length > 0)
            {
                byOption.Add(Columns[i - 2], ProfileCodes.Read(fields[i]));
            }
        }

        return new ProfileRow(ProfileCodes.Read(fields[1]), byOption);
    }
}
