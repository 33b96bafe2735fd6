using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Files;

public sealed class FolderScanTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Run_FilesOfAllKinds_GivesEachInOrder()
    {
        Write("a.dcm", Uids.ExplicitVrLittleEndian);
        Write("b.dcm", Uids.DeflatedExplicitVrLittleEndian);
        Write("c.dcm", Uids.ExplicitVrBigEndian);
        File.WriteAllText(folder.File("d.txt"), "no image");

        ScannedFile[] files = [.. FolderScan.Run(folder.Path, [Tags.Modality, Tags.MediaStorageSOPInstanceUID, Tags.Laterality], threads: 2).OrderBy(file => file.Path, StringComparer.Ordinal)];

        Assert.Equal(4, files.Length);
        Assert.All(files[..3], file => Assert.Equal((Uids.CtImageStorage, "CT", "1.2.3", null, null), (file.SopClassUid, file.Values[0], file.Values[1], file.Values[2], file.Refusal)));
        Assert.Equal([Uids.ExplicitVrLittleEndian, Uids.DeflatedExplicitVrLittleEndian, Uids.ExplicitVrBigEndian], files[..3].Select(file => file.TransferSyntax!.Uid));
        Assert.Contains("neither file meta information nor a data set", files[3].Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_DeflatedHeader_InflatesOnlySoFar()
    {
        DataSet dataSet = DicomFileTests.Sample();
        byte[] pixels = new byte[50_000_000];
        new Random(1).NextBytes(pixels.AsSpan(0, 1_000_000));
        dataSet.SetBytes(Tags.PixelData, Vr.OW, pixels);
        using SegmentList written = DicomFileWriter.Segments(Meta(Uids.DeflatedExplicitVrLittleEndian), dataSet, TransferSyntax.DeflatedExplicitVrLittleEndian, null);
        byte[] bytes = written.ToArray();

        long before = GC.GetAllocatedBytesForCurrentThread();
        using DicomFile header = DicomFile.Read(new MemorySource(bytes), ReadOptions.Header);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        Assert.Equal("A^B", header.DataSet.GetString(Tags.PatientName));
        Assert.True(header.IsPartial);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Open_DeflatedHeaderWithoutPixels_EndsWithTheData(bool isCut)
    {
        using SegmentList written = DicomFileWriter.Segments(Meta(Uids.DeflatedExplicitVrLittleEndian), DicomFileTests.Sample(), TransferSyntax.DeflatedExplicitVrLittleEndian, null);
        byte[] bytes = written.ToArray();
        if (isCut)
        {
            Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemorySource(bytes.AsMemory(0, bytes.Length - 6)), ReadOptions.Header));
            return;
        }

        using DicomFile header = DicomFile.Read(new MemorySource(bytes), ReadOptions.Header);

        Assert.Equal(3, header.DataSet.Count);
    }

    [Fact]
    public void Open_Header_AllocatesLittleMoreThanItsElements()
    {
        const int Elements = 300;
        const int BytesPerElementMax = 96; // the element 48, its place in the list 8, its value 16
        DataSet dataSet = new(DicomDictionary.All.Where(entry => entry is { Vr: Vr.LO, Tag.Group: > 8, Retired: false }).Take(Elements)
            .Select(entry => new ValueElement(entry.Tag, Vr.LO, "sixteen letters."u8.ToArray())));
        string path = Write("a.dcm", Uids.ExplicitVrLittleEndian, dataSet);
        for (int i = 0; i < 3; i++)
        {
            DicomFile.Open(path, ReadOptions.Header).Dispose();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        using DicomFile file = DicomFile.Open(path, ReadOptions.Header);
        long whole = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        using DicomFile few = DicomFile.Open(path, ReadOptions.For(Tags.StudyInstanceUID));
        long fewTags = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Elements + 1, file.DataSet.Count);
        Assert.InRange(whole, 0, (Elements * BytesPerElementMax) + 8192);
        Assert.InRange(fewTags, 0, 8192);
        Facts.Say($"a header of {Elements} elements takes {whole} bytes of memory, one tag of it {fewTags}");
    }

    [SamplesFact]
    public async Task Samples_Scanned_HaveTheValuesThatPydicomReads()
    {
        const string Script = """
            import sys, warnings, pydicom
            warnings.simplefilter('ignore')
            for path in sys.stdin.read().splitlines():
                try:
                    d = pydicom.dcmread(path, stop_before_pixels=True, force=True)
                    print('\t'.join([path] + [str(d.get(k, '')).strip() for k in ('SOPClassUID', 'StudyInstanceUID', 'SOPInstanceUID', 'Modality')]))
                except Exception:
                    pass
            """;
        Assert.NotNull(PeerProcess.Find("/usr/bin/python3"));
        string list = folder.File("list.txt");
        await File.WriteAllLinesAsync(list, SampleTests.Readable());
        await File.WriteAllTextAsync(folder.File("read.py"), Script.Replace("sys.stdin", "open(sys.argv[1])", StringComparison.Ordinal));
        (int exit, string output) = await PeerProcess.RunAsync("/usr/bin/python3", [folder.File("read.py"), list], TimeSpan.FromSeconds(60));
        Assert.Equal(0, exit);

        Dictionary<string, ScannedFile> ours = FolderScan.Run(SamplesFactAttribute.Folder!, [Tags.StudyInstanceUID, Tags.SOPInstanceUID, Tags.Modality], threads: 2).ToDictionary(file => file.Path);
        List<string> failures = [];
        string[][] theirs = [.. output.Split('\n').Select(line => line.TrimEnd('\r').Split('\t')).Where(cells => cells.Length == 5)];
        foreach (string[] cells in theirs.Where(cells => !cells[0].EndsWith("no_preamble_dicm_in_data", StringComparison.Ordinal))) // pydicom takes the letters in a value for the prefix
        {
            ScannedFile file = ours[cells[0]];
            string?[] values = [file.SopClassUid, .. file.Values];
            if (!values.Select((value, i) => i == 0 && cells[1].Length == 0 ? "" : value ?? "").SequenceEqual(cells[1..]))
            {
                failures.Add($"{file.Path}: {file.Refusal} {string.Join(", ", values)} and {string.Join(", ", cells[1..])}");
            }
        }

        Facts.Say($"scanned headers: {theirs.Length} sample files have the values that pydicom reads");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(theirs.Length > 0);
    }

    private string Write(string name, string uid, DataSet? dataSet = null)
    {
        DataSet written = dataSet ?? DicomFileTests.Sample();
        written.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        using SegmentList segments = DicomFileWriter.Segments(Meta(uid), written, TransferSyntax.Find(uid)!, null);
        using FileStream stream = File.Create(folder.File(name));
        segments.CopyTo(stream);
        return folder.File(name);
    }

    private static DataSet Meta(string uid) => FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", uid);
}
