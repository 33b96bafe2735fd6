using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Files;

/// <summary>Each VR of PS3.5 table 6.2-1 in each encoding, and what is met in the wild around values.</summary>
public class EveryVrTests
{
    private const int LongBytes = 70_000;

    private static readonly TransferSyntax[] Explicit = [TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian];

    public static TheoryData<Vr> Vrs => [.. Enum.GetValues<Vr>().Where(vr => vr != Vr.SQ)];

    [Theory]
    [MemberData(nameof(Vrs))]
    public void Vr_ShortAndLongValues_AreReadAsTheyWereWritten(Vr vr)
    {
        foreach (TransferSyntax syntax in Explicit)
        {
            foreach (int length in (int[])[0, 8, LongBytes])
            {
                byte[] value = [.. Enumerable.Range(0, length).Select(i => (byte)('0' + (i % 10)))];
                byte[] bytes = DataSetWriter.ToBytes(new DataSet([new ValueElement(new Tag(0x0009, 0x1001), vr, value), new ValueElement(Tags.PatientName, Vr.PN, "A^B "u8.ToArray())]), syntax);

                DataSet read = DataSetReader.Parse(bytes, syntax);

                bool isTooLong = length == LongBytes && !vr.HasLongLength();
                Assert.Equal(isTooLong ? Vr.UN : vr, read.Elements[0].Vr);
                Assert.Equal(vr.HasLongLength() || isTooLong ? 12 : 8, bytes.Length - length - 12);
                Assert.Equal(value, ((ValueElement)read.Elements[0]).Bytes.ToArray());
                Assert.Equal("A^B", read.GetString(Tags.PatientName));
            }
        }
    }

    [Fact]
    public void Values_WithWrongPadding_AreReadWithoutItAndKept()
    {
        byte[] bytes = Bytes.Of("""
            08 00 18 00  55 49  04 00  31 2E 32 20               // UI, padded with a space
            08 00 60 00  43 53  04 00  43 54 00 00               // CS, padded with NUL
            10 00 10 00  50 4E  04 00  41 5E 42 00               // PN, padded with NUL
            20 00 13 00  49 53  04 00  20 37 00 20               // IS, padded on both sides
            """);

        DataSet dataSet = DataSetReader.Parse(bytes, TransferSyntax.ExplicitVrLittleEndian);

        Assert.Equal(("1.2", "CT", "A^B", 7), (dataSet.GetString(Tags.SOPInstanceUID), dataSet.GetString(Tags.Modality), dataSet.GetString(Tags.PatientName), dataSet.GetInt(Tags.InstanceNumber)));
        Assert.Equal(bytes, DataSetWriter.ToBytes(dataSet, TransferSyntax.ExplicitVrLittleEndian));
    }

    [Fact]
    public void Values_OfOddLength_DoNotMoveWhatFollows()
    {
        DataSet dataSet = DataSetReader.Parse(Bytes.Of("08 00 60 00  43 53  03 00  43 54 58  10 00 10 00  50 4E  04 00  41 5E 42 20"), TransferSyntax.ExplicitVrLittleEndian);

        Assert.Equal(("CTX", "A^B"), (dataSet.GetString(Tags.Modality), dataSet.GetString(Tags.PatientName)));
    }

    [Fact]
    public void File_WithCommandGroupGroupLengthsAndExtendedOffsets_KeepsThem()
    {
        TransferSyntax jpeg = TransferSyntax.Find(Uids.JpegBaselineProcess1)!;
        byte[] dataSet = Bytes.Of("""
            00 00 00 00  55 4C  04 00  0A 00 00 00               // (0000,0000) command group length, where no command is
            00 00 00 01  55 53  02 00  01 00                     // (0000,0100) CommandField
            08 00 00 00  55 4C  04 00  0A 00 00 00               // (0008,0000) group length
            08 00 60 00  43 53  02 00  43 54
            E0 7F 01 00  4F 56  00 00  08 00 00 00  00 00 00 00 00 00 00 00  // (7FE0,0001) ExtendedOffsetTable
            E0 7F 02 00  4F 56  00 00  08 00 00 00  02 00 00 00 00 00 00 00  // (7FE0,0002) ExtendedOffsetTableLengths
            E0 7F 10 00  4F 42  00 00  FF FF FF FF
              FE FF 00 E0  00 00 00 00
              FE FF 00 E0  02 00 00 00  FF D8
            FE FF DD E0  00 00 00 00
            FC FF FC FF  4F 42  00 00  02 00 00 00  00 00        // (FFFC,FFFC) trailing padding
            """);
        using SegmentList head = DicomFileWriter.Segments(FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", jpeg.Uid), new DataSet(), jpeg, null);

        using DicomFile file = DicomFile.Read(new MemorySource((byte[])[.. head.ToArray(), .. dataSet]));

        Assert.Equal(8, file.DataSet.Count);
        Assert.Equal(8, file.DataSet.GetBytes(Tags.ExtendedOffsetTable).Length);
        Assert.Equal(Convert.ToHexString(dataSet), Convert.ToHexString(DataSetWriter.ToBytes(file.DataSet, jpeg, file.Source)));
    }

    [Fact]
    public void File_WithoutMeta_SaysThatItsSyntaxIsGuessed()
    {
        using DicomFile bare = DicomFile.Read(new MemorySource(Bytes.Of("08 00 60 00  43 53  02 00  43 54")));
        StringWriter dump = new();
        DataSetText.Dump(bare, dump);

        Assert.True(bare.IsSyntaxGuessed);
        Assert.Contains("guessed from the first element", dump.ToString(), StringComparison.Ordinal);
    }

    [PeerFact("dcmdump", "gdcmdump")]
    public async Task Peers_FileWithEveryVr_ReadItInEachEncoding()
    {
        using TestFolder folder = new();
        string script = folder.File("read.py");
        await File.WriteAllTextAsync(script, "import sys, pydicom\nfor p in sys.argv[1:]:\n    d = pydicom.dcmread(p)\n    print(' '.join(str(e.VR) + '=' + str(e.value) for e in d if e.tag.is_private))\n");
        DataSet dataSet = new([
            new ValueElement(Tags.SOPClassUID, Vr.UI, "1.2\0"u8.ToArray()),
            new ValueElement(new Tag(0x0009, 0x0010), Vr.LO, "ACME"u8.ToArray()),
            .. Enum.GetValues<Vr>().Where(vr => vr != Vr.SQ).Order().Select((vr, i) => new ValueElement(new Tag(0x0009, (ushort)(0x1000 + i)), vr, Sample(vr))),
        ]);
        List<string> read = [];
        foreach (TransferSyntax syntax in Explicit)
        {
            string path = folder.File($"{syntax.Uid}.dcm");
            using (SegmentList segments = DicomFileWriter.Segments(FileMetaInformation.Build("1.2", "1.2.3", syntax.Uid), dataSet, syntax, null))
            {
                await using FileStream stream = File.Create(path);
                await segments.WriteToAsync(stream, CancellationToken.None);
            }

            foreach (string tool in (string[])["dcmdump", "gdcmdump"])
            {
                (int exit, string output) = await PeerProcess.RunAsync(tool, [path], TimeSpan.FromSeconds(30));
                Assert.True(exit == 0, $"{tool} {syntax.Name}: {output}");
                Assert.Equal(Enum.GetValues<Vr>().Length - 1, output.Split('\n').Count(line => line.StartsWith("(0009,10", StringComparison.Ordinal)));
            }

            (int code, string values) = await PeerProcess.RunAsync("/usr/bin/python3", [script, path], TimeSpan.FromSeconds(30));
            Assert.True(code == 0, values);
            read.Add(values);
        }

        Assert.Equal(WithoutWords(read[0]), WithoutWords(read[1]));
        Assert.Contains("SV=1 ", read[0], StringComparison.Ordinal);
    }

    /// <summary>Without the values of words, which pydicom shows in the order of the file.</summary>
    private static string WithoutWords(string values) =>
        string.Join(' ', values.Split(' ').Where(value => !value.StartsWith('O')));

    private static byte[] Sample(Vr vr) => vr switch
    {
        Vr.DA => "20200101"u8.ToArray(),
        Vr.AS => "030Y"u8.ToArray(),
        _ when vr.IsText() => "12"u8.ToArray(),
        _ => [1, 0, 0, 0, 0, 0, 0, 0],
    };
}
