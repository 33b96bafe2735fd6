using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>
/// A cluster in memory, driven by one seed: the three deciders, mail in any order that keeps each sender's own, timers, an index, a
/// ledger, and effects that succeed, fail, report progress, or run again after a crash. Invariants are checked after every turn.
/// </summary>
internal sealed class World
{
    public const string Project = "lung";
    private const int InFlightMax = 4;
    private const int IdleTimeoutSeconds = 20;
    private static readonly string[] Archives = ["vna", "pacs"];

    private readonly Random random;
    private readonly StudyDecider studies;
    private readonly ProjectDecider projects = new();
    private readonly ArchiveDecider archives = new();
    private readonly Dictionary<ActorId, object> stateByActor = [];
    private readonly Dictionary<ActorId, long> versionByActor = [];
    private readonly List<Letter> mail = [];
    private readonly Dictionary<string, StudyRow> rows = [];
    private readonly Dictionary<(string Study, string Uid), InstanceRow> ledger = [];
    private readonly Dictionary<string, string> ownerByUid = [];
    private readonly Dictionary<ActorId, RunningEffect> effects = [];
    private readonly List<(string Archive, string Uid, int Instances)> holdings;
    private readonly Dictionary<string, StudyRequest> requests = [];
    private readonly List<(string Archive, DateTimeOffset Until)> abandoned = [];
    private DateTimeOffset now = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);
    private long sequence;
    private long token = 1;

    public World(int seed, int studyCount)
    {
        random = new Random(seed);
        StudyPolicy policy = new(Archives, new RetryPolicy(4, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)));
        studies = new StudyDecider(project => project == Project ? policy : null);
        holdings = [.. Enumerable.Range(0, studyCount).Where(_ => random.Next(6) > 0)
            .Select(number => (Archives[random.Next(2)], $"1.2.{number}", random.Next(1, 5)))];
        for (int number = 0; number < studyCount; number++)
        {
            // Two requests in five name the same study as another one, by MRN and accession: one of the two becomes a duplicate.
            AddRequest(new StudyRequest { Project = Project, StudyUid = $"1.2.{number}", SeriesUids = random.Next(3) == 0 ? [$"1.2.{number}.0"] : [] });
            if (random.Next(5) < 2)
            {
                AddRequest(new StudyRequest { Project = Project, Mrn = $"M{number}", AccessionNumber = $"{number} {random.Next(studyCount)}" });
            }
        }

        Post(null, Actors.Project(Project), new ConfigureProject(InFlightMax));
        foreach (string archive in Archives)
        {
            Post(null, Actors.Archive(archive), new ConfigureArchive(2, 3, 30, IdleTimeoutSeconds: IdleTimeoutSeconds));
        }
    }

    public bool FaultsOn { get; set; } = true;

    public IEnumerable<StudyState> Studies => stateByActor.Values.OfType<StudyState>().Where(state => state.Request is not null);

    /// <summary>Studies that were delivered at some time.</summary>
    public HashSet<string> EverDelivered { get; } = [];

    public int Requests => requests.Count;

    public int Turns { get; private set; }

    public ProjectState ProjectState => (ProjectState)State(Actors.Project(Project));

    public IEnumerable<ArchiveState> ArchiveStates => Archives.Select(name => (ArchiveState)State(Actors.Archive(name)));

    /// <summary>One thing happens: a mail is read, an effect goes on, time passes, an operator acts, or a node crashes.</summary>
    public void Step()
    {
        switch (random.Next(100))
        {
            case < 55 when DueHeads() is { Count: > 0 } heads:
                Deliver(heads[random.Next(heads.Count)]);
                break;
            case < 85 when effects.Count > 0:
                GoOn(effects.Keys.ElementAt(random.Next(effects.Count)));
                break;
            case < 92:
                now += TimeSpan.FromSeconds(random.Next(1, 20));
                break;
            case < 99 when FaultsOn:
                Operate();
                break;
            case 99 when FaultsOn:
                Crash();
                break;
        }
    }

    /// <summary>Asks for everything again, as an upstream system does, and runs without faults until nothing more happens by itself.</summary>
    public void Heal(int stepsMax)
    {
        FaultsOn = false;
        Post(null, Actors.Project(Project), new ResumeProject("operator", "healed"));
        foreach ((string id, StudyRequest request) in requests)
        {
            Post(null, Actors.Study(id), new RequestStudy(request));
        }

        for (int step = 0; step < stepsMax && (mail.Count > 0 || effects.Count > 0); step++)
        {
            Step();
        }
    }

    private void AddRequest(StudyRequest request) => requests.TryAdd(StudyId.For([1], Project, request), request);

    private void Operate()
    {
        string id = requests.Keys.ElementAt(random.Next(requests.Count));
        ICommand command = random.Next(18) switch
        {
            < 6 => new RequestStudy(requests[id]),
            6 => new RequestStudy(requests[id] with { SeriesUids = [] }),
            7 => new RetryStudy("operator", "why"),
            8 or 9 => new RequeueStudy((StudyStep)random.Next(5), "operator", "why"),
            10 => new CancelStudy("operator", "why"),
            13 or 14 or 15 => new RetireStudy("a rule", random.Next(2) == 0),
            16 => new RequeueStudy(StudyStep.Locate, "operator", "why"),
            11 => new SetStudyPriority(random.Next(10), "operator", "why"),
            12 => new PauseProject("operator", "why"),
            _ => new ResumeProject("operator", "why"),
        };
        Post(null, command is PauseProject or ResumeProject ? Actors.Project(Project) : Actors.Study(id), command);
    }

    /// <summary>
    /// All effects start again under a new token; what they had sent and nobody has read is dropped when it is. The archives notice that nobody
    /// uses their associations any more only after their idle time-out.
    /// </summary>
    private void Crash()
    {
        abandoned.AddRange(effects.Values.Select(AskedArchive).OfType<string>().Select(archive => (archive, now.AddSeconds(IdleTimeoutSeconds))));
        token++;
        foreach ((ActorId actor, RunningEffect effect) in effects.ToArray())
        {
            effects[actor] = Start(actor, effect.Request);
        }
    }

    /// <summary>The first due letter of each sender and receiver: any of them may be read next.</summary>
    private List<Letter> DueHeads() =>
        [.. mail.Where(letter => letter.DueAt <= now).GroupBy(letter => (letter.From, letter.To)).Select(line => line.MinBy(letter => letter.Sequence)!)];

    private void Deliver(Letter letter)
    {
        mail.Remove(letter);
        if (letter.Effect is { } id && !(effects.TryGetValue(letter.To, out RunningEffect? pending) && (pending.Request.Version, pending.Token) == id))
        {
            return;
        }

        Turn(letter.To, letter.Command);
    }

    private void Turn(ActorId actor, ICommand command)
    {
        Turns++;
        object state = State(actor);
        object[] answers = Ask(actor, state, command);
        TurnContext context = new(actor, versionByActor.GetValueOrDefault(actor), now, answers, token);
        Decision decision = state switch
        {
            StudyState study => studies.Decide(study, command, context),
            ProjectState project => projects.Decide(project, command, context),
            _ => archives.Decide((ArchiveState)state, command, context),
        };
        foreach (IEvent happened in decision.Events)
        {
            state = state switch
            {
                StudyState study => studies.Evolve(study, happened),
                ProjectState project => projects.Evolve(project, happened),
                _ => archives.Evolve((ArchiveState)state, happened),
            };
        }

        stateByActor[actor] = state;
        versionByActor[actor] = context.Version + decision.Events.Count;
        foreach (RowWrite row in decision.Rows)
        {
            Write(row);
        }

        foreach (Send send in decision.Sends)
        {
            Post(actor, send.To, send.Command, send.DueAt);
        }

        if (state is StudyState after)
        {
            Commit(actor, after);
        }

        Check();
    }

    private void Commit(ActorId actor, StudyState state)
    {
        foreach (StudyRow row in studies.Project(state).Cast<StudyRow>())
        {
            rows[row.StudyId] = row;
        }

        if (state.Status == StudyStatus.Delivered)
        {
            EverDelivered.Add(state.StudyId);
        }

        EffectRequest? next = studies.Next(state);
        if (next is null)
        {
            effects.Remove(actor);
        }
        else if (effects.GetValueOrDefault(actor)?.Request.Version != next.Version)
        {
            effects[actor] = Start(actor, next);
        }
    }

    private object State(ActorId actor) => stateByActor.TryGetValue(actor, out object? state) ? state : actor.Kind switch
    {
        Actors.StudyKind => studies.Initial(actor),
        Actors.ProjectKind => projects.Initial(actor),
        _ => archives.Initial(actor),
    };

    private object[] Ask(ActorId actor, object state, ICommand command)
    {
        IndexQuery? query = state switch
        {
            StudyState study => studies.Ask(study, command),
            ProjectState project => projects.Ask(project, command),
            _ => archives.Ask((ArchiveState)state, command),
        };
        return query switch
        {
            AdmissionQueue line => [.. InLine(rows.Values.Where(row => row.Status == StudyStatus.Queued)).Take(line.Limit)],
            PermitQueue line => [.. InLine(rows.Values.Where(row => row.WantsPermit && row.Archive == line.Archive).GroupBy(row => row.Project).SelectMany(project => InLine(project).Take(line.LimitPerProject)))],
            ClaimOwners claims => [.. claims.IdStudyUids.Where(ownerByUid.ContainsKey).Select(uid => new ClaimRow(Project, uid, ownerByUid[uid]))],
            null => [],
            _ => throw new InvalidOperationException($"{actor} asks what nobody answers."),
        };
    }

    private static IEnumerable<StudyRow> InLine(IEnumerable<StudyRow> waiting) =>
        waiting.OrderByDescending(row => row.Priority).ThenBy(row => row.RequestedAt).ThenBy(row => row.StudyId, StringComparer.Ordinal);

    private void Write(RowWrite row)
    {
        switch (row)
        {
            case InstanceRow instance:
                ledger[(instance.StudyId, instance.IdSopInstanceUid)] = instance;
                break;
            case LedgerClear clear:
                foreach ((string Study, string Uid) key in ledger.Keys.Where(key => key.Study == clear.StudyId).ToArray())
                {
                    ledger.Remove(key);
                }

                break;
            case LedgerReset reset:
                foreach (InstanceRow instance in LedgerOf(reset.StudyId).Where(instance => reset.From.Contains(instance.State)))
                {
                    Write(instance with { State = reset.To, Reason = null });
                }

                break;
            case ClaimRow claim:
                Assert.True(ownerByUid.TryAdd(claim.IdStudyUid, claim.StudyId) || ownerByUid[claim.IdStudyUid] == claim.StudyId, "claimed twice");
                break;
            case ClaimRelease release:
                foreach (string uid in ownerByUid.Where(claim => claim.Value == release.StudyId).Select(claim => claim.Key).ToArray())
                {
                    ownerByUid.Remove(uid);
                }

                break;
        }
    }

    private InstanceRow[] LedgerOf(string study) => [.. ledger.Where(entry => entry.Key.Study == study).OrderBy(entry => entry.Key.Uid, StringComparer.Ordinal).Select(entry => entry.Value)];

    private RunningEffect Start(ActorId actor, EffectRequest request) => new(request, token, [.. LedgerOf(actor.Key)]);

    private void Post(ActorId? from, ActorId to, ICommand command, DateTimeOffset? dueAt = null, (long Version, long Token)? effect = null) =>
        mail.Add(new Letter(++sequence, from, to, command, dueAt ?? now, effect));

    /// <summary>An effect reports progress, fails, or ends. It works on the ledger as it was at its start, like the real ones.</summary>
    private void GoOn(ActorId actor)
    {
        RunningEffect effect = effects[actor];
        if (effect.HasEnded)
        {
            return;
        }

        string study = actor.Key;
        ICommand report;
        int fate = FaultsOn ? random.Next(20) : 19;
        if (PermitTokenOf(effect) is { } permitToken && permitToken != effect.Token)
        {
            report = new ReportPermitLost();
        }
        else if (fate < 3)
        {
            FailureKind kind = fate == 0 ? FailureKind.Permanent : FailureKind.Transient;
            report = new ReportFailed(kind, "a reason", Work(effect, random.Next(3)), InstanceCounts.Of(effect.Ledger));
        }
        else if (fate < 7 && effect.Request.Parameters is not (LocateEffect or RetireEffect))
        {
            report = new ReportProgress(Work(effect, 1), InstanceCounts.Of(effect.Ledger), 1);
            Post(actor, actor, report, effect: (effect.Request.Version, effect.Token));
            return;
        }
        else
        {
            report = effect.Request.Parameters switch
            {
                LocateEffect locate => Locate(study, locate),
                FetchEffect => new ReportFetched(Work(effect), InstanceCounts.Of(effect.Ledger), 10),
                AnonymizeEffect => new ReportAnonymized(Work(effect), InstanceCounts.Of(effect.Ledger), 10, null),
                RetireEffect => new ReportRetired(
                    [.. effect.Ledger.Where(row => row.State == InstanceState.Confirmed).Select(row => StudyTombstone.HashOf(study, row.IdSopInstanceUid))], effect.Ledger.Count, null, null),
                VerifyEffect => new ReportVerified(Work(effect), InstanceCounts.Of(effect.Ledger), 0),
                _ => new ReportDelivered(Work(effect), InstanceCounts.Of(effect.Ledger), 10),
            };
        }

        effect.HasEnded = true;
        Post(actor, actor, report, effect: (effect.Request.Version, effect.Token));
    }

    private static long? PermitTokenOf(RunningEffect effect) => effect.Request.Parameters switch
    {
        LocateEffect locate => locate.PermitToken,
        FetchEffect fetch => fetch.PermitToken,
        _ => null,
    };

    /// <summary>The archive with which the effect has an association.</summary>
    private static string? AskedArchive(RunningEffect effect) => effect.HasEnded || PermitTokenOf(effect) != effect.Token ? null
        : effect.Request.Parameters is LocateEffect locate ? locate.Archive : ((FetchEffect)effect.Request.Parameters).Archive;

    private ReportLocated Locate(string study, LocateEffect locate)
    {
        HashSet<string> uids = locate.Request.StudyUid is { } uid ? [uid] : [.. locate.Request.AccessionNumber!.Split(' ').Select(number => $"1.2.{number}")];
        InstanceRow[] inventory =
        [
            .. holdings.Where(held => held.Archive == locate.Archive && uids.Contains(held.Uid)).SelectMany(held => Enumerable.Range(0, held.Instances).Select(number =>
                new InstanceRow
                {
                    StudyId = study, IdStudyUid = held.Uid, IdSeriesUid = $"{held.Uid}.{number % 2}", IdSopInstanceUid = $"{held.Uid}.{number}", Archive = locate.Archive,
                    State = random.Next(5) == 0 ? InstanceState.Rejected : InstanceState.Located, Reason = "a reason",
                }))
                .Where(row => locate.Request.SeriesUids.Count == 0 || locate.Request.SeriesUids.Contains(row.IdSeriesUid)),
        ];
        return new ReportLocated(locate.Archive, inventory, uids.Count);
    }

    /// <summary>Takes up to <paramref name="most"/> instances a step further, or rejects or holds them; the changed rows.</summary>
    private List<InstanceRow> Work(RunningEffect effect, int most = int.MaxValue)
    {
        (InstanceState from, InstanceState to) = effect.Request.Parameters switch
        {
            FetchEffect => (InstanceState.Located, InstanceState.Fetched),
            AnonymizeEffect => (InstanceState.Fetched, InstanceState.Anonymized),
            VerifyEffect => (InstanceState.Anonymized, InstanceState.Verified),
            _ => (InstanceState.Verified, InstanceState.Confirmed),
        };
        List<InstanceRow> changed = [];
        for (int i = 0; i < effect.Ledger.Count && changed.Count < most; i++)
        {
            if (effect.Ledger[i].State == from && effect.Request.Parameters is not (LocateEffect or RetireEffect))
            {
                int fate = FaultsOn ? random.Next(40) : 39;
                InstanceState state = fate == 0 ? InstanceState.Held : fate == 1 && from != InstanceState.Verified ? InstanceState.Rejected : to;
                effect.Ledger[i] = effect.Ledger[i] with { State = state, Reason = state == to ? null : "a reason" };
                changed.Add(effect.Ledger[i]);
            }
        }

        return changed;
    }

    private void Check()
    {
        foreach (ArchiveState archive in ArchiveStates)
        {
            Assert.True(archive.PermitByStudy.Count <= archive.Limits.AssociationsMax, "more permits than associations");
            int asking = Studies.Count(study => study.Archive == archive.Archive && studies.Next(study)?.Parameters is LocateEffect or FetchEffect);
            Assert.True(asking <= archive.Limits.AssociationsMax, "more studies ask than permits allow");
            int open = effects.Values.Count(effect => AskedArchive(effect) == archive.Archive) + abandoned.Count(one => one.Archive == archive.Archive && one.Until > now);
            Assert.True(open <= archive.Limits.AssociationsMax, "the archive counts more associations than its limit");
        }

        Assert.All(ownerByUid.Values, owner => Assert.True(((StudyState)State(Actors.Study(owner))).Claimed, "a claim outlives its study"));
        Assert.True(ProjectState.InFlight.Count <= InFlightMax, "more in flight than the limit");
        foreach (StudyState study in Studies)
        {
            if (study.PermitId is { } permit)
            {
                Assert.Equal(permit, ((ArchiveState)State(Actors.Archive(study.Archive!))).PermitByStudy[study.StudyId]);
            }

            Assert.True(!study.Admitted || ProjectState.InFlight.Contains(study.StudyId), "admitted without an admission");
            Assert.Equal(study.IsRetired ? new InstanceCounts() : study.Counts, InstanceCounts.Of(LedgerOf(study.StudyId)));
            if (study.Tombstone is { ConfirmedHashes.Count: > 0 } tombstone)
            {
                Assert.All(LedgerOf(study.StudyId), row => Assert.True(
                    row.State == InstanceState.Rejected || !tombstone.ConfirmedHashes.Contains(StudyTombstone.HashOf(study.StudyId, row.IdSopInstanceUid)), "delivered again"));
            }

            if (study.Status == StudyStatus.Delivered)
            {
                Assert.True((study.Counts.Confirmed > 0 || study.Tombstone is not null) && study.Counts.Confirmed + study.Counts.Rejected == study.Counts.Total, "delivered and unexplained");
                Assert.All(study.IdStudyUids, uid => Assert.Equal(study.StudyId, ownerByUid[uid]));
            }
        }
    }

    private sealed record Letter(long Sequence, ActorId? From, ActorId To, ICommand Command, DateTimeOffset DueAt, (long Version, long Token)? Effect);

    private sealed record RunningEffect(EffectRequest Request, long Token, List<InstanceRow> Ledger)
    {
        public bool HasEnded { get; set; }
    }
}
