namespace DeidCluster.Dicom.Tests.Files;

public class DicomFileTests
{
    [Fact]
    public void Read_FileThatWasWritten_HasEachPart()
    {
        byte[] preamble = [.. Enumerable.Range(0, 128).Select(i => (byte)i)];
        byte[] bytes = Write(Sample(), TransferSyntax.ExplicitVrLittleEndian, preamble);

        using DicomFile file = DicomFile.Read(new MemorySource(bytes));

        Assert.Equal(preamble, file.Preamble!.Value.ToArray());
        Assert.Equal(TransferSyntax.ExplicitVrLittleEndian, file.TransferSyntax);
        Assert.Equal(Uids.CtImageStorage, file.FileMeta.GetString(Tags.MediaStorageSOPClassUID));
        Assert.Equal(FileMetaInformation.ImplementationClassUid, file.FileMeta.GetString(Tags.ImplementationClassUID));
        Assert.Equal((int)file.DataSetOffset - 132 - 12, file.FileMeta.GetInt(Tags.FileMetaInformationGroupLength));
        Assert.Equal("A^B", file.DataSet.GetString(Tags.PatientName));
    }

    [Theory]
    [InlineData(Uids.ExplicitVrLittleEndian)]
    [InlineData(Uids.ImplicitVrLittleEndian)]
    public void Read_DataSetWithoutMeta_ShowsItsSyntax(string uid)
    {
        byte[] bytes = DataSetWriter.ToBytes(Sample(), TransferSyntax.Find(uid)!);

        using DicomFile file = DicomFile.Read(new MemorySource(bytes));

        Assert.Null(file.Preamble);
        Assert.Equal((0, 0, uid), (file.FileMeta.Count, file.DataSetOffset, file.TransferSyntax.Uid));
        Assert.Equal("A^B", file.DataSet.GetString(Tags.PatientName));
    }

    [Fact]
    public void Read_BigEndianDataSetWithoutMeta_ShowsItsSyntax()
    {
        using DicomFile file = DicomFile.Read(new MemorySource(Bytes.Of("00 10 00 10  50 4E  00 04  41 5E 42 20")));

        Assert.Equal(TransferSyntax.ExplicitVrBigEndian, file.TransferSyntax);
    }

    [Fact]
    public void Read_PrefixInsideAValue_IsNoPrefix()
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.ImageComments, new string('x', 120) + "DICM" + new string('x', 120)); // the value begins at byte 8

        using DicomFile file = DicomFile.Read(new MemorySource(DataSetWriter.ToBytes(dataSet, TransferSyntax.ExplicitVrLittleEndian)));

        Assert.Null(file.Preamble);
        Assert.True(file.DataSet.Contains(Tags.ImageComments));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Read_WrongMetaGroupLength_ReadsTheGroup(int length)
    {
        byte[] bytes = Write(Sample(), TransferSyntax.ExplicitVrLittleEndian);
        BitConverter.TryWriteBytes(bytes.AsSpan(132 + 8), length);

        using DicomFile file = DicomFile.Read(new MemorySource(bytes));

        Assert.Equal("A^B", file.DataSet.GetString(Tags.PatientName));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000_000)] // more than is held in memory
    public void Read_Deflated_ReadsAndWritesTheSameDataSet(int pixelBytes)
    {
        DataSet dataSet = Sample();
        byte[] pixels = new byte[pixelBytes];
        new Random(3).NextBytes(pixels.AsSpan(0, pixelBytes / 100));
        dataSet.SetBytes(Tags.PixelData, Vr.OW, pixels);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using (SegmentList segments = DicomFileWriter.Segments(Meta(TransferSyntax.DeflatedExplicitVrLittleEndian), dataSet, TransferSyntax.DeflatedExplicitVrLittleEndian, null))
            {
                Assert.Equal(0, segments.Length % 2);
                using FileStream stream = File.Create(path);
                segments.CopyTo(stream);
            }

            using DicomFile file = DicomFile.Open(path);
            using SegmentList again = DataSetWriter.Segments(file.DataSet, TransferSyntax.ExplicitVrLittleEndian, file.Source);

            Assert.Equal(0, file.DataSetOffset);
            Assert.Equal(DataSetWriter.ToBytes(dataSet, TransferSyntax.ExplicitVrLittleEndian), again.ToArray());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Read_DeflatedBeyondItsLimit_IsRefused()
    {
        DataSet dataSet = Sample();
        dataSet.SetBytes(Tags.PixelData, Vr.OW, new byte[1_000_000]);
        byte[] bytes = Write(dataSet, TransferSyntax.DeflatedExplicitVrLittleEndian);

        DicomFormatException refusal = Assert.Throws<DicomFormatException>(
            () => DicomFile.Read(new MemorySource(bytes), ReadOptions.Default with { InflatedBytesMax = 500_000 }));

        Assert.Contains("inflates to more than", refusal.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DeflatedCutAnywhere_IsRefused()
    {
        byte[] bytes = Write(Sample(), TransferSyntax.DeflatedExplicitVrLittleEndian);
        using DicomFile whole = DicomFile.Read(new MemorySource(bytes));
        int start = bytes.Length - (int)DicomFileWriter.Segments(new DataSet(), whole.DataSet, TransferSyntax.DeflatedExplicitVrLittleEndian, null).Length + 132 + 12;

        for (int length = start; length < bytes.Length - 1; length++) // the last byte may be padding
        {
            Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemorySource(bytes.AsMemory(0, length))));
        }
    }

    [Theory]
    [InlineData("", 0, "no data set")]
    [InlineData("48 65 6C 6C 6F 2C 20 77 6F 72 6C 64 21 0A", 0, "neither file meta information nor a data set")]
    [InlineData("08 00", 0, "neither file meta information nor a data set")]
    public void Read_NoDicom_IsRefused(string hex, long offset, string problem)
    {
        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemorySource(Bytes.Of(hex))));

        Assert.Equal((offset, problem), (refusal.Offset, refusal.Problem));
    }

    [Fact]
    public void Read_PreambleOnly_IsRefused() =>
        Assert.Equal(132, Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemorySource((byte[])[.. new byte[128], .. "DICM"u8]))).Offset);

    [Fact]
    public void Read_UnknownTransferSyntax_IsRefused()
    {
        byte[] bytes = Write(Sample(), TransferSyntax.ExplicitVrLittleEndian with { Uid = "1.2.840.113619.5.2" });

        Assert.Contains("unknown transfer syntax", Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemorySource(bytes))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_LongValue_IsNotRead()
    {
        DataSet dataSet = Sample();
        dataSet.SetBytes(Tags.PixelData, Vr.OW, new byte[10_000_000]);
        CountingSource source = new(Write(dataSet, TransferSyntax.ExplicitVrLittleEndian));

        using DicomFile file = DicomFile.Read(source);

        Assert.IsType<RangeElement>(file.DataSet.Find(Tags.PixelData));
        Assert.InRange(source.BytesRead, 1, 32 * 1024);
    }

    internal static DataSet Sample()
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.Modality, "CT");
        dataSet.SetString(Tags.PatientName, "A^B");
        dataSet.SetInt(Tags.Rows, 1);
        return dataSet;
    }

    private static DataSet Meta(TransferSyntax transferSyntax) => FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", transferSyntax.Uid);

    private static byte[] Write(DataSet dataSet, TransferSyntax transferSyntax, ReadOnlyMemory<byte> preamble = default)
    {
        using SegmentList segments = DicomFileWriter.Segments(Meta(transferSyntax), dataSet, transferSyntax, null, preamble);
        return segments.ToArray();
    }

    /// <summary>Counts what is read, and hands out no slices, like a file.</summary>
    private sealed class CountingSource(byte[] bytes) : ByteSource
    {
        public long BytesRead { get; private set; }

        public override long Length => bytes.Length;

        public override int Read(long offset, Span<byte> destination)
        {
            int count = (int)Math.Min(destination.Length, bytes.Length - offset);
            bytes.AsSpan((int)offset, count).CopyTo(destination);
            BytesRead += count;
            return count;
        }
    }
}
