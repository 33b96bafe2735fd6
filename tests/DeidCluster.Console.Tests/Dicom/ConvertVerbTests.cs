using System.CommandLine;
using System.Diagnostics;
using DeidCluster.Console.Dicom;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Dicom;

public sealed class ConvertVerbTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly TestFolder folder = new();
    private readonly SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = 2, ImageSize = 64 }).Ct(1, 1);

    public void Dispose() => folder.Dispose();

    [PeerFact("dcmdrle")]
    public async Task File_ToRle_IsReadByDcmtk_AndComesBackTheSame()
    {
        string source = await WriteAsync("a.dcm", 0);

        Assert.Equal((0, "", ""), await ConvertAsync(source, folder.File("rle.dcm"), "RLELossless"));
        Assert.Equal((0, "", ""), await ConvertAsync(folder.File("rle.dcm"), folder.File("back.dcm"), Uids.ExplicitVrLittleEndian));
        (int exitCode, _) = await PeerProcess.RunAsync("dcmdrle", [folder.File("rle.dcm"), folder.File("dcmtk.dcm")], Deadline);

        Assert.Equal(0, exitCode);
        AssertSame(source, folder.File("back.dcm"));
        AssertSame(source, folder.File("dcmtk.dcm"));
    }

    /// <summary>The whole way with real workers: this executable is started again, once for each core at most.</summary>
    [PeerFact("dcmdjpls", "gdcmconv")]
    public async Task Folder_ToJpegLs_NamesWhatWasRefused_AndEndsWithTwo()
    {
        string first = await WriteAsync("in/one/a.dcm", 0);
        await WriteAsync("in/b.dcm", 1);
        await File.WriteAllTextAsync(folder.File("in/notes.txt"), "no image");

        (int exit, string output, string error) = await ConvertAsync(folder.File("in"), folder.File("out"), "jpegls");

        Assert.Equal((2, ""), (exit, error));
        Assert.Equal(["notes.txt: neither file meta information nor a data set at byte 0", "2 files written, 1 refused"], output.TrimEnd().Split('\n'));
        Assert.Equal(["out/b.dcm", "out/one/a.dcm"], Directory.EnumerateFiles(folder.File("out"), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder.Path, path)).Order());
        Assert.Equal(0, (await PeerProcess.RunAsync("dcmdjpls", [folder.File("out/one/a.dcm"), folder.File("dcmtk.dcm")], Deadline)).ExitCode);
        AssertSame(first, folder.File("dcmtk.dcm"));
    }

    [Fact]
    public async Task WhatCannotBeDone_EndsWithOne_AndLeavesNothing()
    {
        string source = await WriteAsync("a.dcm", 0);

        (int unknown, _, string unknownError) = await ConvertAsync(source, folder.File("x.dcm"), "mp3");
        (int lossy, _, string lossyError) = await ConvertAsync(source, folder.File("x.dcm"), Uids.JpegBaselineProcess1);
        (int inside, _, string insideError) = await ConvertAsync(folder.Path, folder.File("below"), "rle");

        Assert.Equal((1, 1, 1), (unknown, lossy, inside));
        Assert.Contains("'mp3' is no transfer syntax", unknownError, StringComparison.Ordinal);
        Assert.Contains("nothing here losslessly encodes JPEG Baseline", lossyError, StringComparison.Ordinal);
        Assert.Contains("lies inside the one to read", insideError, StringComparison.Ordinal);
        Assert.Equal([source], Directory.EnumerateFiles(folder.Path));
    }

    [PeerFact("dcmdump")]
    public async Task Text_ToUtf8_IsReadByDcmtk_AndUncertainTextIsRefused()
    {
        string source = await WriteAsync("a.dcm", 0);
        string named = folder.File("named.dcm");
        string unsure = folder.File("unsure.dcm");
        using (DicomFile file = DicomFile.Open(source))
        {
            DataSet dataSet = file.DataSet.DeepCopy();
            dataSet.SetString(Tags.SpecificCharacterSet, "ISO 2022 IR 100", "ISO 2022 IR 144");
            dataSet.SetString(Tags.PatientName, "Müller^Люк");
            await WholeFile.WriteAsync(named, DicomFileWriter.Segments(file.FileMeta, dataSet, file.TransferSyntax, file.Source), CancellationToken.None);
            dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 6");
            await WholeFile.WriteAsync(unsure, DicomFileWriter.Segments(file.FileMeta, dataSet, file.TransferSyntax, file.Source), CancellationToken.None);
        }

        Assert.Equal((0, "", ""), await RunAsync(named, folder.File("utf8.dcm"), "--utf8"));
        (_, string dump) = await PeerProcess.RunAsync("dcmdump", ["+P", "0008,0005", "+P", "0010,0010", folder.File("utf8.dcm")], Deadline);
        Assert.Contains("[ISO_IR 192]", dump, StringComparison.Ordinal);
        Assert.Contains("[Müller^Люк]", dump, StringComparison.Ordinal);
        AssertSamePixels(named, folder.File("utf8.dcm"));

        (int exit, _, string error) = await RunAsync(unsure, folder.File("x.dcm"), "--utf8");
        Assert.Equal(1, exit);
        Assert.Contains("not certain", error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("x.dcm")));
        Assert.Equal(1, (await RunAsync(named, folder.File("x.dcm"))).Exit);
        Assert.Equal(1, (await RunAsync(named, folder.File("x.dcm"), "--utf8", "--to", "rle")).Exit);
    }

    [Fact]
    public async Task Worker_WhoseInputEnds_EndsWithIt()
    {
        ProcessStartInfo start = new(CodecWorkerVerb.Options().Command[0], [.. CodecWorkerVerb.Options().Command.Skip(1), "1000000000"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process worker = Process.Start(start)!;
        worker.StandardInput.Close();
        using CancellationTokenSource deadline = new(Deadline);

        await worker.WaitForExitAsync(deadline.Token);

        Assert.InRange(worker.ExitCode, 0, 1); // 1: without GDCM
    }

    private async Task<string> WriteAsync(string name, int instance)
    {
        string path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using FileStream file = File.Create(path);
        await study.Instances[instance].ToFile().WriteToAsync(file, CancellationToken.None);
        return path;
    }

    private static void AssertSamePixels(string expected, string actual)
    {
        using DicomFile before = DicomFile.Open(expected);
        using DicomFile after = DicomFile.Open(actual);
        PixelFrames frames = PixelFrames.Open(after);
        Assert.False(frames.IsEncapsulated);
        Assert.Equal(PixelFrames.Open(before).Read(0), frames.Read(0));
    }

    private static void AssertSame(string expected, string actual)
    {
        AssertSamePixels(expected, actual);
        using DicomFile before = DicomFile.Open(expected);
        using DicomFile after = DicomFile.Open(actual);
        Assert.Equal(before.DataSet.GetString(Tags.PatientName), after.DataSet.GetString(Tags.PatientName));
        Assert.Equal(before.DataSet.GetString(Tags.SOPInstanceUID), after.DataSet.GetString(Tags.SOPInstanceUID));
    }

    private static Task<(int Exit, string Output, string Error)> ConvertAsync(string from, string to, string syntax) => RunAsync(from, to, "--to", syntax);

    private static async Task<(int Exit, string Output, string Error)> RunAsync(string from, string to, params string[] options)
    {
        RootCommand root = new();
        DicomVerbs.AddTo(root);
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };
        int exit = await CommandLine.RunAsync(root, ["dicom", "convert", from, to, .. options], output, error);
        return (exit, output.ToString(), error.ToString());
    }
}
