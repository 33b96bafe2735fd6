using System.Diagnostics;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>Work on files: reading headers, editing the header of a large file, making files durable.</summary>
internal static class FileArea
{
    private const string PydicomScan =
        "import sys,os,pydicom\nfor n in os.listdir(sys.argv[1]):\n pydicom.dcmread(os.path.join(sys.argv[1],n),stop_before_pixels=True).get('PatientID')\n";

    /// <summary>Pixels are not read; more files than elsewhere, so that the start of a process weighs less.</summary>
    private const int ScannedPixelBytes = 4 * 1024;

    private const int ScannedOfAnInstance = 10;
    private const int ScannedMax = 10_000;

    /// <summary>Reads all headers of a folder that the page cache holds.</summary>
    public static async Task<IReadOnlyList<Table>> ParseAsync(Bench bench)
    {
        string[] files = bench.Instances(Math.Min(ScannedOfAnInstance * bench.Options.Count, ScannedMax), ScannedPixelBytes);
        string source = Path.GetDirectoryName(files[0])!;
        List<Contender> contenders =
        [
            new("dcmdump with one tag", () => ProcessAsync(files.Length, "dcmdump", "-q", "+P", "0010,0020", "+sd", source)),
            new("gdcmscanner", () => ProcessAsync(files.Length, "gdcmscanner", "-d", source, "-t", "10,20")),
            new("pydicom, stop_before_pixels", () => ProcessAsync(files.Length, "/usr/bin/python3", "-c", PydicomScan, source)),
            new("**deid dicom scan**", () => ProcessAsync(files.Length, "dotnet", Bench.Deid, "dicom", "scan", source, "--tag", "PatientID")),
            new("**deid, in process, 1 thread**", () => OursAsync(files, threads: 1)),
            new("**deid, in process, 2 threads**", () => OursAsync(files, threads: 2)),
        ];
        if (Environment.GetEnvironmentVariable("DEID_FODICOM") is { Length: > 0 } fodicom)
        {
            contenders.Insert(3, new Contender("fo-dicom", () => ProcessAsync(files.Length, fodicom, source)));
        }
        else
        {
            await System.Console.Error.WriteLineAsync("  fo-dicom is left out: DEID_FODICOM names no build of it (a program that reads the headers of all files of the folder that it is given)");
        }

        IReadOnlyList<double> medians = await Table.MediansAsync(contenders, bench.Options.Rounds);
        return [new Table($"Read the headers of {files.Length} files", "files/s", ["files/s"],
            [.. contenders.Select((contender, at) => new Row(contender.Name, [medians[at]]))], "The peers and `deid dicom scan` are processes, whose start counts; ours reads every element up to the pixels into its model.")];
    }

    /// <summary>One value in the header of a large multi-frame file is changed.</summary>
    public static async Task<IReadOnlyList<Table>> EditAsync(Bench bench)
    {
        string folder = bench.NewFolder();
        string original = Path.Combine(folder, "original.dcm");
        SyntheticInstances.WriteMultiframe(original, bench.Options.MultiframeBytes);
        double megabytes = new FileInfo(original).Length / 1e6;
        string edited = Path.Combine(folder, "edited.dcm");
        List<Contender> contenders =
        [
            new("cp", () => MeasuredAsync(megabytes, edited, () => RunAsync("cp", original, edited))),
            new("dcmodify, on a copy made before", async () =>
            {
                File.Copy(original, edited, overwrite: true);
                return await MeasuredAsync(megabytes, null, () => RunAsync("dcmodify", "-nb", "-m", "(0010,0010)=SUBJECT-1", edited));
            }),
            new("**deid**", () => MeasuredAsync(megabytes, edited, () => EditAsync(original, edited))),
        ];
        IReadOnlyList<double> medians = await Table.MediansAsync(contenders, Math.Max(bench.Options.Rounds, 3));
        return [new Table($"Edit the header of a file of {megabytes:0} MB into a new file", "MB/s", ["MB/s"], [.. contenders.Select((contender, at) => new Row(contender.Name, [medians[at]]))],
            "Nobody flushes. cp and dcmodify are processes; cp copies whole pages, or nothing on a file system that shares blocks, which a file with another header cannot do.")];
    }

    /// <summary>What the disk itself takes, and what shared flushes save.</summary>
    public static async Task<IReadOnlyList<Table>> DiskAsync(Bench bench)
    {
        int[] threads = [1, 2, 4, 8];
        List<Row> rows = [];
        foreach (int bytes in new[] { 4 * 1024, bench.Options.PixelBytes })
        {
            List<double> alone = [];
            List<double> shared = [];
            foreach (int count in threads)
            {
                IReadOnlyList<double> medians = await Table.MediansAsync(
                [
                    new("alone", () => DurableAsync(bench, bytes, count, isShared: false)),
                    new("shared", () => DurableAsync(bench, bytes, count, isShared: true)),
                ], bench.Options.Rounds);
                alone.Add(medians[0]);
                shared.Add(medians[1]);
            }

            rows.Add(new Row($"{bytes / 1024} KB, each flushes the folder", alone));
            rows.Add(new Row($"**{bytes / 1024} KB, flushes of the folder are shared**", shared));
        }

        return [new Table("Files made durable (written, flushed, renamed, folder flushed)", "files/s", [.. threads.Select(count => $"{count} at a time")], rows,
            $"One after the other, a file of 4 KB takes {1000 / rows[0].Values[0]:0.00} ms here: the latency of two flushes.")];
    }

    private static async Task<double> DurableAsync(Bench bench, int bytes, int atATime, bool isShared)
    {
        string folder = bench.NewFolder();
        int files = Math.Max(bench.Options.Count / 4, 8);
        byte[] content = new byte[bytes];
        GroupSync group = new(new LinuxFiles());
        int number = 0;
        await Bench.QuietAsync();
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, atATime).Select(_ => Task.Factory.StartNew(async () =>
        {
            GroupSync sync = isShared ? group : new GroupSync(new LinuxFiles());
            while (Interlocked.Increment(ref number) is int mine && mine <= files)
            {
                await DurableFile.WriteAsync(sync, Path.Combine(folder, $"{mine}.part"), Path.Combine(folder, $"{mine}"), (file, ct) => file.WriteAsync(content, ct).AsTask(), CancellationToken.None);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        return files / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task EditAsync(string original, string edited)
    {
        using DicomFile file = DicomFile.Open(original);
        file.DataSet.SetString(Tags.PatientName, "SUBJECT-1");
        using SegmentList segments = DicomFileWriter.Segments(file.FileMeta, file.DataSet, file.TransferSyntax, file.Source);
        await using Stream target = new FileStream(edited, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        await segments.WriteToAsync(target, CancellationToken.None);
    }

    private static async Task<double> MeasuredAsync(double megabytes, string? target, Func<Task> work)
    {
        if (target is not null)
        {
            File.Delete(target);
        }

        await Bench.QuietAsync();
        long started = Stopwatch.GetTimestamp();
        await work();
        return megabytes / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<double> ProcessAsync(int files, string tool, params string[] arguments)
    {
        long started = Stopwatch.GetTimestamp();
        await RunAsync(tool, arguments);
        return files / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task RunAsync(string tool, params string[] arguments)
    {
        (int code, string output) = await PeerProcess.RunAsync(tool, arguments, Bench.Deadline);
        if (code != 0)
        {
            throw new InvalidOperationException($"{tool}: {output}");
        }
    }

    private static async Task<double> OursAsync(string[] files, int threads)
    {
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, threads).Select(share => Task.Run(() =>
        {
            foreach (string path in Bench.Share(files, share, threads))
            {
                using DicomFile file = DicomFile.Open(path);
                if (file.DataSet.GetString(Tags.PatientID) is null)
                {
                    throw new InvalidOperationException("a header was not read");
                }
            }
        })));
        return files.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
