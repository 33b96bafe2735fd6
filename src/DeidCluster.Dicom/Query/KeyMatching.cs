using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>Whether a stored attribute matches a key of a query (PS3.4 C.2.2.2). Pure.</summary>
public sealed class KeyMatching(QueryOptions options)
{
    /// <summary>The two quotation marks that ask for absent or empty values (PS3.4 C.2.2.2.7).</summary>
    private const string Empty = "\"\"";

    /// <summary>True when a key with this value matches everything: it is empty, or a sequence without keys (PS3.4 C.2.2.2.3, C.2.2.2.6).</summary>
    public static bool IsUniversal(Element key) => key switch
    {
        SequenceElement sequence => sequence.Items.All(item => item.All(IsUniversal)),
        ValueElement value => value.Bytes.Span.Trim(" \0"u8).IsEmpty,
        _ => true,
    };

    /// <summary>True when every key of <paramref name="keys"/> but those that <paramref name="skipped"/> names matches <paramref name="stored"/>.</summary>
    public bool Matches(DataSet keys, DataSet stored, Func<Tag, bool> skipped)
    {
        HashSet<Tag> combined = [];
        return (!options.CombinedDateTime || Combined(keys, stored, combined))
            && keys.All(key => skipped(key.Tag) || combined.Contains(key.Tag) || Matches(keys, key, stored));
    }

    /// <summary>True when the one key <paramref name="key"/>, which belongs to <paramref name="keys"/>, matches <paramref name="stored"/>.</summary>
    public bool Matches(DataSet keys, Element key, DataSet stored)
    {
        if (key.Tag.IsPrivateCreator || key.Tag == Tags.SpecificCharacterSet || IsUniversal(key))
        {
            return true;
        }

        return key is SequenceElement sequence ? MatchingItems(sequence, stored).Any() : MatchesValues(keys, (ValueElement)key, stored);
    }

    /// <summary>The stored items of which one key item matches (PS3.4 C.2.2.2.6).</summary>
    public IEnumerable<DataSet> MatchingItems(SequenceElement key, DataSet stored) => stored.Items(key.Tag)
        .Where(item => key.Items.Any(keys => Matches(keys, item, skipped: _ => false)));

    private bool MatchesValues(DataSet keys, ValueElement key, DataSet stored)
    {
        IReadOnlyList<string> wanted = keys.Strings(key);
        IReadOnlyList<string> values = stored.GetStrings(key.Tag);
        if (wanted is ["*"] || wanted.Count == 0)
        {
            return true; // as universal matching, also where the VR has no wild cards: many users send it so
        }

        bool isAbsent = values.All(value => value.Length == 0);
        if (options.EmptyValues && wanted is [Empty])
        {
            return isAbsent;
        }

        if (isAbsent)
        {
            return false;
        }

        Vr vr = key.Vr == Vr.UN ? DicomDictionary.Find(key.Tag)?.Vr ?? Vr.UN : key.Vr;
        return vr switch
        {
            Vr.DA or Vr.TM or Vr.DT => wanted.Any(text => MatchesMoment(vr, text, Zone(keys), values, Zone(stored))),
            Vr.PN => wanted.Any(text => values.Any(value => TextMatching.NameLike(text, value) || (options.FuzzyNames && TextMatching.NameResembles(text, value)))),
            Vr.IS or Vr.DS => wanted.Any(text => values.Any(value => IsSameNumber(text, value))),
            _ when TextMatching.HasWildCards(vr) => wanted.Any(text => values.Any(value => TextMatching.Like(text, value))),
            _ => wanted.Any(values.Contains),
        };
    }

    private static bool MatchesMoment(Vr vr, string text, TimeSpan? keyZone, IReadOnlyList<string> values, TimeSpan? storedZone)
    {
        TemporalKey key = TemporalKey.Parse(vr, text, keyZone ?? storedZone);
        return values.Any(value => key.Matches(value, storedZone ?? keyZone));
    }

    /// <summary>Joins ranges of a date and its time; <paramref name="combined"/> gets what needs no match of its own any more.</summary>
    private static bool Combined(DataSet keys, DataSet stored, HashSet<Tag> combined)
    {
        foreach ((Tag date, Tag time) in QueryAttributes.DateTimePairs)
        {
            if (keys.GetString(date) is string dates && keys.GetString(time) is string times
                && TemporalKey.Parse(Vr.DA, dates, null) is TemporalKey days && TemporalKey.Parse(Vr.TM, times, null) is TemporalKey hours
                && TemporalKey.CanCombine(days, hours))
            {
                if (stored.GetString(date) is not string day || !TemporalKey.MatchesCombined(days, hours, day, stored.GetString(time)))
                {
                    return false;
                }

                combined.Add(date);
                combined.Add(time);
            }
        }

        return true;
    }

    private static bool IsSameNumber(string wanted, string value) => wanted == value
        || (double.TryParse(wanted, NumberStyles.Float, CultureInfo.InvariantCulture, out double first)
            && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double second) && first.Equals(second));

    private static TimeSpan? Zone(DataSet dataSet)
    {
        for (DataSet? at = dataSet; at is not null; at = at.Enclosing)
        {
            if (at.GetString(Tags.TimezoneOffsetFromUTC) is string offset)
            {
                return Moments.Offset(offset);
            }
        }

        return null;
    }
}
