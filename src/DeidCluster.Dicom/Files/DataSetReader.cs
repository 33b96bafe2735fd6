namespace DeidCluster.Dicom;

/// <summary>
/// Reads a data set (PS3.5 chapter 7, annex A). Long values stay in the source. Every defect is a <see cref="DicomFormatException"/>
/// with offset and tag path; time and memory are bounded by the length of the input and by <see cref="ReadOptions"/>.
/// </summary>
public static class DataSetReader
{
    /// <summary>The data set between <paramref name="offset"/> and <paramref name="end"/> of <paramref name="source"/>, which is not deflated (any more).</summary>
    public static DataSet Read(ByteSource source, long offset, long end, TransferSyntax transferSyntax, ReadOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, end);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(end, source.Length);
        using ByteWindow window = new(source);
        return Read(window, offset, end, transferSyntax, options ?? ReadOptions.Default, out _);
    }

    /// <summary>The data set in <paramref name="bytes"/>, e.g. an identifier of a DIMSE message. Its values are slices of these bytes, whatever their length.</summary>
    public static DataSet Parse(ReadOnlyMemory<byte> bytes, TransferSyntax transferSyntax) =>
        Read(new MemorySource(bytes), 0, bytes.Length, transferSyntax, InMemory);

    /// <summary>The same through a window that the caller keeps. <paramref name="hasStopped"/>: not all was read, as the options want.</summary>
    internal static DataSet Read(ByteWindow window, long offset, long end, TransferSyntax transferSyntax, ReadOptions options, out bool hasStopped)
    {
        DataSetParser parser = new(window, offset, end, DataSetEncoding.Of(transferSyntax), options);
        try
        {
            DataSet dataSet = parser.ReadDataSet();
            hasStopped = parser.HasStopped || options.Only is not null;
            return dataSet;
        }
        finally
        {
            parser.Dispose();
        }
    }

    private static readonly ReadOptions InMemory = ReadOptions.Default with { InlineValueBytesMax = int.MaxValue, InlineBytesMax = long.MaxValue };
}

/// <summary>How the elements of a data set, or of what is nested in a value of UN, are written.</summary>
internal readonly record struct DataSetEncoding(bool IsExplicitVr, bool IsBigEndian)
{
    /// <summary>What a value of UN with nested items holds, whatever surrounds it (PS3.5 6.2.2 note 4).</summary>
    public static readonly DataSetEncoding ImplicitLittleEndian = new(IsExplicitVr: false, IsBigEndian: false);

    /// <summary>File meta information, whatever follows it (PS3.10 7.1).</summary>
    public static readonly DataSetEncoding ExplicitLittleEndian = new(IsExplicitVr: true, IsBigEndian: false);

    /// <summary>The encoding that <paramref name="transferSyntax"/> names.</summary>
    public static DataSetEncoding Of(TransferSyntax transferSyntax) => new(transferSyntax.IsExplicitVr, transferSyntax.IsBigEndian);
}
