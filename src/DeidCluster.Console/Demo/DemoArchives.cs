using DeidCluster.Dicom;
using DeidCluster.Simulator;

namespace DeidCluster.Console.Demo;

/// <summary>The two archives of the demo: real DICOM servers on loopback over folders of sample files.</summary>
internal sealed class DemoArchives : IAsyncDisposable
{
    private static readonly string[] Names = [DemoCohort.Vna, DemoCohort.Pacs];
    private readonly List<ArchiveSimulator> simulators = [];

    private DemoArchives()
    {
    }

    /// <summary>As a node's configuration names them.</summary>
    public IReadOnlyList<NodeArchive> ForNode =>
        [.. simulators.Select((simulator, i) => new NodeArchive(Names[i], simulator.AeTitle, simulator.Port))];

    /// <summary>Instances that the archives have sent because they were asked to.</summary>
    public int InstancesSent => simulators.Sum(simulator => simulator.InstancesSent);

    /// <summary>Writes the samples below <paramref name="folder"/>, each to the archives that hold it, and starts these.</summary>
    public static async Task<DemoArchives> StartAsync(string folder, IEnumerable<DemoCase> cases, CancellationToken cancellation)
    {
        foreach (string name in Names)
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        // Folders are named by number: a study's name would identify.
        int number = 0;
        foreach (DemoCase demoCase in cases.Where(demoCase => demoCase.Repeats is null))
        {
            foreach (SampleStudy sample in demoCase.Samples)
            {
                number++;
                foreach (string archive in demoCase.Archives)
                {
                    await sample.WriteToAsync(Path.Combine(folder, archive, FormattableString.Invariant($"{number:D4}")), cancellation);
                }
            }
        }

        DemoArchives archives = new();
        foreach (string name in Names)
        {
            archives.simulators.Add(ArchiveSimulator.Start(new ArchiveSimulatorOptions
            {
                AeTitle = name.ToUpperInvariant(), Folder = Path.Combine(folder, name),
            }));
        }

        return archives;
    }

    /// <summary>Tells the archives where the node listens.</summary>
    public void Know(string aeTitle, int port)
    {
        foreach (ArchiveSimulator simulator in simulators)
        {
            simulator.AddDestination(aeTitle, "127.0.0.1", port);
        }
    }

    /// <summary>Has the first archive send <paramref name="instances"/> to the node without being asked, as a modality or an eager archive does.</summary>
    public async Task PushAsync(IReadOnlyList<SampleInstance> instances, int port, CancellationToken cancellation)
    {
        await using ScuAssociation association = await ScuAssociation.ConnectAsync(
            new AssociationOptions
            {
                Host = "127.0.0.1",
                Port = port,
                CallingAeTitle = simulators[0].AeTitle,
                CalledAeTitle = NodeFolder.AeTitle,
                PresentationContexts = [.. instances
                    .Select(instance => (instance.SopClassUid, instance.TransferSyntaxUid)).Distinct()
                    .Select(pair => new ProposedContext(pair.SopClassUid, TransferSyntax.Find(pair.TransferSyntaxUid)!))],
            },
            cancellation);
        foreach (SampleInstance instance in instances)
        {
            TransferSyntax syntax = TransferSyntax.Find(instance.TransferSyntaxUid)!;
            using SegmentList dataSet = DataSetWriter.Segments(instance.DataSet, syntax);
            DimseStatus status = await association.StoreAsync(instance.SopClassUid, instance.SopInstanceUid, syntax, dataSet, cancellation);
            if (status.Class != DimseStatusClass.Success)
            {
                throw new UsageException($"the node answered a C-STORE with {status}");
            }
        }

        await association.ReleaseAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (ArchiveSimulator simulator in simulators)
        {
            await simulator.DisposeAsync();
        }
    }
}
