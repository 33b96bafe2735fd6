using System.Buffers.Binary;
using DeidCluster.Deid;
using DeidCluster.Engine;
using DeidCluster.Pipeline;
using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>Everything of one simulated run: nodes, store, archives, destinations, and the checkers that watch them.</summary>
internal sealed class World
{
    private const string KeyText = "k1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private const int ScaleShards = 256;
    private const int ScaleGuards = 4;
    private const int ScaleAssociations = 50;
    private const int ScaleInFlight = 200;

    private static readonly Dictionary<string, PipelineProject> MadeProjects = [];

    private readonly Dictionary<string, string> patientByStudy = [];
    private readonly Dictionary<string, StudyPolicy> policies = [];
    private readonly Dictionary<string, IReadOnlyList<SimulatedDestination>> destinations = [];
    private readonly Random draw;
    private readonly Random ids;
    private int number;

    public World(SimulationSettings settings)
    {
        Settings = settings;
        Loop = new EventLoop(settings.Seed);
        Trace = new Trace(Loop, settings.Listener);
        draw = new Random(settings.Seed + 1_000_003);
        ids = new Random(settings.Seed + 2_000_003);
        Network = new Network(new Random(settings.Seed + 3_000_017));
        TrueTime clock = new(Loop);
        int shards = settings.Scale is null ? 4 << Draw(0, 4) : ScaleShards;
        Store = settings.Bug == PlantedBug.NoFence ? new UnfencedStore(shards, clock) : new SimulatedStore(shards, clock);
        Checker = new Checker(this);
        Types = StudyMessageTypes.Register(new MessageTypes());
        HostSettings = new ActorSystemSettings
        {
            LeaseTime = TimeSpan.FromSeconds(10),
            HeartbeatInterval = TimeSpan.FromSeconds(2),
            LeaseMargin = TimeSpan.FromSeconds(3),
            PollInterval = TimeSpan.FromSeconds(1),
            MailsPerTurnMax = Draw(1, 64),
            TurnsPerGroupMax = Draw(1, 64),
            SnapshotEveryEvents = Draw(1, 20),
            ActorsCachedMax = Draw(2, 64),
            PassivateAfter = TimeSpan.FromSeconds(Draw(5, 300)),
            EffectsMaxDefault = Draw(1, 6),
        };
        if (settings.Scale is { } scale)
        {
            HostSettings = HostSettings with
            {
                MailsPerTurnMax = 256, TurnsPerGroupMax = 256, SnapshotEveryEvents = 100, ActorsCachedMax = 4096, PassivateAfter = TimeSpan.FromMinutes(10), EffectsMaxDefault = 100,
            };
            Build(scale);
        }
        else
        {
            Build();
        }
    }

    public SimulationSettings Settings { get; }

    public EventLoop Loop { get; }

    public Trace Trace { get; }

    public Network Network { get; }

    public SimulatedStore Store { get; }

    public SharedStaging Staging { get; } = new();

    public Checker Checker { get; }

    public MessageTypes Types { get; }

    public ActorSystemSettings HostSettings { get; }

    public List<SimulatedNode> Nodes { get; } = [];

    public List<SimulatedArchive> Archives { get; } = [];

    public List<SimulatedDestination> Destinations { get; } = [];

    public List<SourceStudy> Sources { get; } = [];

    public List<ConfigureProject> ProjectLimits { get; } = [];

    public List<ConfigureArchive> ArchiveLimits { get; } = [];

    /// <summary>Names of the projects.</summary>
    public IReadOnlyList<string> Projects => [.. policies.Keys];

    /// <summary>The projects as the product's handlers see them.</summary>
    public Configured<PipelineProject> PipelineProjects { get; private set; } = null!;

    /// <summary>True once all faults are over.</summary>
    public bool IsHealed { get; set; }

    /// <summary>The three kinds of actors with the product's rules; with a planted bug around them where one is asked for.</summary>
    public IReadOnlyList<ActorKind> Kinds
    {
        get
        {
            StudyDecider study = new(project => policies.GetValueOrDefault(project));
            IDecider<StudyState> rules = Settings.Bug == PlantedBug.PermitLeak ? new LeakyStudyDecider(study) : study;
            return
            [
                new ActorKind<StudyState>(Actors.StudyKind, rules, "study.state/2"),
                new ActorKind<ProjectState>(Actors.ProjectKind, new ProjectDecider(), "project.state/2"),
                new ActorKind<ArchiveState>(Actors.ArchiveKind, new ArchiveDecider(), "archive.state/2"),
            ];
        }
    }

    /// <summary>What each start of a node tells projects and archives.</summary>
    public IReadOnlyList<(ActorId To, ICommand Command)> Configuration =>
    [
        .. Projects.Zip(ProjectLimits).Select(one => (Actors.Project(one.First), (ICommand)one.Second)),
        .. Archives.Zip(ArchiveLimits).Select(one => (Actors.Archive(one.First.Name), (ICommand)one.Second)),
    ];

    /// <summary>A number from <paramref name="min"/> to less than <paramref name="max"/>, as the seed wants it.</summary>
    public int Draw(int min, int max) => draw.Next(min, max);

    public T Draw<T>(IReadOnlyList<T> all) => all[draw.Next(all.Count)];

    public int NextNumber() => ++number;

    public string PatientOf(string studyUid) => patientByStudy[studyUid];

    public IReadOnlyList<SimulatedDestination> DestinationsOf(string project) => destinations[project];

    /// <summary>A new id, ordered by time as the product's are, from the seed.</summary>
    public Guid NewId(DateTimeOffset at)
    {
        Span<byte> bytes = stackalloc byte[16];
        ids.NextBytes(bytes);
        long milliseconds = at.ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteInt32BigEndian(bytes, (int)(milliseconds >> 16));
        BinaryPrimitives.WriteInt16BigEndian(bytes[4..], (short)milliseconds);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x70);
        return new Guid(bytes, bigEndian: true);
    }

    private void Build()
    {
        int archives = Draw(1, 4);
        for (int at = 0; at < archives; at++)
        {
            Archives.Add(new SimulatedArchive(this, $"a{at}", new Random(draw.Next())));
            ArchiveLimits.Add(new ConfigureArchive(Draw(1, 4), Draw(2, 6), Draw(5, 30), IdleTimeoutSeconds: (int)SimulatedArchive.IdleTimeout.TotalSeconds));
        }

        int places = Draw(1, 3);
        for (int at = 0; at < places; at++)
        {
            Destinations.Add(new SimulatedDestination(this, $"d{at}", new Random(draw.Next())));
        }

        int projects = Draw(1, 4);
        for (int at = 0; at < projects; at++)
        {
            string name = $"p{at}";
            int first = draw.Next(archives);
            string[] order = [.. Enumerable.Range(0, archives).Select(step => Archives[(first + step) % archives].Name)];
            policies[name] = new StudyPolicy(order, new RetryPolicy(Draw(2, 8), TimeSpan.FromSeconds(Draw(1, 10)), TimeSpan.FromSeconds(60)));
            destinations[name] = [.. Destinations.Take(Draw(1, places + 1))];
            ProjectLimits.Add(new ConfigureProject(Draw(1, 8), new ProjectQuota(0, "UTC", Draw(0, 3) == 0 ? Draw(2, 5) : 0)));
        }

        PipelineProjects = new("project", policies.Keys.Select(PipelineProjectOf), project => project.Name);
        BuildSources();
        int nodes = Draw(2, 7);
        for (int at = 0; at < nodes; at++)
        {
            Nodes.Add(new SimulatedNode(this, at));
        }
    }

    /// <summary>A large cluster: every study in one of four archives and for one of four projects.</summary>
    private void Build(Scale scale)
    {
        Destinations.Add(new SimulatedDestination(this, "d0", new Random(draw.Next())));
        for (int at = 0; at < ScaleGuards; at++)
        {
            string archive = $"a{at}", project = $"p{at}";
            Archives.Add(new SimulatedArchive(this, archive, new Random(draw.Next())));
            ArchiveLimits.Add(new ConfigureArchive(ScaleAssociations, 5, 30, IdleTimeoutSeconds: (int)SimulatedArchive.IdleTimeout.TotalSeconds));
            policies[project] = new StudyPolicy([archive], RetryPolicy.Default);
            destinations[project] = Destinations;
            ProjectLimits.Add(new ConfigureProject(ScaleInFlight));
        }

        PipelineProjects = new("project", policies.Keys.Select(PipelineProjectOf), project => project.Name);
        for (int at = 0; at < scale.Studies; at++)
        {
            SourceStudy study = new($"1.2.{at + 1}", $"m{at % 1000}", $"acc{at}", [new SourceInstance($"1.2.{at + 1}.9", $"1.2.{at + 1}.1")]);
            Sources.Add(study);
            patientByStudy[study.StudyUid] = study.Mrn;
            Archives[at % ScaleGuards].Add(study);
        }

        Nodes.AddRange(Enumerable.Range(0, scale.Nodes).Select(at => new SimulatedNode(this, at)));
    }

    /// <summary>Kept from run to run: it takes long to make and nothing of it changes.</summary>
    private static PipelineProject PipelineProjectOf(string name)
    {
        lock (MadeProjects)
        {
            if (!MadeProjects.TryGetValue(name, out PipelineProject? made))
            {
                MadeProjects[name] = made = new PipelineProject(new ProjectSettings
                {
                    Profile = new ProjectProfile { Name = name, Version = "1" }, Key = ProjectKey.Parse(KeyText, "the simulation"), Destinations = ["d0"],
                });
            }

            return made;
        }
    }

    /// <summary>Studies, most of them in one archive, some in several, some in none.</summary>
    private void BuildSources()
    {
        int studies = Draw(3, 25);
        for (int at = 0; at < studies; at++)
        {
            string uid = $"1.2.{at + 1}";
            SourceInstance[] instances = [.. Enumerable.Range(0, Draw(1, 7)).Select(one => new SourceInstance($"{uid}.9.{one}", $"{uid}.{one / 3}"))];
            SourceStudy study = new(uid, $"m{Draw(0, studies)}", $"acc{Draw(0, studies)}", instances);
            Sources.Add(study);
            patientByStudy[uid] = study.Mrn;
            if (Draw(0, 10) > 0)
            {
                Draw(Archives).Add(study);
            }

            if (Draw(0, 5) == 0)
            {
                Draw(Archives).Add(study);
            }
        }
    }

    private sealed class TrueTime(EventLoop loop) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => loop.Now;

        public override long GetTimestamp() => loop.Ticks;
    }
}

/// <summary>The planted bug "permit leak": a failed step does not give its permit back.</summary>
internal sealed class LeakyStudyDecider(StudyDecider rules) : IDecider<StudyState>
{
    public StudyState Initial(ActorId id) => rules.Initial(id);

    public IndexQuery? Ask(StudyState state, ICommand command) => rules.Ask(state, command);

    public Decision Decide(StudyState state, ICommand command, TurnContext context)
    {
        Decision decision = rules.Decide(state, command, context);
        return command is ReportFailed ? decision with { Sends = [.. decision.Sends.Where(send => send.Command is not ReturnPermit)] } : decision;
    }

    public StudyState Evolve(StudyState state, IEvent happened) => rules.Evolve(state, happened);

    public EffectRequest? Next(StudyState state) => rules.Next(state);

    public IReadOnlyList<RowWrite> Project(StudyState state) => rules.Project(state);
}
