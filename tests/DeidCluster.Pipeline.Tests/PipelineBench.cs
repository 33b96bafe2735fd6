using System.Net;
using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Simulator;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Pipeline.Tests;

/// <summary>One archive, one project, two destinations and our listener, all real on loopback; the index is in memory.</summary>
internal sealed class PipelineBench : IAsyncDisposable
{
    public const string StudyId = "0123456789abcdef";
    private readonly DicomListener listener;

    public PipelineBench(
        ProjectProfile? profile = null, string moveDestination = "DEID", ArchiveSettings? archive = null, DestinationSettings? destination = null, int listenerPort = 0,
        RetrieveOperation retrieve = RetrieveOperation.Move)
    {
        Vna = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "VNA" });
        Repository = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "REPOSITORY" });
        Directory.CreateDirectory(Folder.File("out"));
        Settings = new PipelineSettings
        {
            AeTitle = "DEID",
            Staging = new StagingSettings { Folder = Folder.File("staging"), PathKey = "installation"u8.ToArray() },
            Archives =
            [
                archive ?? new DimseArchiveSettings
                {
                    Name = "vna", Host = Vna.Host, Port = Vna.Port, AeTitle = "VNA", CallingAeTitle = "DEID", MoveDestinationAeTitle = moveDestination, Retrieve = retrieve,
                    ConnectTimeout = TimeSpan.FromSeconds(10), QueryTimeout = TimeSpan.FromSeconds(10), RetrieveTimeout = TimeSpan.FromSeconds(20),
                },
            ],
            Destinations =
            [
                new FolderDestinationSettings { Name = "folder", Path = Folder.File("out") },
                destination ?? new DimseDestinationSettings { Name = "repository", Host = Repository.Host, Port = Repository.Port, AeTitle = "REPOSITORY", CallingAeTitle = "DEID" },
            ],
            Projects = [new ProjectSettings { Profile = profile ?? new ProjectProfile { Name = "test", Version = "1" }, Key = ProjectKey.Generate("k1"), Destinations = ["folder", "repository"] }],
            CoresMax = 2,
        };
        Parts = PipelineParts.Open(Settings, Index, TimeProvider.System);
        listener = DicomListener.Start(new ListenerOptions { AeTitle = "DEID", EndPoint = new IPEndPoint(IPAddress.Loopback, listenerPort) }, Parts.Receiver);
        Vna.AddDestination("DEID", IPAddress.Loopback.ToString(), listener.EndPoint.Port);
    }

    public TestFolder Folder { get; } = new();

    public MemoryIndex Index { get; } = new();

    public ArchiveSimulator Vna { get; }

    public ArchiveSimulator Repository { get; }

    public PipelineSettings Settings { get; }

    public PipelineParts Parts { get; }

    public int ListenerPort => listener.EndPoint.Port;

    public StudyRequest Request { get; set; } = new() { Project = "test", StudyUid = SampleInstance.Study };

    public bool Lease { get; set; } = true;

    public void Archive(params IEnumerable<SampleInstance> instances)
    {
        foreach (SampleInstance instance in instances)
        {
            Assert.True(Vna.AddBytes(instance.ToFile()));
        }
    }

    /// <summary>Runs one effect as a host would, and takes up what it tells.</summary>
    public async Task<ICommand> RunAsync(string kind, CancellationToken cancellation = default)
    {
        object parameters = kind switch
        {
            "locate" => new LocateEffect(StudyId, Request, "vna", PermitToken: 1),
            "fetch" => new FetchEffect(StudyId, Request, "vna", PermitToken: 1),
            "anonymize" => new AnonymizeEffect(StudyId, Request),
            "verify" => new VerifyEffect(StudyId, Request),
            _ => new DeliverEffect(StudyId, Request),
        };
        EffectContext context = new(new EffectId(new ActorId("study", StudyId), 1, 1), (command, _) => Index.TakeAsync(command), () => Lease);
        ICommand result = await Parts.Effects.Single(effect => effect.Kind == kind).RunAsync(new EffectRequest(kind, 1, parameters), context, cancellation);
        await Index.TakeAsync(result);
        return result;
    }

    /// <summary>Runs one effect that must succeed.</summary>
    public async Task<T> RunAsync<T>(string kind) where T : ICommand
    {
        ICommand result = await RunAsync(kind);
        return Assert.IsType<T>(result is ReportFailed failed ? throw new InvalidOperationException($"{kind}: {failed.Failure}: {failed.Reason}") : result);
    }

    /// <summary>Runs one effect that must fail.</summary>
    public async Task<ReportFailed> FailAsync(string kind) => Assert.IsType<ReportFailed>(await RunAsync(kind));

    /// <summary>Runs the effects up to and with <paramref name="last"/>.</summary>
    public async Task RunToAsync(string last)
    {
        foreach (string kind in new[] { "locate", "fetch", "anonymize", "verify", "deliver" })
        {
            Assert.IsNotType<ReportFailed>(await RunAsync(kind));
            if (kind == last)
            {
                return;
            }
        }
    }

    /// <summary>Puts rows back as an operator's requeue does.</summary>
    public void Reset(InstanceState from, InstanceState to) =>
        Index.Put(Index.Rows.Where(row => row.State == from).Select(row => row with { State = to, Reason = null }));

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await Parts.DisposeAsync();
        await Vna.DisposeAsync();
        await Repository.DisposeAsync();
        Folder.Dispose();
    }
}
