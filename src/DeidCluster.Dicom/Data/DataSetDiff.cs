namespace DeidCluster.Dicom;

/// <summary>How an element differs between two data sets.</summary>
public enum DifferenceKind
{
    /// <summary>Only the second has it.</summary>
    Added,

    /// <summary>Only the first has it.</summary>
    Removed,

    /// <summary>Both have it, with another VR, length or value.</summary>
    Changed,
}

/// <summary>
/// One element, or one whole item, that differs. <paramref name="Path"/> is its place, e.g. "(0008,1115)[0].(0020,000E)".
/// <paramref name="Before"/> and <paramref name="After"/> are the values for people's eyes; null on the side that lacks it.
/// </summary>
public sealed record Difference(string Path, DifferenceKind Kind, string? Before, string? After)
{
    /// <summary>Place and kind, never the values, which may identify a person.</summary>
    public override string ToString() => $"{Kind} {Path}";
}

/// <summary>What differs between two data sets, at any depth. How lengths were written does not count.</summary>
public static class DataSetDiff
{
    private const int CompareBytes = 64 * 1024;

    /// <summary>What differs between two files: file meta information, then data set. Values in the files themselves are read and compared.</summary>
    public static IReadOnlyList<Difference> Compare(DicomFile a, DicomFile b) =>
        [.. Compare(a.FileMeta, b.FileMeta, a.Source, b.Source), .. Compare(a.DataSet, b.DataSet, a.Source, b.Source)];

    /// <summary>
    /// What differs between two data sets, in the order of tags. Values that were left in a source are compared when both sources are
    /// given, else by their length.
    /// </summary>
    public static IReadOnlyList<Difference> Compare(DataSet a, DataSet b, ByteSource? sourceA = null, ByteSource? sourceB = null)
    {
        List<Difference> differences = [];
        Compare(a, b, "", sourceA, sourceB, differences);
        return differences;
    }

    private static void Compare(DataSet a, DataSet b, string path, ByteSource? sourceA, ByteSource? sourceB, List<Difference> differences)
    {
        ILookup<Tag, Element> ofA = a.ToLookup(element => element.Tag);
        ILookup<Tag, Element> ofB = b.ToLookup(element => element.Tag);
        foreach (Tag tag in ofA.Select(group => group.Key).Union(ofB.Select(group => group.Key)).Order())
        {
            Element[] fromA = [.. ofA[tag]];
            Element[] fromB = [.. ofB[tag]];
            for (int i = 0; i < Math.Max(fromA.Length, fromB.Length); i++)
            {
                string at = $"{path}{tag}";
                if (i >= fromB.Length)
                {
                    differences.Add(new Difference(at, DifferenceKind.Removed, DataSetText.Value(a, fromA[i]), null));
                }
                else if (i >= fromA.Length)
                {
                    differences.Add(new Difference(at, DifferenceKind.Added, null, DataSetText.Value(b, fromB[i])));
                }
                else if (fromA[i] is SequenceElement sequenceA && fromB[i] is SequenceElement sequenceB)
                {
                    CompareItems(sequenceA, sequenceB, at, sourceA, sourceB, differences);
                }
                else if (!AreEqual(fromA[i], fromB[i], sourceA, sourceB))
                {
                    differences.Add(new Difference(at, DifferenceKind.Changed, DataSetText.Value(a, fromA[i]), DataSetText.Value(b, fromB[i])));
                }
            }
        }
    }

    private static void CompareItems(SequenceElement a, SequenceElement b, string path, ByteSource? sourceA, ByteSource? sourceB, List<Difference> differences)
    {
        for (int i = 0; i < Math.Max(a.Items.Count, b.Items.Count); i++)
        {
            string at = $"{path}[{i}]";
            if (i >= b.Items.Count)
            {
                differences.Add(new Difference(at, DifferenceKind.Removed, $"{a.Items[i].Count} elements", null));
            }
            else if (i >= a.Items.Count)
            {
                differences.Add(new Difference(at, DifferenceKind.Added, null, $"{b.Items[i].Count} elements"));
            }
            else
            {
                Compare(a.Items[i], b.Items[i], at + ".", sourceA, sourceB, differences);
            }
        }
    }

    private static bool AreEqual(Element a, Element b, ByteSource? sourceA, ByteSource? sourceB)
    {
        if (a.Vr != b.Vr || IsEncapsulated(a) != IsEncapsulated(b) || Value(a, sourceA) is not { } valueA || Value(b, sourceB) is not { } valueB)
        {
            return false;
        }

        if (valueA.Length != valueB.Length)
        {
            return false;
        }

        bool areReadable = (valueA.Source is null || sourceA is not null) && (valueB.Source is null || sourceB is not null);
        return !areReadable || HaveEqualBytes(valueA, valueB);
    }

    private static bool IsEncapsulated(Element element) => element is FragmentsElement;

    /// <summary>The value as a segment; of one in a source that is not given, only the length counts. Null for a sequence.</summary>
    private static Segment? Value(Element element, ByteSource? source) => element switch
    {
        ValueElement value => new Segment(value.Bytes),
        RangeElement range => new Segment(source ?? Unread, range.Range),
        FragmentsElement fragments => new Segment(source ?? Unread, fragments.Range),
        _ => null,
    };

    private static readonly ByteSource Unread = new MemorySource(default);

    private static bool HaveEqualBytes(Segment a, Segment b)
    {
        SegmentList listA = new();
        listA.Add(a);
        SegmentList listB = new();
        listB.Add(b);
        byte[] bytesA = new byte[Math.Min(CompareBytes, a.Length)];
        byte[] bytesB = new byte[bytesA.Length];
        using Stream streamA = listA.OpenRead();
        using Stream streamB = listB.OpenRead();
        for (int read = 1; read > 0;)
        {
            read = streamA.ReadAtLeast(bytesA, bytesA.Length, throwOnEndOfStream: false);
            int readB = streamB.ReadAtLeast(bytesB, bytesB.Length, throwOnEndOfStream: false);
            if (read != readB || !bytesA.AsSpan(0, read).SequenceEqual(bytesB.AsSpan(0, read)))
            {
                return false;
            }
        }

        return true;
    }
}
