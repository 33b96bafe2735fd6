namespace DeidCluster.Dicom;

/// <summary>
/// A DICOM file that was read (PS3.10 chapter 7). Long values lie in <see cref="Source"/>, which is open until the file is disposed.
/// </summary>
public sealed class DicomFile : IDisposable
{
    internal DicomFile(ByteSource original, ByteSource source, ReadOnlyMemory<byte>? preamble, DataSet fileMeta, TransferSyntax transferSyntax, DataSet dataSet, long originalDataSetOffset)
    {
        (Original, OriginalDataSetOffset) = (original, originalDataSetOffset);
        (Source, Preamble, FileMeta, TransferSyntax, DataSet) = (source, preamble, fileMeta, transferSyntax, dataSet);
    }

    /// <summary>The 128 bytes before the prefix "DICM"; null when the file begins with its data.</summary>
    public ReadOnlyMemory<byte>? Preamble { get; }

    /// <summary>The file meta information, group 0002; empty when the file has none.</summary>
    public DataSet FileMeta { get; }

    /// <summary>The transfer syntax that the meta information names, or that the data set shows when it names none.</summary>
    public TransferSyntax TransferSyntax { get; }

    /// <summary>True when no meta information names the transfer syntax: it is the one that the first element shows.</summary>
    public bool IsSyntaxGuessed { get; internal init; }

    /// <summary>True when <see cref="DataSet"/> is not all of the file's, because <see cref="ReadOptions.StopAt"/> or <see cref="ReadOptions.Only"/> wanted less.</summary>
    public bool IsPartial { get; internal init; }

    /// <summary>The data set behind the meta information.</summary>
    public DataSet DataSet { get; }

    /// <summary>Where the data set begins in <see cref="Source"/>. Bytes.</summary>
    public long DataSetOffset => ReferenceEquals(Source, Original) ? OriginalDataSetOffset : 0;

    /// <summary>What the ranges of <see cref="DataSet"/> refer to: the file, or the inflated data set when the file is deflated.</summary>
    public ByteSource Source { get; }

    /// <summary>The file itself, also when its data set is deflated.</summary>
    internal ByteSource Original { get; }

    /// <summary>Where the data set begins in <see cref="Original"/>. Bytes.</summary>
    internal long OriginalDataSetOffset { get; }

    /// <summary>Reads the file at <paramref name="path"/>. Malformed input is a <see cref="DicomFormatException"/>.</summary>
    public static DicomFile Open(string path, ReadOptions? options = null) => Read(new FileSource(path), options);

    /// <summary>Reads <paramref name="source"/>, which the file then owns; it is disposed too when it is malformed.</summary>
    public static DicomFile Read(ByteSource source, ReadOptions? options = null)
    {
        try
        {
            return DicomFileReader.Read(source, options ?? ReadOptions.Default);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Source.Dispose();
        Original.Dispose();
    }
}
