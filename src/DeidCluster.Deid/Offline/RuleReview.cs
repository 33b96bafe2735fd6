using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>One distinct value that would leave. It may identify somebody: that is what the review is for.</summary>
/// <param name="Path">Its place, without the numbers of items: "(0040,0275).(0040,0007)".</param>
/// <param name="Keyword">The attribute's keyword; empty when the standard does not know it.</param>
/// <param name="Vr">Its value representation.</param>
/// <param name="Value">The value, several joined by '\'.</param>
/// <param name="IsKept">True when it is the source's own; false when de-identification made it.</param>
/// <param name="Count">How often it would leave.</param>
public sealed record LeavingValue(string Path, string Keyword, Vr Vr, string Value, bool IsKept, int Count)
{
    /// <summary>Place and count, never the value.</summary>
    public override string ToString() => $"{Path} {Count}";
}

/// <summary>What a project would let out of some files: all distinct values, once each, and what became of the files.</summary>
/// <param name="Values">By place, then by count.</param>
/// <param name="Files">Files that were looked at.</param>
/// <param name="Done">Of these, those that would leave.</param>
/// <param name="Reasons">Why others would not, with their number.</param>
/// <param name="IsTruncated">True when there were more than <see cref="ValuesMax"/> distinct values.</param>
public sealed record RuleReview(IReadOnlyList<LeavingValue> Values, int Files, int Done, IReadOnlyDictionary<string, int> Reasons, bool IsTruncated)
{
    /// <summary>More distinct values are not collected.</summary>
    public const int ValuesMax = 500_000;

    /// <summary>Reviews what <paramref name="trial"/> would let out of <paramref name="inputs"/>: words, dates and codes, with <paramref name="all"/> numbers and UIDs too.</summary>
    public static async Task<RuleReview> TakeAsync(ProjectTrial trial, IEnumerable<string> inputs, bool all, CancellationToken cancellation)
    {
        Collection collection = new(all);
        Dictionary<string, int> reasons = new(StringComparer.Ordinal);
        int files = 0;
        int done = 0;
        foreach (DicomFile? opened in ProjectTrial.Open(inputs))
        {
            cancellation.ThrowIfCancellationRequested();
            using DicomFile? file = opened;
            files++;
            string? reason = "not readable as DICOM";
            if (file is not null)
            {
                DeidentifyResult result = await trial.TryAsync(file, cancellation).ConfigureAwait(false);
                reason = TrialReason.Of(result);
                if (result is DeidentifyResult.Done left)
                {
                    done++;
                    collection.Add(left.Instance.DataSet, file.DataSet, "");
                }
            }

            if (reason is not null)
            {
                reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            }
        }

        return new RuleReview(collection.Sorted(), files, done, reasons, collection.IsTruncated);
    }

    private sealed class Collection(bool all)
    {
        private readonly Dictionary<(string Path, Vr Vr, string Value, bool IsKept), int> counts = [];

        public bool IsTruncated { get; private set; }

        public void Add(DataSet result, DataSet? source, string path)
        {
            foreach (Element element in result.Elements)
            {
                string at = path + element.Tag;
                if (element is SequenceElement sequence)
                {
                    IReadOnlyList<DataSet> before = source?.Items(element.Tag) ?? [];
                    for (int i = 0; i < sequence.Items.Count; i++)
                    {
                        Add(sequence.Items[i], i < before.Count ? before[i] : null, at + ".");
                    }
                }
                else if (element is ValueElement { Bytes.Length: > 0 } value && IsReviewed(element.Vr))
                {
                    string text = string.Join('\\', result.Strings(value));
                    bool isKept = source?.Find(element.Tag) is ValueElement was && string.Join('\\', source.Strings(was)) == text;
                    Count((at, element.Vr, text, isKept));
                }
            }
        }

        public IReadOnlyList<LeavingValue> Sorted() =>
            [.. counts
                .Select(entry => new LeavingValue(entry.Key.Path, KeywordOf(entry.Key.Path), entry.Key.Vr, entry.Key.Value, entry.Key.IsKept, entry.Value))
                .OrderBy(value => value.Path, StringComparer.Ordinal).ThenByDescending(value => value.Count).ThenBy(value => value.Value, StringComparer.Ordinal)];

        private void Count((string, Vr, string, bool) key)
        {
            if (counts.TryGetValue(key, out int count))
            {
                counts[key] = count + 1;
            }
            else if (counts.Count < ValuesMax)
            {
                counts.Add(key, 1);
            }
            else
            {
                IsTruncated = true;
            }
        }

        private bool IsReviewed(Vr vr) => vr is not (Vr.OB or Vr.OW or Vr.OF or Vr.OD or Vr.OL or Vr.OV or Vr.UN)
            && (all || (vr.IsText() && vr is not (Vr.UI or Vr.DS or Vr.IS)));

        private static string KeywordOf(string path) => Tag.TryParse(path.AsSpan(path.LastIndexOf('.') + 1), out Tag tag) ? DicomDictionary.Find(tag)?.Keyword ?? "" : "";
    }
}

/// <summary>Why an instance would not leave, in words for counting.</summary>
internal static class TrialReason
{
    /// <summary>"rejected: ..." or "held: ..."; null for an instance that would leave.</summary>
    public static string? Of(DeidentifyResult result) => result switch
    {
        DeidentifyResult.Rejected rejected => $"rejected: {rejected.Reason}",
        DeidentifyResult.Held held => $"held: {held.Reason}",
        _ => null,
    };
}
