using System.Globalization;
using DeidCluster.Engine;
using DeidCluster.Store.Postgres;
using DeidCluster.Studies;

namespace DeidCluster.Benchmarks;

/// <summary>A node that hosts the real actors on a real store, with effects that touch nothing: in this process or in one of its own.</summary>
internal static class ClusterHost
{
    public const string Project = "bench";
    public const string Archive = "vna";
    public const string NodeVerb = "cluster-node";
    private const int PostsAtOnce = 500;

    private static readonly byte[] Secret = [1];
    private static readonly StudyPolicy Policy = new([Archive], new RetryPolicy(3, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)));

    /// <summary>A node that is not started yet.</summary>
    public static ActorSystem Create(IActorStore store, TimeSpan lateness, int effectsMax, TimeSpan lease, string name) => new(
        store, StudyMessageTypes.Register(new MessageTypes()),
        [
            new ActorKind<StudyState>(Actors.StudyKind, new StudyDecider(project => project == Project ? Policy : null), "study.state/bench"),
            new ActorKind<ProjectState>(Actors.ProjectKind, new ProjectDecider(), "project.state/bench"),
            new ActorKind<ArchiveState>(Actors.ArchiveKind, new ArchiveDecider(), "archive.state/bench"),
        ],
        LateEffect.All(lateness),
        new ActorSystemSettings { NodeName = name, LeaseTime = lease, LeaseMargin = lease / 5, HeartbeatInterval = lease / 5, EffectsMaxDefault = effectsMax });

    /// <summary>What a configuration tells the two guards.</summary>
    public static Task ConfigureAsync(ActorSystem system, int inFlightMax, int associationsMax) => system.PostAsync(
        [(Actors.Project(Project), new ConfigureProject(inFlightMax)), (Actors.Archive(Archive), new ConfigureArchive(associationsMax, 5, 60))], CancellationToken.None);

    /// <summary>The id of a study.</summary>
    public static string IdOf(int number) => StudyId.For(Secret, Project, Request(number));

    /// <summary>The request for a study.</summary>
    public static StudyRequest Request(int number) => new() { Project = Project, StudyUid = $"2.25.{number}" };

    /// <summary>Asks for studies, as the API does for a list.</summary>
    public static async Task SubmitAsync(ActorSystem system, int first, int count)
    {
        foreach (int[] some in Enumerable.Range(first, count).Chunk(PostsAtOnce))
        {
            await system.PostAsync([.. some.Select(number => (Actors.Study(IdOf(number)), (ICommand)new RequestStudy(Request(number))))], CancellationToken.None);
        }
    }

    /// <summary>Waits until so many studies are delivered.</summary>
    public static Task UntilDeliveredAsync(IStudyIndex index, long studies) => UntilAsync(async () =>
        (await index.CountAsync(CancellationToken.None)).Where(count => count.Status == StudyStatus.Delivered).Sum(count => count.Studies) >= studies, $"{studies} studies delivered");

    /// <summary>Looks again and again; fails when it takes too long.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string wanted)
    {
        using CancellationTokenSource deadline = new(Bench.Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Not in time: {wanted}");
            }
        }
    }

    /// <summary>What a process of its own runs until it is ended: connection, milliseconds of lateness, effects at a time, lease in seconds, name.</summary>
    public static async Task RunNodeAsync(string[] arguments)
    {
        int[] numbers = [.. arguments[1..4].Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        await using PostgresStore store = await PostgresStore.OpenAsync(new PostgresStoreSettings { ConnectionString = arguments[0] });
        await using ActorSystem system = Create(store, TimeSpan.FromMilliseconds(numbers[0]), numbers[1], TimeSpan.FromSeconds(numbers[2]), arguments[4]);
        system.Start();
        System.Console.WriteLine("started");
        await System.Console.In.ReadToEndAsync();
    }
}
