using DeidCluster.Engine;
using DeidCluster.Pipeline;
using DeidCluster.Store;
using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>Watches a run for the product's invariants. The first one that is broken ends the run.</summary>
internal sealed class Checker(World world)
{
    /// <summary>A lowered limit holds once what was granted before has ended.</summary>
    private static readonly TimeSpan LimitGrace = TimeSpan.FromMinutes(5);

    private readonly Dictionary<ActorId, (long Version, long Token)> latest = [];
    private readonly Dictionary<string, List<(long Ticks, int Max)>> limits = [];
    private readonly Dictionary<string, (string NewUid, string Digest)> leftAs = [];
    private readonly SortedSet<string> accepted = new(StringComparer.Ordinal);

    /// <summary>The first rule that was broken; null while all hold.</summary>
    public string? Violation { get; private set; }

    /// <summary>Turns committed.</summary>
    public long Turns { get; private set; }

    /// <summary>Studies whose requests were accepted.</summary>
    public IReadOnlyCollection<string> AcceptedStudies => accepted;

    public void Violate(string what)
    {
        world.Trace.Say($"VIOLATION {what}");
        Violation ??= what;
    }

    /// <summary>A caller was told that its request is accepted: from now on it must not be lost.</summary>
    public void Accepted(string studyId) => accepted.Add(studyId);

    /// <summary>A group was written.</summary>
    public void Committed(NodeProcess by, IReadOnlyList<Turn> group, IReadOnlyList<long> tokens, IReadOnlyList<TurnOutcome> outcomes)
    {
        for (int at = 0; at < group.Count; at++)
        {
            Turn turn = group[at];
            world.Trace.Say($"{by} {outcomes[at]} {turn.Actor} v{turn.ExpectedVersion} t{turn.Token} {string.Join(',', turn.Events.Select(row => row.Body.Kind))}");
            if (outcomes[at] == TurnOutcome.Committed)
            {
                Committed(by, turn, tokens[at]);
            }
        }
    }

    /// <summary>A caller got its reply: the turn that gave it must be in the store.</summary>
    public void Replied(NodeProcess by, ActorId actor, Guid mail)
    {
        if (world.Store.Mailboxes.Reply(mail) is null)
        {
            Violate($"reply before commit: {by} answered for {actor}, and the store knows no reply");
        }
    }

    /// <summary>An archive counts its open associations, a new one among them.</summary>
    public void Associated(string archive, IEnumerable<string> open)
    {
        string[] all = [.. open];
        int max = LimitOf(archive);
        if (all.Length > max)
        {
            Violate($"permits: {archive} has {all.Length} associations of {max}: {string.Join(", ", all)}");
        }
    }

    /// <summary>A destination took an instance.</summary>
    public void Delivered(string destination, OutgoingInstance instance)
    {
        world.Trace.Say($"{destination} takes {instance.Path} as {instance.SopInstanceUid}");
        if (!leftAs.TryAdd(instance.Path, (instance.SopInstanceUid, instance.Digest)) && leftAs[instance.Path] != (instance.SopInstanceUid, instance.Digest))
        {
            Violate($"identity: {instance.Path} left as {leftAs[instance.Path]} and as {(instance.SopInstanceUid, instance.Digest)}");
        }
    }

    /// <summary>What keeps the cluster from being at rest; null when every study has ended or is held and nothing is occupied.</summary>
    public string? Unrest()
    {
        foreach (string study in accepted)
        {
            if (world.Store.Tables.Find(study) is null)
            {
                return $"{study} was accepted and is not there";
            }
        }

        StudyRow? row = world.Store.Tables.Studies.FirstOrDefault(study => !IsAtRest(study.Status));
        if (row is not null)
        {
            return $"{row.StudyId} is {row.Status}, archive {row.Archive}, wants a permit: {row.WantsPermit}, attempts {row.Attempts}, {row.Counts}";
        }

        ArchiveRow? archive = world.Store.Tables.Archives.FirstOrDefault(one => one.PermitsGranted > 0);
        ProjectRow? project = world.Store.Tables.Projects.FirstOrDefault(one => one.InFlight > 0);
        return archive is not null ? $"{archive.PermitsGranted} permits of {archive.Archive} are out and nobody uses them"
            : project is not null ? $"{project.InFlight} studies of {project.Project} are in flight and none is running"
            : world.Archives.FirstOrDefault(one => one.Open > 0) is { } used ? $"{used.Name} has {used.Open} associations open"
            : world.Store.Mailboxes.All.FirstOrDefault(mail => mail.DueAt <= world.Loop.Now) is { } mail ? $"mail {mail.Body.Kind} for {mail.To} is not read"
            : null;
    }

    /// <summary>What must hold when the cluster is at rest.</summary>
    public void AtRest()
    {
        foreach (StoreFinding finding in SimulatedChecks.Findings(world.Store))
        {
            Violate($"store: {finding.Rule} is broken by {string.Join(", ", finding.Examples)}");
        }

        foreach (StudyRow study in world.Store.Tables.Studies.Where(study => study.Status == StudyStatus.Delivered))
        {
            IEnumerable<InstanceRow> confirmed = world.Store.Tables.Ledger(study.StudyId).Where(row => row.State == InstanceState.Confirmed);
            foreach (InstanceRow row in confirmed)
            {
                if (world.DestinationsOf(study.Project).FirstOrDefault(one => !one.Has(row.NewSopInstanceUid!)) is { } without)
                {
                    Violate($"delivered: {study.StudyId} says that {without.Name} has {row.IdSopInstanceUid}");
                }
            }
        }
    }

    private static bool IsAtRest(StudyStatus status) => status is
        StudyStatus.Delivered or StudyStatus.Rejected or StudyStatus.NotFound or StudyStatus.Cancelled or StudyStatus.Duplicate or StudyStatus.Held;

    private void Committed(NodeProcess by, Turn turn, long token)
    {
        Turns++;
        (long version, long latestToken) = latest.GetValueOrDefault(turn.Actor);
        if (turn.Token != token)
        {
            Violate($"one writer: {by} wrote {turn.Actor} with token {turn.Token}, its shard has {token}");
        }

        if (turn.Token < latestToken || turn.ExpectedVersion != version)
        {
            Violate($"journal: {turn.Actor} went from version {version}, token {latestToken} to a turn on {turn.ExpectedVersion}, token {turn.Token}");
        }

        if (turn.Quarantine is { } quarantine)
        {
            Violate($"mistake: {turn.Actor} is set aside by {quarantine.ExceptionType} in {quarantine.Where}");
        }

        if (turn.Poison is { } poison)
        {
            Violate($"mistake: a mail to {turn.Actor} throws {poison.ExceptionType} in {poison.Where}");
        }

        if (turn.SetAside.Count > 0)
        {
            Violate($"mail: {turn.Actor} got mail of an unknown kind");
        }

        latest[turn.Actor] = (version + turn.Events.Count, turn.Token);
        foreach (JournalRow row in turn.Events)
        {
            Happened(turn.Actor, (IEvent)world.Types.Read(row.Body));
        }
    }

    private void Happened(ActorId actor, IEvent happened)
    {
        switch (happened)
        {
            case ArchiveConfigured configured:
                Limit(actor.Key, configured.AssociationsMax);
                break;
            case ArchiveLimited limited:
                Limit(actor.Key, limited.AssociationsMax);
                break;
            // An operator may have it done again in the same turn.
            case StudyDelivered when world.Store.Tables.Find(actor.Key)?.Status == StudyStatus.Delivered
                && world.Store.Tables.Ledger(actor.Key).FirstOrDefault(row => row.State is not (InstanceState.Confirmed or InstanceState.Rejected)) is { } open:
                Violate($"delivered: {actor} while {open.IdSopInstanceUid} is {open.State}");
                break;
        }
    }

    private void Limit(string archive, int max)
    {
        if (!limits.TryGetValue(archive, out List<(long Ticks, int Max)>? history))
        {
            limits[archive] = history = [];
        }

        history.Add((world.Loop.Ticks, max));
    }

    /// <summary>The highest limit that was in force within the grace.</summary>
    private int LimitOf(string archive)
    {
        List<(long Ticks, int Max)> history = limits.GetValueOrDefault(archive, []);
        long since = world.Loop.Ticks - LimitGrace.Ticks;
        int first = Math.Max(0, history.FindLastIndex(one => one.Ticks <= since));
        return history.Skip(first).Select(one => one.Max).DefaultIfEmpty(0).Max();
    }
}
