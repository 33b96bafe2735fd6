using System.Text.Json;
using System.Text.Unicode;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Json;

/// <summary>What we write is what real peers write, and what they write is read: DCMTK's dcm2json and pydicom, over the sample files.</summary>
public class DicomJsonPeerTests
{
    private const int Seed = 5;
    private const int FilesInNormalRun = 60;
    private const long FileBytesMax = 2_000_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PythonDeadline = TimeSpan.FromSeconds(300);

    private static bool IsFull => Environment.GetEnvironmentVariable("DEID_FULL") == "1";

    [SamplesFact]
    public async Task Samples_WrittenByDcm2json_MeanTheSameAndAreRead()
    {
        using TestFolder folder = new();
        List<string> failures = [];
        int compared = 0, refused = 0;
        foreach (string path in Share())
        {
            if (Prepared(path, folder.File("plain.dcm")) is not { } ours)
            {
                continue;
            }

            File.Delete(folder.File("theirs.json"));
            (int exitCode, _) = await PeerProcess.RunAsync("dcm2json", ["-q", "-fc", folder.File("plain.dcm"), folder.File("theirs.json")], Deadline);
            if (exitCode != 0 || !IsJson(folder.File("theirs.json"), out byte[] theirs))
            {
                refused++; // it converts no value that is not valid in its VR, and crashes on some
                continue;
            }

            compared++;
            Judge(path, ours, theirs, failures);
        }

        Facts.Say($"DICOM JSON against dcm2json: {compared} files mean the same both ways but for listed reasons, {refused} it did not convert, {failures.Count} differ");
        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(60)));
        Assert.True(compared > 0);
    }

    [SamplesFact]
    public async Task Samples_WrittenByPydicom_MeanTheSameAndAreRead()
    {
        using TestFolder folder = new();
        Dictionary<string, (string Path, byte[] Ours)> files = [];
        foreach (string path in Share())
        {
            string name = files.Count.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (Prepared(path, folder.File(name + ".dcm")) is { } ours)
            {
                files.Add(name, (path, ours));
                await File.WriteAllBytesAsync(folder.File(name + ".ours.json"), ours);
            }
        }

        await File.WriteAllTextAsync(folder.File("convert.py"), Script);
        (int exitCode, string output) = await PeerProcess.RunAsync("/usr/bin/python3", [folder.File("convert.py"), folder.Path], PythonDeadline);
        Assert.True(exitCode == 0, output);
        List<string> failures = [];
        int compared = 0, read = 0;
        foreach ((string name, (string path, byte[] ours)) in files)
        {
            if (IsJson(folder.File(name + ".theirs.json"), out byte[] theirs))
            {
                compared++;
                Judge(path, ours, theirs, failures);
            }

            if (IsJson(folder.File(name + ".read.json"), out byte[] back))
            {
                read++;
                failures.AddRange(Unexplained(path, JsonSemantics.Differences(ours, back)).Select(difference => $"{path}: ours read by pydicom: {difference}"));
            }
        }

        Facts.Say($"DICOM JSON against pydicom: {compared} of {files.Count} files it wrote mean the same, {read} of ours it read and gave back, but for listed reasons, {failures.Count} differ");
        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(60)));
        Assert.True(compared > 0 && read > 0);
    }

    /// <summary>Their text must mean ours, and be read to a data set that we write with the same meaning.</summary>
    private static void Judge(string path, byte[] ours, byte[] theirs, List<string> failures)
    {
        failures.AddRange(Unexplained(path, JsonSemantics.Differences(ours, theirs)).Select(difference => $"{path}: {difference}"));
        Exception? failure = Record.Exception(() =>
            failures.AddRange(Unexplained(path, JsonSemantics.Differences(theirs, DicomJson.ToBytes(DicomJson.Parse(theirs)))).Select(difference => $"{path}: read back: {difference}")));
        if (failure is not null)
        {
            failures.Add($"{path}: theirs is refused: {failure.Message}");
        }
    }

    private static IEnumerable<string> Unexplained(string path, List<string> differences) =>
        differences.Where(difference => !Reasons.Any(reason => reason.Holds(Path.GetFileName(path), difference)));

    /// <summary>Differences that are theirs, or both right, each with its reason.</summary>
    private static readonly (Func<string, string, bool> Holds, string Reason)[] Reasons =
    [
        ((_, difference) => difference.EndsWith("0000: only theirs", StringComparison.Ordinal) || difference.EndsWith("0000: only ours", StringComparison.Ordinal), "they write group lengths, which PS3.18 F.2.2 excludes"),
        ((_, difference) => difference.Contains(": VR UN, theirs ", StringComparison.Ordinal), "they take the VR of what was written as UN from their dictionaries; we keep the bytes"),
        ((file, _) => file.EndsWith("Lena-shift-jis.dcm", StringComparison.Ordinal), "it says ISO_IR 13 and holds Shift JIS, as which pydicom reads it; the standard's set has single bytes"),
        ((file, difference) => file.EndsWith("JPEG-LS_Lossy.dcm", StringComparison.Ordinal) && difference.StartsWith("00291175", StringComparison.Ordinal), "a DS of 17 characters, written as a number by pydicom, is read to the nearest of 16"),
    ];

    /// <summary>Our JSON of the file, and the file without what has no inline form, for the peer; null when it is no file to compare.</summary>
    private static byte[]? Prepared(string path, string plain)
    {
        try
        {
            using DicomFile file = DicomFile.Open(path);
            if (file.TransferSyntax.IsBigEndian)
            {
                return null; // is written by others only
            }

            DataSet dataSet = Plain(file.DataSet);
            using SegmentList segments = DicomFileWriter.Segments(
                FileMetaInformation.Build(dataSet.GetString(Tags.SOPClassUID) ?? "1.2.3", dataSet.GetString(Tags.SOPInstanceUID) ?? "1.2.3", TransferSyntax.ExplicitVrLittleEndian.Uid),
                dataSet, TransferSyntax.ExplicitVrLittleEndian, file.Source);
            File.WriteAllBytes(plain, segments.ToArray());
            using DicomFile written = DicomFile.Open(plain); // with odd lengths padded
            return DicomJson.ToBytes(written.DataSet, new DicomJsonWriteOptions { Source = written.Source });
        }
        catch (DicomFormatException)
        {
            return null; // the sample tests say which are refused
        }
    }

    /// <summary>Without encapsulated pixels, and with the first of duplicates only: neither has a form in JSON.</summary>
    private static DataSet Plain(DataSet dataSet) => new(dataSet.Where(element => element is not FragmentsElement).OrderBy(element => element.Tag).DistinctBy(element => element.Tag)
        .Select(element => element is SequenceElement sequence ? new SequenceElement(sequence.Tag, [.. sequence.Items.Select(Plain)]) : element));

    private static bool IsJson(string path, out byte[] json)
    {
        json = File.Exists(path) ? File.ReadAllBytes(path) : [];
        if (!Utf8.IsValid(json))
        {
            return false; // dcm2json leaves bytes as they are that the file's character set does not have
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 256 });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Share()
    {
        string[] files = [.. Directory.EnumerateFiles(SamplesFactAttribute.Folder!, "*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith(".tsv", StringComparison.Ordinal) && !path.Contains("/LICENSES/", StringComparison.Ordinal) && !path.Contains("/malformed/", StringComparison.Ordinal))
            .Where(path => new FileInfo(path).Length <= FileBytesMax)
            .Order(StringComparer.Ordinal)];
        if (!IsFull)
        {
            new Random(Seed).Shuffle(files);
        }

        return IsFull ? files : files.Take(FilesInNormalRun);
    }

    /// <summary>pydicom writes each file's JSON, and reads ours and writes what it understood.</summary>
    private const string Script =
        """
        import glob, json, os, sys, warnings
        import pydicom
        warnings.simplefilter("ignore")
        for path in glob.glob(os.path.join(sys.argv[1], "*.dcm")):
            name = path[:-4]
            try:
                text = pydicom.dcmread(path).to_json()
                open(name + ".theirs.json", "w").write(text)
            except Exception:
                pass
            try:
                text = pydicom.Dataset.from_json(open(name + ".ours.json").read()).to_json()
                open(name + ".read.json", "w").write(text)
            except Exception:
                pass
        """;
}
