using System.Diagnostics;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>Folders are de-identified, beside the tools that are used for it and beside copying; what each leaves of the planted identifiers is counted.</summary>
internal static class DeidArea
{
    private const int SmallPixelBytes = 8 * 1024;
    private const int EnhancedFrames = 500;
    private const int EnhancedSize = 176;

    private const string Pydicom = """
        import sys,os,pydicom
        from pydicom.uid import generate_uid
        blank=['PatientName','PatientID','PatientBirthDate','PatientAddress','PatientTelephoneNumbers','AccessionNumber','ReferringPhysicianName','OperatorsName',
               'InstitutionName','InstitutionAddress','StationName','StudyDescription','PatientComments','StudyDate','SeriesDate','AcquisitionDate','ContentDate']
        source,target=sys.argv[1:3]
        def clean(ds,e):
            if e.VR=='UI' and e.value and e.keyword.endswith('InstanceUID'): e.value=generate_uid(entropy_srcs=[str(e.value)])
            elif e.keyword in blank: e.value=''
        for n in os.listdir(source):
            ds=pydicom.dcmread(os.path.join(source,n)); ds.remove_private_tags(); ds.walk(clean)
            ds.save_as(os.path.join(target,n))
        """;

    /// <summary>The tags of the peers that take a list: those of the Basic Profile that stand at the top of the corpora.</summary>
    private static readonly string[] ListedTags =
    [
        "0008,0020", "0008,0021", "0008,0022", "0008,0023", "0008,0050", "0008,0080", "0008,0081", "0008,0090", "0008,1010", "0008,1030", "0008,103e", "0008,1070",
        "0010,0010", "0010,0020", "0010,0030", "0010,0040", "0010,1010", "0010,1020", "0010,1030", "0010,1040", "0010,2154", "0010,4000", "0018,1000", "0018,1030",
        "0020,0010", "0020,1040", "0028,1054",
    ];

    public static async Task<IReadOnlyList<Table>> RunAsync(Bench bench)
    {
        int count = bench.Options.Count;
        bool isQuick = count < 100;
        string key = Path.Combine(bench.NewFolder(), "bench.key");
        await RunAsync("dotnet", Bench.Deid, "project", "key", "new", "--out", key);
        string project = Path.Combine(Path.GetDirectoryName(key)!, "bench.yaml");
        await File.WriteAllTextAsync(project, "project: bench\nselect:\n  sop-classes: [CT Image Storage, Enhanced CT Image Storage]\ndates:\n  policy: shift\n  shift-days-min: -1000\n  shift-days-max: -10\n");
        return
        [
            await CorpusAsync(bench, project, key, $"{count} CT instances of {bench.Options.PixelBytes / 1024} KB, about 130 elements",
                PlantedInstances.WriteCt(bench.NewFolder(), count, bench.Options.PixelBytes)),
            await CorpusAsync(bench, project, key, $"{count * 5 / 2} instances of 10 KB", PlantedInstances.WriteCt(bench.NewFolder(), count * 5 / 2, SmallPixelBytes)),
            await CorpusAsync(bench, project, key, "20 enhanced multi-frames of 31 MB, 500 functional groups each",
                PlantedInstances.WriteEnhanced(bench.NewFolder(), isQuick ? 2 : 20, isQuick ? 20 : EnhancedFrames, EnhancedSize)),
        ];
    }

    private static async Task<Table> CorpusAsync(Bench bench, string project, string key, string title, string source)
    {
        int files = Directory.GetFiles(source).Length;
        Dictionary<string, string> left = [];
        Contender Tool(string name, Func<string, Task> work) => new(name, async () =>
        {
            string target = bench.NewFolder();
            try
            {
                await Bench.QuietAsync();
                long started = Stopwatch.GetTimestamp();
                await work(target);
                double reached = files / Stopwatch.GetElapsedTime(started).TotalSeconds;
                int written = Directory.GetFiles(target, "*", SearchOption.AllDirectories).Length;
                if (written != files)
                {
                    throw new InvalidOperationException($"{name} wrote {written} of {files} files");
                }

                left.TryAdd(name, $"{PlantedInstances.Left(target).Count} of {PlantedInstances.Kinds.Count} kinds");
                return reached;
            }
            finally
            {
                Directory.Delete(target, recursive: true);
            }
        });
        Task Deid(string target, params string[] options) =>
            RunAsync("dotnet", [Bench.Deid, "anonymize", "--project", project, "--key-file", key, "--in", source, "--out", target, "--keep-paths", .. options]);
        List<Contender> contenders =
        [
            Tool("cp -r", target => RunAsync("cp", "-r", source + "/.", target)),
            Tool("copy, each file flushed", target => Task.Run(() => CopyDurably(source, target))),
            Tool($"gdcmanon --dumb, {ListedTags.Length} tags", target => RunAsync("gdcmanon", ["--dumb", "-r", .. ListedTags.SelectMany(tag => new[] { "--empty", tag }), "-i", source, "-o", target])),
            OnCopy(bench, $"dcmodify, {ListedTags.Length} tags, on a copy made before", source, files, left),
            Tool("pydicom script", target => RunAsync("/usr/bin/python3", "-c", Pydicom, source, target)),
            Tool("**deid anonymize, 1 thread**", target => Deid(target, "--threads", "1")),
            Tool("**deid anonymize, 2 threads**", target => Deid(target, "--threads", "2")),
            Tool("**deid anonymize --durable, 2 threads**", target => Deid(target, "--threads", "2", "--durable")),
        ];
        IReadOnlyList<double> medians = await Table.MediansAsync(contenders, bench.Options.Rounds);
        return new Table($"De-identify {title}", "files/s", ["files/s"], [.. contenders.Select((contender, at) => new Row(contender.Name, [medians[at]]))],
            $"Planted identifiers of {PlantedInstances.Kinds.Count} kinds; left in the output: {string.Join("; ", contenders.Skip(2).Select(contender => $"{contender.Name.Replace("*", "", StringComparison.Ordinal)} {left[contender.Name]}"))}. "
            + "Whole processes, start included, into a new folder; ours verifies each result. Nobody flushes but where it says so.");
    }

    /// <summary>dcmodify changes files in place: the copy is made before the clock starts.</summary>
    private static Contender OnCopy(Bench bench, string name, string source, int files, Dictionary<string, string> left) => new(name, async () =>
    {
        string target = bench.NewFolder();
        try
        {
            await RunAsync("cp", "-r", source + "/.", target);
            await Bench.QuietAsync();
            long started = Stopwatch.GetTimestamp();
            await RunAsync("dcmodify", ["-nb", "-imt", "-gst", "-gse", "-gin", .. ListedTags.SelectMany(tag => new[] { "-ma", $"({tag})=" }), .. Directory.GetFiles(target)]);
            double reached = files / Stopwatch.GetElapsedTime(started).TotalSeconds;
            left.TryAdd(name, $"{PlantedInstances.Left(target).Count} of {PlantedInstances.Kinds.Count} kinds");
            return reached;
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    });

    private static void CopyDurably(string source, string target)
    {
        LinuxFiles files = new();
        foreach (string path in Directory.GetFiles(source))
        {
            using Stream to = files.Create(Path.Combine(target, Path.GetFileName(path)));
            using FileStream from = File.OpenRead(path);
            from.CopyTo(to);
            files.Sync(to);
        }
    }

    private static async Task RunAsync(string tool, params string[] arguments)
    {
        (int code, string output) = await PeerProcess.RunAsync(tool, arguments, Bench.Deadline);
        if (code != 0)
        {
            throw new InvalidOperationException($"{tool} ended with {code}: {output[..Math.Min(output.Length, 500)]}");
        }
    }
}
