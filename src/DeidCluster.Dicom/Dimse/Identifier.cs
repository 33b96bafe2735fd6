namespace DeidCluster.Dicom;

/// <summary>Data sets of queries and their answers (PS3.7 9.1.2.1.4), which are small and held in memory.</summary>
internal static class Identifier
{
    /// <summary>The bytes of <paramref name="identifier"/>.</summary>
    public static byte[] Encode(DataSet identifier, TransferSyntax transferSyntax) => DataSetWriter.ToBytes(identifier, transferSyntax);

    /// <summary>The data set in <paramref name="bytes"/>; malformed ones are a <see cref="DicomFormatException"/>.</summary>
    public static DataSet Decode(ReadOnlyMemory<byte> bytes, TransferSyntax transferSyntax) => DataSetReader.Parse(bytes, transferSyntax);
}
