namespace DeidCluster.Dicom;

/// <summary>How a data set is written as DICOM JSON.</summary>
public sealed record DicomJsonWriteOptions
{
    /// <summary>Every value inline.</summary>
    public static readonly DicomJsonWriteOptions Default = new();

    /// <summary>Values up to this length are written without asking <see cref="BulkDataUri"/>. Bytes.</summary>
    public int InlineBytesMax { get; init; } = 1024;

    /// <summary>
    /// Names the BulkDataURI of a value (PS3.18 F.2.6), or answers null to have it inline. Asked for longer values of the representations that
    /// PS3.18 F.2.2 lists, and for encapsulated pixel data of any length, which has no inline form.
    /// </summary>
    public Func<BulkDataPlace, string?>? BulkDataUri { get; init; }

    /// <summary>Where the values lie that the data set left in its source; needed when some of them are written inline.</summary>
    public ByteSource? Source { get; init; }
}

/// <summary>Limits of reading DICOM JSON, so that hostile input costs bounded time and memory.</summary>
public sealed record DicomJsonReadOptions
{
    /// <summary>The options that every part of the product uses unless it says why not.</summary>
    public static readonly DicomJsonReadOptions Default = new();

    /// <summary>The JSON text of one data set. Bytes.</summary>
    public int DataSetBytesMax { get; init; } = 256 * 1024 * 1024;

    /// <summary>A data set nested deeper in sequences is refused. Levels.</summary>
    public int SequenceDepthMax { get; init; } = ReadOptions.Default.SequenceDepthMax;

    /// <summary>A data set with more elements and items, at all levels together, is refused.</summary>
    public int ElementsMax { get; init; } = ReadOptions.Default.ElementsMax;

    /// <summary>How deep the JSON itself may nest: an attribute, its array and the item make three levels of a sequence's one.</summary>
    internal int JsonDepthMax => (SequenceDepthMax * 3) + 8;
}
