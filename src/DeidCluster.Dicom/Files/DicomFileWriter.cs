namespace DeidCluster.Dicom;

/// <summary>Writes a DICOM file (PS3.10 chapter 7): preamble, prefix, file meta information, data set.</summary>
public static class DicomFileWriter
{
    /// <summary>The length of a preamble. Bytes.</summary>
    public const int PreambleBytes = 128;

    internal static readonly byte[] Prefix = "DICM"u8.ToArray();

    /// <summary>
    /// The bytes of a file. <paramref name="source"/> holds the values that were left in place and must stay open until the segments
    /// were written. An empty <paramref name="preamble"/> stands for 128 zero bytes. The group length of the meta information is computed.
    /// </summary>
    public static SegmentList Segments(
        DataSet fileMeta, DataSet dataSet, TransferSyntax transferSyntax, ByteSource? source, ReadOnlyMemory<byte> preamble = default, WriteOptions? options = null)
    {
        SegmentList file = Head(fileMeta, preamble);
        SegmentList body = DataSetWriter.Segments(dataSet, transferSyntax, source, options);
        if (transferSyntax.IsDeflated)
        {
            file.AddOwned(Inflation.Deflate(body));
        }
        else
        {
            file.Add(body);
        }

        return file;
    }

    /// <summary>What stands before the data set: preamble, prefix and meta information, whose group length is computed.</summary>
    internal static SegmentList Head(DataSet fileMeta, ReadOnlyMemory<byte> preamble = default)
    {
        if (preamble.Length is not (0 or PreambleBytes))
        {
            throw new ArgumentException($"a preamble has {PreambleBytes} bytes", nameof(preamble));
        }

        DataSet meta = fileMeta.DeepCopy();
        FileMetaInformation.SetGroupLength(meta);
        SegmentList head = new();
        head.Add(preamble.IsEmpty ? new byte[PreambleBytes] : preamble);
        head.Add(Prefix);
        head.Add(DataSetWriter.Segments(meta, TransferSyntax.ExplicitVrLittleEndian));
        return head;
    }
}
