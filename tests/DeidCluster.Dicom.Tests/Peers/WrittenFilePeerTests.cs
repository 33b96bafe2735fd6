using System.Text.RegularExpressions;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>What we write is read by others as they read its source: pydicom element by element, dcmdump, gdcminfo and dciodvfy without a new error.</summary>
public partial class WrittenFilePeerTests
{
    private const int SampleBytesMax = 4 * 1024 * 1024;

    /// <summary>It has no preamble and "DICM" at byte 128 of its data set: pydicom takes what stands before for one, and reads one element.</summary>
    private const string MisreadByPydicom = "no_preamble_dicm_in_data";

    private static readonly int Share = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? int.MaxValue : 40;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    /// <summary>Reads pairs of files, a line each, and prints the source of each pair that differs.</summary>
    private const string Compare = """
        import sys, warnings
        warnings.simplefilter("ignore")
        import pydicom
        from pydicom.config import settings
        count = 0
        for line in sys.stdin:
            a, b = line.rstrip("\n").split("\t")
            try:
                x = pydicom.dcmread(a, force=True)
                [e for e in x.iterall()]
            except Exception:
                continue
            try:
                y = pydicom.dcmread(b)
                # Values of odd length, which some sources have, are padded: trailing padding is no part of a value.
                value = lambda e: None if e.VR == "SQ" else e.value.rstrip(b"\0") if isinstance(e.value, bytes) else e.value
                u = [(e.tag, e.VR, value(e)) for e in x.iterall() if e.tag.element != 0]
                v = [(e.tag, e.VR, value(e)) for e in y.iterall() if e.tag.element != 0]
                count += 1
                if repr(u) != repr(v):
                    print("DIFFERS", a, [str(p[0]) + str(q[0]) for p, q in zip(u, v) if repr(p) != repr(q)][:3], len(u), len(v))
            except Exception as fault:
                print("FAILS", a, type(fault).__name__)
        print("COMPARED", count)
        """;

    /// <summary>A C-FIND identifier without file meta information and with empty UIDs: ours has meta information, and dciodvfy then compares what is empty.</summary>
    private const string QueryWithoutMeta = "ZeissOCT-cfind-query.dcm";

    [PeerFact("dcmconv", "dcmcrle", "dcmcjpeg", "dcmcjpls", "gdcmconv")]
    public async Task Pydicom_ReadsGeneratedFilesThatWeWrote_AsItReadsTheirSources()
    {
        using TestFolder folder = new();
        List<(string, string)> pairs = [];
        foreach (PeerSyntax syntax in PeerSyntax.All)
        {
            string source = await syntax.MakeAsync(folder);
            pairs.Add((source, Rewritten(source, folder.File($"{syntax.Letter}-ours.dcm"))));
        }

        Assert.Equal(pairs.Count, await ComparedAsync(folder, pairs));
    }

    [SamplesFact]
    public async Task Pydicom_ReadsSamplesThatWeWrote_AsItReadsTheirSources()
    {
        using TestFolder folder = new();
        List<(string Source, string Written)> pairs = [.. Samples(folder, "*").Where(pair => !pair.Source.EndsWith(MisreadByPydicom, StringComparison.Ordinal))];
        int compared = await ComparedAsync(folder, pairs);
        Facts.Say($"pydicom: {compared} of {pairs.Count} sample files that we wrote are read element by element as their sources");
        Assert.InRange(compared, pairs.Count * 9 / 10, pairs.Count); // what pydicom cannot read in the source, it cannot compare
    }

    [SamplesFact]
    public async Task DcmdumpGdcminfoAndDciodvfy_FindNoErrorThatTheSourceHadNot()
    {
        using TestFolder folder = new();
        List<string> worse = [];
        int judged = 0;
        foreach ((string source, string written) in Samples(folder, "*.dcm"))
        {
            foreach ((string tool, string[] options) in new (string, string[])[] { ("dcmdump", ["-q"]), ("gdcminfo", []), ("dciodvfy", []) })
            {
                if (PeerProcess.Find(tool) is null || (tool == "dciodvfy" && source.EndsWith(QueryWithoutMeta, StringComparison.Ordinal)))
                {
                    continue;
                }

                (int before, string outputBefore) = await PeerProcess.RunAsync(tool, [.. options, source], Deadline);
                (int after, string outputAfter) = await PeerProcess.RunAsync(tool, [.. options, written], Deadline);
                judged++;
                int errorsBefore = Errors().Count(outputBefore);
                int errorsAfter = Errors().Count(outputAfter);
                bool isVerdict = before < 128 && !outputBefore.Contains("read failed", StringComparison.Ordinal); // a signal, or a source that the tool cannot read, is none
                if (isVerdict && ((before == 0 && after != 0) || errorsAfter > errorsBefore))
                {
                    worse.Add($"{tool} {Path.GetFileName(source)}: {before} -> {after}, {errorsBefore} -> {errorsAfter} errors: {string.Join(" | ", outputAfter.Split('\n').Except(outputBefore.Split('\n')).Take(3))}");
                }
            }
        }

        Facts.Say($"dcmdump, gdcminfo and dciodvfy: {judged} judgements of sample files that we wrote, {worse.Count} worse than of the source");
        Assert.True(worse.Count == 0, string.Join('\n', worse));
    }

    private static async Task<int> ComparedAsync(TestFolder folder, List<(string Source, string Written)> pairs)
    {
        string script = folder.File("compare.py");
        await File.WriteAllTextAsync(script, Compare.Replace("sys.stdin", "open(sys.argv[1])", StringComparison.Ordinal));
        string list = folder.File("pairs.tsv");
        await File.WriteAllLinesAsync(list, pairs.Select(pair => $"{pair.Source}\t{pair.Written}"));
        (int exitCode, string output) = await PeerProcess.RunAsync("/usr/bin/python3", [script, list], Deadline);
        Assert.True(exitCode == 0, output);
        Assert.True(!output.Contains("DIFFERS", StringComparison.Ordinal) && !output.Contains("FAILS", StringComparison.Ordinal), output);
        return int.Parse(Regex.Match(output, @"COMPARED (\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>A seeded share of the sample files with such <paramref name="names"/> that we read, all of them in a full run, each with what we wrote of it.</summary>
    private static List<(string Source, string Written)> Samples(TestFolder folder, string names)
    {
        string[] paths = [.. Directory.EnumerateFiles(SamplesFactAttribute.Folder!, names, SearchOption.AllDirectories)
            .Where(path => !path.Contains("/malformed/", StringComparison.Ordinal) && new FileInfo(path).Length <= SampleBytesMax)
            .Order(StringComparer.Ordinal)];
        new Random(20261121).Shuffle(paths);
        List<(string, string)> pairs = [];
        foreach (string path in paths.Take(Share))
        {
            try
            {
                pairs.Add((path, Rewritten(path, folder.File($"{pairs.Count}.dcm"))));
            }
            catch (DicomFormatException)
            {
                continue; // refused, as SampleTests lists
            }
        }

        return pairs;
    }

    /// <summary>Reads the file into the model and writes the model: every element passes through our hands.</summary>
    private static string Rewritten(string source, string target)
    {
        using DicomFile file = DicomFile.Open(source);
        DataSet meta = file.FileMeta.DeepCopy();
        if (!meta.Contains(Tags.TransferSyntaxUID)) // the source shows its encoding and does not name it
        {
            string sopClassUid = meta.GetString(Tags.MediaStorageSOPClassUID) ?? file.DataSet.GetString(Tags.SOPClassUID) ?? "";
            string sopInstanceUid = meta.GetString(Tags.MediaStorageSOPInstanceUID) ?? file.DataSet.GetString(Tags.SOPInstanceUID) ?? "";
            meta = FileMetaInformation.Build(sopClassUid, sopInstanceUid, file.TransferSyntax.Uid);
        }

        using SegmentList segments = DicomFileWriter.Segments(meta, file.DataSet, file.TransferSyntax, file.Source);
        using FileStream stream = File.Create(target);
        segments.CopyTo(stream);
        return target;
    }

    [GeneratedRegex(@"^(Error|E:)", RegexOptions.Multiline)]
    private static partial Regex Errors();
}
