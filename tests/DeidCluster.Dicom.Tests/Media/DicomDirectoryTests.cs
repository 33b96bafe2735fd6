using System.Buffers.Binary;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests;

public sealed class DicomDirectoryTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [PeerFact("dcmmkdir")]
    public async Task DirectoryOfDcmtk_IsReadAsATree_AndItsFilesAreFound()
    {
        IReadOnlyList<SampleStudy> studies = await MakeMediumAsync();
        DicomDirectory directory = DicomDirectory.Read(folder.File("DICOMDIR"));
        Assert.Equal("RESEARCH", directory.FileSetId);
        Assert.Equal(0, directory.UnlinkedRecords);
        Assert.Equal(
            studies.SelectMany(study => study.Instances).Select(instance => instance.SopInstanceUid).Order(),
            directory.All().Select(record => record.SopInstanceUid).OfType<string>().Order());
        Assert.All(directory.Records, patient => Assert.Equal("PATIENT", patient.Type));
        Assert.All(directory.Records.SelectMany(patient => patient.Children), study => Assert.Equal("STUDY", study.Type));
        DicomMedium medium = new(folder.Path);
        foreach (DirectoryRecord record in directory.All().Where(record => record.FileId.Count > 0))
        {
            using DicomFile file = DicomFile.Open(medium.Find(record)!);
            Assert.Equal(record.SopInstanceUid, file.DataSet.GetString(Tags.SOPInstanceUID));
        }
    }

    [PeerFact("dcmmkdir", "python3")]
    public async Task DirectoryOfDcmtk_HasTheRecordsThatPydicomSees()
    {
        await MakeMediumAsync();
        const string Script = """
            import sys
            from pydicom import dcmread
            from pydicom.fileset import FileSet
            def walk(node, level):
                for child in node.children:
                    print(level, child._record.DirectoryRecordType, child._record.get('ReferencedSOPInstanceUIDInFile', '-'))
                    walk(child, level + 1)
            walk(FileSet(dcmread(sys.argv[1]))._tree, 0)
            """;
        (int code, string output) = await PeerProcess.RunAsync("/usr/bin/python3", ["-c", Script, folder.File("DICOMDIR")], Deadline);
        Assert.True(code == 0, output);
        List<string> ours = [];
        void Walk(IEnumerable<DirectoryRecord> records, int level)
        {
            foreach (DirectoryRecord record in records)
            {
                ours.Add($"{level} {record.Type} {record.SopInstanceUid ?? "-"}");
                Walk(record.Children, level + 1);
            }
        }

        Walk(DicomDirectory.Read(folder.File("DICOMDIR")).Records, 0);
        Assert.Equal(output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), ours);
    }

    [PeerFact("dcmmkdir")]
    public async Task FileNames_InOtherSpellings_AreFound_AndThoseOutsideAreNot()
    {
        await MakeMediumAsync();
        DirectoryRecord record = DicomDirectory.Read(folder.File("DICOMDIR")).All().First(one => one.FileId.Count > 0);
        string written = new DicomMedium(folder.Path).Find(record)!;
        File.Move(written, Path.Combine(Path.GetDirectoryName(written)!, Path.GetFileName(written).ToLowerInvariant() + ".;1"));
        Directory.Move(folder.File("DICOM"), folder.File("dicom"));
        Assert.NotNull(new DicomMedium(folder.Path).Find(record));
        File.WriteAllText(folder.File("SECRET"), "");
        Directory.CreateSymbolicLink(folder.File("LINK"), "/etc");
        DicomMedium inside = new(folder.Folder("dicom"));
        Assert.Null(inside.Find(record with { FileId = ["..", "SECRET"] }));
        Assert.Null(inside.Find(record with { FileId = ["../SECRET"] }));
        Assert.Null(inside.Find(record with { FileId = ["/etc/passwd"] }));
        Assert.Null(new DicomMedium(folder.Path).Find(record with { FileId = ["LINK", "passwd"] }));
    }

    [PeerFact("dcmmkdir")]
    public async Task OffsetsThatLie_AreRefused_WithTheirPlace()
    {
        await MakeMediumAsync();
        byte[] bytes = await File.ReadAllBytesAsync(folder.File("DICOMDIR"));
        int root = Find(bytes, 0x0004, 0x1200), next = Find(bytes, 0x0004, 0x1400), lower = Find(bytes, 0x0004, 0x1420);
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(root));
        Assert.Contains("no directory record begins", Refusal(bytes, root, first + 2));
        Assert.Contains("reached twice", Refusal(bytes, next, first));
        Assert.Contains("reached twice", Refusal(bytes, lower, first));
        Assert.Contains("no directory record begins", Refusal(bytes, next, uint.MaxValue));
        Assert.Empty(DicomDirectory.Read(new MemorySource(With(bytes, root, 0))).Records);
    }

    [Fact]
    public async Task FileThatIsNoDirectory_IsRefused()
    {
        SegmentList image = new SampleStudies(new SampleOptions()).Ct(0, 0).Instances[0].ToFile();
        using MemoryStream bytes = new();
        await image.WriteToAsync(bytes, CancellationToken.None);
        Assert.Contains("no DICOMDIR", Assert.Throws<DicomFormatException>(() => DicomDirectory.Read(new MemorySource(bytes.ToArray()))).Message);
    }

    [SamplesFact]
    public void DirectoriesOfTheSamples_AreReadOrRefusedForAReason()
    {
        int read = 0;
        foreach (string path in Directory.EnumerateFiles(SamplesFactAttribute.Folder!, "*DICOMDIR*", SearchOption.AllDirectories))
        {
            try
            {
                read += DicomDirectory.Read(path).All().Any() ? 1 : 0;
            }
            catch (DicomFormatException refusal)
            {
                Facts.Say($"{Path.GetFileName(path)}: {refusal.Message}");
            }
        }

        Assert.True(read > 0);
    }

    private static string Refusal(byte[] bytes, int at, uint value) =>
        Assert.Throws<DicomFormatException>(() => DicomDirectory.Read(new MemorySource(With(bytes, at, value)))).Message;

    private static byte[] With(byte[] bytes, int at, uint value)
    {
        byte[] changed = [.. bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(at), value);
        return changed;
    }

    /// <summary>Where the four bytes of the first UL element with this tag are.</summary>
    private static int Find(byte[] bytes, ushort group, ushort element)
    {
        byte[] head = [(byte)group, (byte)(group >> 8), (byte)element, (byte)(element >> 8), (byte)'U', (byte)'L', 4, 0];
        return bytes.AsSpan().IndexOf(head) + head.Length;
    }

    /// <summary>A medium as a hospital burns it: files DICOM/S0/I0000 and a DICOMDIR by dcmmkdir.</summary>
    private async Task<IReadOnlyList<SampleStudy>> MakeMediumAsync()
    {
        SampleStudies samples = new(new SampleOptions { Seed = 3, ImageSize = 16, ImagesPerSeries = 2 });
        IReadOnlyList<SampleStudy> studies = [samples.Ct(0, 0), samples.Mr(0, 1), samples.Dx(1, 0)];
        List<string> files = [];
        foreach ((int number, SampleInstance instance) in studies.SelectMany(study => study.Instances).Index())
        {
            string name = $"DICOM/S{number / 4}/I{number:d4}";
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            await using FileStream file = File.Create(folder.File(name));
            await instance.ToFile().WriteToAsync(file, CancellationToken.None);
            files.Add(name);
        }

        (int code, string output) = await PeerProcess.RunAsync("dcmmkdir", ["+F", "RESEARCH", "-W", "-Nxc", "-Nrc", "-Nec", "+I", "+id", folder.Path, .. files], Deadline, folder.Path);
        Assert.True(code == 0 && File.Exists(folder.File("DICOMDIR")), output);
        return studies;
    }
}
