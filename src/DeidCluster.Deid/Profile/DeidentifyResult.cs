using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What became of one instance. Closed: the nested records are all there are. Reasons never hold a value of the instance.</summary>
public abstract record DeidentifyResult
{
    private DeidentifyResult() { }

    /// <summary>De-identified.</summary>
    public sealed record Done(DeidentifiedInstance Instance) : DeidentifyResult;

    /// <summary>Not wanted, or of a kind that is refused: it is left out.</summary>
    public sealed record Rejected(string Reason) : DeidentifyResult;

    /// <summary>Wanted, but it cannot be de-identified as it is: somebody must decide.</summary>
    public sealed record Held(string Reason) : DeidentifyResult;
}

/// <summary>A de-identified instance. Its segments refer to the source file, which must stay open until they are written.</summary>
public sealed record DeidentifiedInstance
{
    /// <summary>The file meta information, rebuilt.</summary>
    public required DataSet FileMeta { get; init; }

    /// <summary>The data set. Masked pixels differ from it in <see cref="Segments"/> only.</summary>
    public required DataSet DataSet { get; init; }

    /// <summary>How the result is encoded: as the source, except that what was big endian or deflated becomes explicit little endian.</summary>
    public required TransferSyntax TransferSyntax { get; init; }

    /// <summary>The bytes of the whole file.</summary>
    public required SegmentList Segments { get; init; }

    /// <summary>SOP Class UID (0008,0016).</summary>
    public required string SopClassUid { get; init; }

    /// <summary>The new SOP Instance UID (0008,0018).</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>The new Series Instance UID (0020,000E).</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>The new Study Instance UID (0020,000D).</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>True when pixels were blanked: the result's pixels differ from the source's.</summary>
    public bool PixelsMasked { get; init; }

    /// <summary>How many elements were treated how.</summary>
    public required DeidentifyCounts Counts { get; init; }
}

/// <summary>How many elements, at every depth, were treated how. What stands inside a removed sequence is not counted.</summary>
public sealed record DeidentifyCounts(int Kept, int Removed, int Emptied, int Replaced, int Uids, int Dates)
{
    /// <summary>Elements whose text was cleaned.</summary>
    public int Texts { get; init; }

    /// <summary>For each rule of the project, how many elements it decided.</summary>
    public IReadOnlyList<int> ByRule { get; init; } = [];

    /// <summary>The sum of two.</summary>
    public static DeidentifyCounts operator +(DeidentifyCounts a, DeidentifyCounts b) => new(
        a.Kept + b.Kept, a.Removed + b.Removed, a.Emptied + b.Emptied, a.Replaced + b.Replaced, a.Uids + b.Uids, a.Dates + b.Dates)
    {
        Texts = a.Texts + b.Texts,
        ByRule = a.ByRule.Count == 0 ? b.ByRule : b.ByRule.Count == 0 ? a.ByRule : [.. a.ByRule.Zip(b.ByRule, (x, y) => x + y)],
    };
}
