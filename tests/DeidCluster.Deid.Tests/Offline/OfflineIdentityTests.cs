using System.Security.Cryptography;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests.Offline;

/// <summary>Identities over whole runs: in pieces, in parallel, again, in two projects, with counters and tables, combined.</summary>
public sealed class OfflineIdentityTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Run_InPieces_GivesTheBytesOfOneRun()
    {
        for (int i = 0; i < 6; i++)
        {
            Write($"piece{i % 2}/{i}.dcm", Instance($"MRN-{i % 3}", $"1.2.3.{i % 3}", i));
        }

        await RunAsync("dates: {policy: shift}\noptions: [clean-descriptors]", "whole", "piece0", "piece1");
        await RunAsync("dates: {policy: shift}\noptions: [clean-descriptors]", "pieces", "piece0");
        await RunAsync("dates: {policy: shift}\noptions: [clean-descriptors]", "pieces", "piece1");
        await RunAsync("dates: {policy: shift}\noptions: [clean-descriptors]", "again", ["piece0", "piece1"], threads: 1);
        Assert.Equal(6, Digests("whole").Count);
        Assert.Equal(Digests("whole"), Digests("pieces"));
        Assert.Equal(Digests("whole"), Digests("again"));
    }

    [Fact]
    public async Task Run_OfTwoProjects_SharesNoUidPseudonymOrShift()
    {
        for (int i = 0; i < 20; i++)
        {
            Write($"in/{i}.dcm", Instance($"MRN-{i}", $"1.2.3.{i}", i));
        }

        await RunAsync("dates: {policy: shift}", "a", ["in"], key: 'a');
        await RunAsync("dates: {policy: shift}", "b", ["in"], key: 'b');
        HashSet<string> first = [.. Names("a")];
        HashSet<string> second = [.. Names("b")];
        Assert.True(first.Count >= 60);
        Assert.Empty(first.Intersect(second));
        Assert.NotEqual(Dates("a"), Dates("b"));
    }

    [Fact]
    public async Task Run_Counter_NumbersSubjectsInTheOrderOfTheInputs_AndGoesOnLater()
    {
        for (int i = 0; i < 12; i++)
        {
            Write($"in/{i:D2}.dcm", Instance($"MRN-{i % 4}", $"1.2.3.{i % 4}", i));
        }

        await RunAsync("pseudonym: {kind: counter, prefix: CT-, digits: 3}", "out", ["in"], mapping: true);
        Write("late/00.dcm", Instance("MRN-9", "1.2.3.9", 90));
        Write("late/01.dcm", Instance("MRN-2", "1.2.3.2", 91));
        await RunAsync("pseudonym: {kind: counter, prefix: CT-, digits: 3}", "later", ["late"], mapping: true);
        Assert.Equal(["CT-001", "CT-002", "CT-003", "CT-004"], Values("out", Tags.PatientID).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["CT-003", "CT-005"], Values("later", Tags.PatientID).Order(StringComparer.Ordinal));
        Assert.Equal("CT-001", Value("out", data => data.GetString(Tags.InstanceNumber) == "0", Tags.PatientID));
    }

    [Fact]
    public async Task Run_Lookup_HoldsWhoDoesNotStandInTheTable()
    {
        File.WriteAllText(folder.File("subjects.csv"), "mrn,pseudonym\nMRN-0,S-1\nOLD-0,S-1\nMRN-1,S-2\n");
        Write("in/0.dcm", Instance("MRN-0", "1.2.3.0", 0));
        Write("in/1.dcm", Instance("OLD-0", "1.2.3.1", 1));
        Write("in/2.dcm", Instance("MRN-1", "1.2.3.2", 2));
        Write("in/3.dcm", Instance("MRN-7", "1.2.3.3", 3));
        OfflineReport report = await RunAsync("dates: {policy: shift}\npseudonym: {kind: lookup, table: subjects.csv}", "out", "in");
        Assert.Equal([OfflineOutcome.Done, OfflineOutcome.Done, OfflineOutcome.Done, OfflineOutcome.Held], report.Files.Select(file => file.Outcome));
        Assert.Equal(["S-1", "S-1", "S-2"], Values("out", Tags.PatientID).Order(StringComparer.Ordinal));
        Assert.Equal(Value("out", data => data.GetString(Tags.InstanceNumber) == "0", Tags.StudyDate), Value("out", data => data.GetString(Tags.InstanceNumber) == "1", Tags.StudyDate));
        Assert.DoesNotContain("MRN-7", string.Join(' ', report.Files.Select(file => file.Reason)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_CombineByAccession_StudiesLeaveAsOne_EmptyOnesAndOtherSubjectsDoNot()
    {
        Write("in/0.dcm", Instance("MRN-0", "1.2.3.10", 0, "ACC-1"));
        Write("in/1.dcm", Instance("MRN-0", "1.2.3.11", 1, "ACC-1 ", referencedStudy: "1.2.3.10"));
        Write("in/2.dcm", Instance("MRN-0", "1.2.3.12", 2, ""));
        Write("in/3.dcm", Instance("MRN-0", "1.2.3.13", 3, ""));
        Write("in/4.dcm", Instance("MRN-1", "1.2.3.14", 4, "ACC-1"));

        // The same instance in a second study of the accession, and one that only says it is.
        Write("in/5.dcm", Instance("MRN-0", "1.2.3.11", 0, "ACC-1"));
        OfflineReport report = await RunAsync("combine-by-accession: true", "out", "in");
        Assert.Equal(
            [OfflineOutcome.Done, OfflineOutcome.Done, OfflineOutcome.Done, OfflineOutcome.Done, OfflineOutcome.Done, OfflineOutcome.Duplicate],
            report.Files.Select(file => file.Outcome));
        string[] studies = [.. Enumerable.Range(0, 5).Select(number => Value("out", data => data.GetString(Tags.InstanceNumber) == $"{number}", Tags.StudyInstanceUID)!)];
        Assert.Equal(studies[0], studies[1]);
        Assert.Equal(4, studies.Distinct().Count());
        // The reference to the other source study names the combined one too.
        Assert.Equal(studies[0], Results("out").Single(data => data.GetString(Tags.InstanceNumber) == "1").GetString(Tags.FrameOfReferenceUID));
    }

    [Fact]
    public async Task Run_TwoAccessionsInOneStudy_AreHeldWhereTheProjectCombines()
    {
        Write("in/0.dcm", Instance("MRN-0", "1.2.3.10", 0, "ACC-1"));
        Write("in/1.dcm", Instance("MRN-0", "1.2.3.10", 1, "ACC-2"));
        OfflineReport report = await RunAsync("combine-by-accession: true", "out", "in");
        Assert.All(report.Files, file => Assert.Equal(OfflineOutcome.Held, file.Outcome));
    }

    private static DataSet Instance(string mrn, string study, int number, string accession = "A-1", string? referencedStudy = null)
    {
        DataSet data = Make.Instance();
        data.SetString(Tags.PatientID, mrn);
        data.SetString(Tags.PatientName, $"Planted^Person{mrn}");
        data.SetString(Tags.StudyInstanceUID, study);
        data.SetString(Tags.SeriesInstanceUID, study + ".1");
        data.SetString(Tags.SOPInstanceUID, $"1.2.3.99.{number}");
        data.SetString(Tags.InstanceNumber, $"{number}");
        data.SetString(Tags.AccessionNumber, accession);
        data.SetString(Tags.StudyDescription, $"Chest Person{mrn}");
        data.SetUshort(Tags.Rows, 2);
        data.SetUshort(Tags.Columns, 2);
        data.SetUshort(Tags.BitsAllocated, 16);
        data.SetUshort(Tags.SamplesPerPixel, 1);
        data.SetBytes(Tags.PixelData, Vr.OW, new byte[] { (byte)number, 2, 3, 4, 5, 6, 7, 8 });
        if (referencedStudy is not null)
        {
            data.SetString(Tags.FrameOfReferenceUID, referencedStudy);
        }

        return data;
    }

    private void Write(string name, DataSet data)
    {
        string path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Make.Bytes(data));
    }

    private Task<OfflineReport> RunAsync(string project, string output, params string[] inputs) => RunAsync(project, output, inputs, threads: 2);

    private Task<OfflineReport> RunAsync(string project, string output, string[] inputs, int threads = 2, char key = 'a', bool mapping = false)
    {
        File.WriteAllText(folder.File("p.yaml"), $"project: p\nselect: {{sop-classes: [all]}}\n{project}\n");
        OfflineOptions options = new()
        {
            Project = ProjectFile.Read(folder.File("p.yaml")),
            Key = Make.Key(key),
            Inputs = [.. inputs.Select(folder.File)],
            OutputFolder = folder.File(output),
            MappingFolder = mapping ? folder.File("mapping") : null,
            Threads = threads,
        };
        return new OfflineRun(options, TimeProvider.System).RunAsync(null, CancellationToken.None);
    }

    private string[] Files(string output) => Directory.GetFiles(folder.File(output), "*.dcm", SearchOption.AllDirectories);

    private SortedDictionary<string, string> Digests(string output) => new(Files(output).ToDictionary(
        path => Path.GetRelativePath(folder.File(output), path), path => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))), StringComparer.Ordinal);

    private IEnumerable<DataSet> Results(string output) => Files(output).Select(path => DicomFile.Read(new MemorySource(File.ReadAllBytes(path))).DataSet);

    private IEnumerable<string> Values(string output, Tag tag) => Results(output).Select(data => data.GetString(tag) ?? "");

    private string? Value(string output, Func<DataSet, bool> which, Tag tag) => Results(output).First(which).GetString(tag);

    private IEnumerable<string> Names(string output) => Results(output).SelectMany(data =>
        new[] { Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID, Tags.PatientID, Tags.PatientName }.Select(tag => data.GetString(tag)!));

    private string[] Dates(string output) => [.. Results(output).OrderBy(data => int.Parse(data.GetString(Tags.InstanceNumber)!, System.Globalization.CultureInfo.InvariantCulture)).Select(data => data.GetString(Tags.StudyDate)!)];
}
