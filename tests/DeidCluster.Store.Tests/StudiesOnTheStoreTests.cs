using System.Collections.Concurrent;
using DeidCluster.Engine;
using DeidCluster.Store.Sqlite;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>
/// The real rules of studies, projects and archives, hosted on the real store, with effects that pretend. Actors are passivated after
/// each turn and snapshotted often, so that every state goes through JSON and back many times.
/// </summary>
public class StudiesOnTheStoreTests
{
    private const int Studies = 40;
    private const int InFlightMax = 6;
    private const int AssociationsMax = 2;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Cohort_GoesItsWay_AcrossARestart()
    {
        using TestFolder folder = new();
        await using SqliteStore store = await SqliteStore.OpenAsync(folder.File("store.db"), new SqliteStoreSettings { ShardCount = 16 });
        PretendedArchives archives = new();
        await using (ActorSystem first = Start(store, archives))
        {
            await first.PostAsync(
                [
                    (Actors.Project("p"), new ConfigureProject(InFlightMax)),
                    (Actors.Archive("vna"), new ConfigureArchive(AssociationsMax, 100, 1)),
                    (Actors.Archive("pacs"), new ConfigureArchive(AssociationsMax, 100, 1)),
                ],
                None);
            for (int study = 0; study < Studies; study++)
            {
                StudyReply? reply = await first.AskAsync<StudyReply>(Actors.Study($"{study:d32}"), new RequestStudy(Request(study)), Deadline, None);
                Assert.Equal(new StudyReply($"{study:d32}", StudyStatus.Queued, true), reply);
            }

            await UntilAsync(async () => await CountAsync(store, StudyStatus.Delivered) >= Studies / 4);
        }

        await using ActorSystem second = Start(store, archives);
        await UntilAsync(async () => await CountAsync(store, StudyStatus.Delivered) == Studies);
        Assert.Empty(await store.ReadQuarantineAsync(10, None));
        Assert.InRange(archives.BusiestArchive, 1, AssociationsMax);
        StudyPage page = await store.ListAsync(new StudyFilter { StudyUid = "1.2.7" }, None);
        InstanceRow instance = Assert.Single(await store.LedgerAsync(Assert.Single(page.Studies).StudyId, None));
        Assert.Equal(InstanceState.Confirmed, instance.State);
        await UntilAsync(async () => (await store.ProjectsAsync(None))[0].InFlight == 0 && (await store.ArchivesAsync(None)).All(archive => archive.PermitsGranted == 0));
    }

    private static ActorSystem Start(SqliteStore store, PretendedArchives archives)
    {
        StudyPolicy policy = new(["vna", "pacs"], new RetryPolicy(20, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100)));
        ActorSystem system = new(
            store,
            StudyMessageTypes.Register(new MessageTypes()),
            [
                new ActorKind<StudyState>(Actors.StudyKind, new StudyDecider(_ => policy), "study/1"),
                new ActorKind<ProjectState>(Actors.ProjectKind, new ProjectDecider(), "project/1"),
                new ActorKind<ArchiveState>(Actors.ArchiveKind, new ArchiveDecider(), "archive/1"),
            ],
            new[] { "locate", "fetch", "anonymize", "verify", "deliver" }.Select(kind => new PretendedEffect(kind, archives)),
            new ActorSystemSettings { PassivateAfter = TimeSpan.Zero, SnapshotEveryEvents = 2, PollInterval = TimeSpan.FromMilliseconds(50) });
        system.Start();
        return system;
    }

    private static StudyRequest Request(int study) => new() { Project = "p", StudyUid = $"1.2.{study}", Priority = study % 10 };

    private static async Task<long> CountAsync(SqliteStore store, StudyStatus status) =>
        (await store.CountAsync(None)).Where(count => count.Status == status).Sum(count => count.Studies);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            await poll.WaitForNextTickAsync(deadline.Token);
        }
    }

    /// <summary>How many effects use an archive at once; even studies are in the VNA, odd ones in the PACS.</summary>
    private sealed class PretendedArchives
    {
        private readonly ConcurrentDictionary<string, int> busy = new();
        private int busiest;

        public int BusiestArchive => busiest;

        public void Enter(string archive) => busiest = Math.Max(busiest, busy.AddOrUpdate(archive, 1, (_, count) => count + 1));

        public void Leave(string archive) => busy.AddOrUpdate(archive, 0, (_, count) => count - 1);
    }

    private sealed class PretendedEffect(string kind, PretendedArchives archives) : IEffectHandler
    {
        private const int FailsOnceIn = 6;
        private const int LongestMilliseconds = 5;

        public string Kind => kind;

        public async Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
        {
            string? archive = request.Parameters switch { LocateEffect locate => locate.Archive, FetchEffect fetch => fetch.Archive, _ => null };
            if (archive is not null)
            {
                archives.Enter(archive);
            }

            try
            {
                await Task.Delay(Random.Shared.Next(LongestMilliseconds), cancellation);
            }
            finally
            {
                if (archive is not null)
                {
                    archives.Leave(archive);
                }
            }

            return Random.Shared.Next(FailsOnceIn) == 0 ? new ReportFailed(FailureKind.Transient, "pretended", []) : Succeed(request);
        }

        private static ICommand Succeed(EffectRequest request) => request.Parameters switch
        {
            LocateEffect effect => new ReportLocated(
                effect.Archive, IsThere(effect) ? [Row(effect.StudyId, effect.Request, InstanceState.Located)] : [], IsThere(effect) ? 1 : 0),
            FetchEffect effect => new ReportFetched([Row(effect.StudyId, effect.Request, InstanceState.Fetched)], new InstanceCounts(Fetched: 1), 10),
            AnonymizeEffect effect => new ReportAnonymized([Row(effect.StudyId, effect.Request, InstanceState.Anonymized)], new InstanceCounts(Anonymized: 1), 10, null),
            VerifyEffect effect => new ReportVerified([Row(effect.StudyId, effect.Request, InstanceState.Verified)], new InstanceCounts(Verified: 1), 0),
            DeliverEffect effect => new ReportDelivered([Row(effect.StudyId, effect.Request, InstanceState.Confirmed)], new InstanceCounts(Confirmed: 1), 10),
            _ => throw new InvalidOperationException("An unknown effect."),
        };

        private static bool IsThere(LocateEffect effect) => effect.Archive == (effect.Request.Priority % 2 == 0 ? "vna" : "pacs");

        private static InstanceRow Row(string study, StudyRequest request, InstanceState state) =>
            Rows.Instance(study, "9.1", state) with { IdStudyUid = request.StudyUid! };
    }
}
