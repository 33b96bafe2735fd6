using System.Net;
using System.Net.Sockets;
using System.Reflection;
using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Pipeline;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace DeidCluster.Node;

/// <summary>The node cannot start for a reason outside this program. The message names the part and no secret.</summary>
public sealed class NodeStartException(string message, Exception inner) : Exception(message, inner);

/// <summary>
/// A running node: store, staging, DICOM listener, actors, HTTP API, started in this order and stopped in the opposite one, so that
/// what an archive sends for an effect always finds its listener.
/// </summary>
public sealed class DeidNode : IAsyncDisposable
{
    private const int HeartbeatsPerLease = 5;

    private readonly NodeConfiguration configuration;
    private readonly CodecWorkerOptions? codecWorkers;
    private readonly NodeLog log;
    private readonly ILogger logger;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private IActorStore? store;
    private PipelineParts? pipeline;
    private DicomListener? listener;
    private ActorSystem? actors;
    private WebApplication? http;
    private Task retention = Task.CompletedTask;
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task draining = Task.CompletedTask;
    private bool isStopped;

    private DeidNode(NodeConfiguration configuration, CodecWorkerOptions? codecWorkers, TimeProvider time)
    {
        (this.configuration, this.codecWorkers, this.time) = (configuration, codecWorkers, time);
        log = NodeLog.Open(configuration.Node);
        logger = log.Factory.CreateLogger("DeidCluster.Node");
    }

    /// <summary>Where the HTTP API is, with the port that the system chose.</summary>
    public Uri HttpAddress => NodeHttp.AddressOf(http!);

    /// <summary>Where the DICOM listener is, with the port that the system chose.</summary>
    public IPEndPoint DicomEndPoint => listener!.EndPoint;

    /// <summary>Ends when the engine has stopped; fails when it stopped by a mistake of our own, after which the process should end.</summary>
    public Task Completion => actors!.Completion;

    /// <summary>Ends when the node was told over its API to drain, and has: it should be stopped then.</summary>
    public Task Drained => drained.Task;

    /// <summary>
    /// Starts a node; when this returns it takes requests. <paramref name="codecWorkers"/> tells how the processes are started that decode compressed pixels;
    /// without it, compressed instances whose pixels must be blanked are held, but for RLE.
    /// </summary>
    /// <exception cref="NodeStartException">The store is in use, a port is taken, or a folder cannot be written.</exception>
    public static async Task<DeidNode> StartAsync(NodeConfiguration configuration, CancellationToken cancellation, CodecWorkerOptions? codecWorkers = null, TimeProvider? time = null)
    {
        DeidNode node = new(configuration, codecWorkers, time ?? TimeProvider.System);
        try
        {
            await node.OpenAsync(cancellation);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives the work to other nodes, stops taking requests, and leaves everything durable. Nothing happens the second time.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        if (isStopped)
        {
            return;
        }

        isStopped = true;
        if (actors is not null)
        {
            await actors.DrainAsync(configuration.Node.DrainTime, cancellation);
            await draining;
        }

        await stopping.CancelAsync();
        await retention;
        if (http is not null)
        {
            await http.StopAsync(cancellation);
            await http.DisposeAsync();
        }

        if (actors is not null)
        {
            await actors.DisposeAsync();
        }

        if (listener is not null)
        {
            await listener.StopAsync(cancellation);
        }

        if (pipeline is not null)
        {
            await pipeline.DisposeAsync();
        }

        if (store is not null)
        {
            await store.DisposeAsync();
        }

        logger.LogInformation("Stopped");
        log.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        stopping.Dispose();
    }

    private async Task OpenAsync(CancellationToken cancellation)
    {
        NodeSettings settings = configuration.Node;
        store = await StartPartAsync("the store", () => settings.Store.OpenAsync(time, cancellation));
        IStudyIndex index = (IStudyIndex)store;
        pipeline = await StartPartAsync("staging", () => Task.FromResult(PipelineParts.Open(
            PipelineOf(configuration, codecWorkers), index, time, fault => NodeLog.WriteListenerFault(logger, fault))));
        listener = await StartPartAsync($"the DICOM listener on port {settings.Dicom.Port}", () => Task.FromResult(Listen(settings.Dicom, pipeline.Receiver)));
        actors = new ActorSystem(
            store, StudyMessageTypes.Register(new MessageTypes()), ActorKinds.For(configuration),
            [.. pipeline.Effects, new RetireHandler(store, index, pipeline.Staging, settings.RetiredFolder, time)], ActorSettings(settings), time);
        actors.Start();
        await actors.PostAsync([.. LimitsToTell()], cancellation);
        retention = Task.Run(() => RetainAsync(pipeline.Retention, stopping.Token), CancellationToken.None);
        NodeParts parts = new(configuration, actors, store, index, pipeline, time, BeginDrain);
        http = await StartPartAsync($"the HTTP API on {settings.Http.Url}", () => NodeHttp.StartAsync(parts, log.Factory, cancellation));
        logger.LogInformation(
            "Started {Node}: API {Api}, DICOM {AeTitle} on port {Port}, {Projects} projects, {Archives} archives, {Destinations} destinations",
            settings.Name, HttpAddress, settings.Dicom.AeTitle, DicomEndPoint.Port,
            configuration.Projects.Count, configuration.Archives.Count, configuration.Destinations.Count);
    }

    /// <summary>Begins to drain, once; the log keeps who asked and why.</summary>
    private void BeginDrain(string by, string why, TimeSpan deadline)
    {
        logger.LogWarning("Draining within {Seconds} s, asked by {By}: {Why}", deadline.TotalSeconds, by, why);
        if (!actors!.IsDraining)
        {
            draining = Task.Run(async () =>
            {
                await actors.DrainAsync(deadline, CancellationToken.None);
                drained.TrySetResult();
            });
        }
    }

    private static async Task<T> StartPartAsync<T>(string part, Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException or StoreUnavailableException)
        {
            throw new NodeStartException($"{part} cannot start: {e.Message}", e);
        }
    }

    private DicomListener Listen(DicomSettings settings, IScpHandler receiver) => DicomListener.Start(
        new ListenerOptions
        {
            EndPoint = new IPEndPoint(IPAddress.Parse(settings.Address), settings.Port),
            AeTitle = settings.AeTitle,
            Tls = settings.Tls,
            AllowedPeers = settings.AllowedPeers,
            Clock = time,
        },
        receiver);

    private static PipelineSettings PipelineOf(NodeConfiguration configuration, CodecWorkerOptions? codecWorkers) => new()
    {
        CodecWorkers = codecWorkers,
        AeTitle = configuration.Node.Dicom.AeTitle,
        Staging = new StagingSettings
        {
            Folder = configuration.Node.StagingFolder,
            PathKey = configuration.InstallationSecret,
            ReleaseResults = configuration.Node.ReleaseResults,
        },
        Archives = [.. configuration.Archives.Select(archive => archive.Settings)],
        Destinations = configuration.Destinations,
        Projects =
        [
            .. configuration.Projects.Select(project => new ProjectSettings
            {
                Profile = project.File.Profile, Key = project.Key, Destinations = project.File.Destinations,
            }),
        ],
        CoresMax = configuration.Node.CoresMax,
    };

    private ActorSystemSettings ActorSettings(NodeSettings settings) => new()
    {
        NodeName = settings.Name,
        LeaseTime = settings.LeaseTime,
        LeaseMargin = settings.LeaseTime / HeartbeatsPerLease,
        HeartbeatInterval = settings.LeaseTime / HeartbeatsPerLease,
        Version = typeof(DeidNode).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
        EffectsMax = new Dictionary<string, int>
        {
            ["locate"] = settings.Effects.Locate,
            ["fetch"] = settings.Effects.Fetch,
            ["anonymize"] = settings.Effects.Anonymize,
            ["verify"] = settings.Effects.Verify,
            ["deliver"] = settings.Effects.Deliver,
            ["retire"] = settings.Effects.Retire,
        },
        EffectTimes = new Dictionary<string, TimeSpan>
        {
            ["locate"] = TimeSpan.FromMinutes(settings.EffectMinutes.Locate),
            ["fetch"] = TimeSpan.FromMinutes(settings.EffectMinutes.Fetch),
            ["anonymize"] = TimeSpan.FromMinutes(settings.EffectMinutes.Anonymize),
            ["verify"] = TimeSpan.FromMinutes(settings.EffectMinutes.Verify),
            ["deliver"] = TimeSpan.FromMinutes(settings.EffectMinutes.Deliver),
            ["retire"] = TimeSpan.FromMinutes(settings.EffectMinutes.Retire),
        },
        Notice = notice => NodeLog.Write(logger, notice),
    };

    /// <summary>Limits are configuration, and actors know only what they are told: they are told at each start.</summary>
    private IEnumerable<(ActorId To, ICommand Command)> LimitsToTell() =>
    [
        .. configuration.Projects.Select(project => (Actors.Project(project.Name), (ICommand)new ConfigureProject(project.File.InFlightMax, QuotaOf(project.File.DayLimits), RuleOf(project.File.Retention ?? configuration.Node.Retention), project.File.Share))),
        .. configuration.Archives.Select(archive => (
            Actors.Archive(archive.Settings.Name),
            (ICommand)new ConfigureArchive(archive.Limits.AssociationsMax, archive.Limits.FailuresToOpen, archive.Limits.OpenSeconds, archive.Limits.Pace, archive.Limits.IdleTimeoutSeconds))),
    ];

    private static ProjectQuota QuotaOf(ProjectDayLimits limits) => new(limits.StudiesPerDay, limits.TimeZone, limits.HeldToPause);

    private static RetentionRule? RuleOf(RecordRetention? retention) => retention is null ? null : new RetentionRule(retention.KeepDays, retention.Then == RetentionEnd.Archive);

    /// <summary>Releases results that are delivered, now and then, until the node stops.</summary>
    private async Task RetainAsync(ResultRetention results, CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(RetentionInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                await SweepAsync(results, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    private async Task SweepAsync(ResultRetention results, CancellationToken cancellation)
    {
        try
        {
            int released = await results.SweepAsync(cancellation);
            if (released > 0)
            {
                logger.LogInformation("Released the results of {Studies} delivered studies", released);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or StoreUnavailableException)
        {
            logger.LogWarning("Results could not be released ({ExceptionType}); tried again later", e.GetType().Name);
        }
    }

    private static readonly TimeSpan RetentionInterval = TimeSpan.FromMinutes(1);
}
