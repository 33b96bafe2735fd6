using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Tells whether a private element of a result may be there under Retain Safe Private (PS3.15 E.3.10), from the same table read once more.</summary>
internal static class PrivateCheck
{
    private static readonly Lazy<HashSet<string>> Listed = new(() =>
        [.. EmbeddedTable.Rows("safe-private.tsv").Where(fields => fields.Length > 2).Select(fields => $"{fields[0][..4]}{fields[0][6..]} {fields[2].Trim()}".ToUpperInvariant())]);

    /// <summary>True for what the table lists under its creator, what <paramref name="source"/> declares as safe, and sequences, whose items are looked at.</summary>
    public static bool MayStay(ElementPlace place, DataSet source) =>
        place.PrivateCreator is { } creator
        && (place.Vr == Vr.SQ || Listed.Value.Contains(string.Create(CultureInfo.InvariantCulture, $"{place.Tag.Group:X4}{place.Tag.ElementNumber & 0xFF:X2} {creator.Trim()}").ToUpperInvariant())
            || IsDeclared(place.Tag, creator.Trim(), source));

    private static bool IsDeclared(Tag tag, string creator, DataSet source)
    {
        foreach (DataSet block in source.Items(Tags.PrivateDataElementCharacteristicsSequence))
        {
            if (block.GetInt(Tags.PrivateGroupReference) == tag.Group && block.GetString(Tags.PrivateCreatorReference)?.Trim() == creator)
            {
                return block.GetString(Tags.BlockIdentifyingInformationStatus) == "SAFE" || block.GetInts(Tags.NonidentifyingPrivateElements).Contains(tag.ElementNumber & 0xFF);
            }
        }

        return false;
    }
}
