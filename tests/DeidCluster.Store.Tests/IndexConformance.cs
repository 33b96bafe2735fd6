using DeidCluster.Engine;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>What every driver must do with the rows that turns write, and with identities.</summary>
public abstract class IndexConformance : StoreConformance
{
    private long token;
    private long version;

    [ConformanceFact]
    public async Task Rows_ComeBackAsTheyWereWritten_AndAreReplacedByKey()
    {
        DateTimeOffset now = Time.GetUtcNow().AddMicroseconds(1);
        StudyRow study = Rows.Study("s1", now, StudyStatus.Waiting) with
        {
            Step = StudyStep.Fetch, Priority = 7, Archive = "vna", WantsPermit = true, Attempts = 2, DueAt = now.AddMinutes(1), Counts = new(1, 2, 3, 4, 5, 6, 7, 8),
            Bytes = 1L << 40, Reason = "why", DuplicateOf = "s0", IdMrn = "m", IdAccessionNumber = "a", IdStudyUid = "1.2", IdProcedure = "x",
            FinishedAt = now.AddMinutes(2), RetiredAt = now.AddMinutes(3),
        };
        InstanceRow instance = Rows.Instance("s1", "9.1") with
        {
            SopClassUid = "1.2.840", Modality = "CT", Reason = "r", RawBytes = 5, RawDigest = "ab", NewSopInstanceUid = "2.25.1", NewSeriesUid = "2.25.2",
            NewStudyUid = "2.25.3", OutBytes = 6, OutDigest = "cd",
        };
        LinkageRow linkage = new("s1", "p", "x", "m", "a", "1.2", null, "P-1", ["2.25.3", "2.25.4"], now);
        ProjectRow project = new("p", true, 3, 8, "paused", now, 5);
        ArchiveRow archive = new("vna", 1, 4, "open", null, now);
        await WriteAsync(study with { Reason = null }, instance with { State = InstanceState.Held }, linkage with { Pseudonym = "other" }, project with { Paused = false }, archive with { Breaker = "closed" });
        await WriteAsync(study, instance, linkage, project, archive, Rows.Instance("s2", "9.1"));
        Assert.Equal(study, await Index.FindAsync("s1", None));
        Assert.Equal([instance], await Index.LedgerAsync("s1", None));
        Assert.Equivalent(new[] { linkage }, await Index.LinkageAsync("p", None), strict: true);
        Assert.Equal([project], await Index.ProjectsAsync(None));
        Assert.Equal([archive], await Index.ArchivesAsync(None));
        Assert.Null(await Index.FindAsync("s9", None));
    }

    [ConformanceFact]
    public async Task LedgerClear_EmptiesTheLedgerOfItsStudy_BeforeTheRowsThatFollow()
    {
        await WriteAsync(Rows.Instance("s1", "9.1"), Rows.Instance("s1", "9.2"), Rows.Instance("s2", "9.1"));
        await WriteAsync(new LedgerClear("s1"), Rows.Instance("s1", "9.3"));
        Assert.Equal([Rows.Instance("s1", "9.3")], await Index.LedgerAsync("s1", None));
        Assert.Single(await Index.LedgerAsync("s2", None));
    }

    [ConformanceFact]
    public async Task List_PagesNewestFirst_WithoutGapsOrRepeats_WhileRowsCome()
    {
        DateTimeOffset now = Time.GetUtcNow();
        // Several in the same instant, so that the cursor must tell them apart.
        await WriteAsync([.. Enumerable.Range(0, 25).Select(number => Rows.Study($"s{number:d2}", now.AddSeconds(number / 4)))]);
        List<string> seen = [];
        string? cursor = null;
        do
        {
            StudyPage page = await Index.ListAsync(new StudyFilter { Limit = 4, Cursor = cursor }, None);
            seen.AddRange(page.Studies.Select(study => study.StudyId));
            cursor = page.Next;
            await WriteAsync(Rows.Study($"new{seen.Count}", now.AddHours(1)));
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 25).Select(number => $"s{number:d2}").OrderByDescending(id => int.Parse(id[1..]) / 4).ThenByDescending(id => id), seen);
        await Assert.ThrowsAsync<FormatException>(() => Index.ListAsync(new StudyFilter { Cursor = "rubbish" }, None));
    }

    [ConformanceFact]
    public async Task List_FiltersByEachField()
    {
        DateTimeOffset now = Time.GetUtcNow();
        await WriteAsync(
            Rows.Study("s1", now) with { IdMrn = "m1", IdAccessionNumber = "a1" },
            Rows.Study("s2", now, StudyStatus.Held, "q") with { IdStudyUid = "1.2.9", IdProcedure = "x2" },
            Rows.Study("s3", now, StudyStatus.Delivered),
            Rows.Instance("s3", "9.1"));
        Assert.Equal(["s3", "s1"], await IdsAsync(new StudyFilter { Project = "p" }));
        Assert.Equal(["s3", "s2"], await IdsAsync(new StudyFilter { Statuses = [StudyStatus.Held, StudyStatus.Delivered] }));
        Assert.Equal(["s1"], await IdsAsync(new StudyFilter { Mrn = "m1", AccessionNumber = "a1" }));
        Assert.Equal(["s2"], await IdsAsync(new StudyFilter { StudyUid = "1.2.9" }));
        Assert.Equal(["s3"], await IdsAsync(new StudyFilter { StudyUid = "1.2.3" }));
        Assert.Equal(["s2"], await IdsAsync(new StudyFilter { ProcedureId = "x2" }));
        Assert.Empty(await IdsAsync(new StudyFilter { Project = "p", ProcedureId = "x2" }));
        Assert.Equal(
            [new StatusCount("p", StudyStatus.Delivered, 1), new StatusCount("p", StudyStatus.Queued, 1), new StatusCount("q", StudyStatus.Held, 1)],
            await Index.CountAsync(None));
    }

    [ConformanceFact]
    public async Task WaitingLines_AreInOrderOfPriorityThenTime_AndBounded()
    {
        DateTimeOffset now = Time.GetUtcNow();
        await WriteAsync(
            Rows.Study("later", now.AddSeconds(1)) with { Priority = 5 },
            Rows.Study("sooner", now) with { Priority = 5 },
            Rows.Study("first", now.AddSeconds(2)) with { Priority = 9 },
            Rows.Study("other", now, project: "q") with { Priority = 9 },
            Rows.Study("held", now, StudyStatus.Held) with { Priority = 9 },
            Rows.Study("permit", now, StudyStatus.Locating) with { Archive = "vna", WantsPermit = true },
            Rows.Study("granted", now, StudyStatus.Locating) with { Archive = "vna" });
        Assert.Equal(["first", "sooner"], await AskAsync(new AdmissionQueue("p", 2)));
        Assert.Equal(["first", "sooner", "later"], await AskAsync(new AdmissionQueue("p", 100)));
        Assert.Empty(await AskAsync(new AdmissionQueue("p", 0)));
        Assert.Equal(["permit"], await AskAsync(new PermitQueue("vna", 100)));
    }

    [ConformanceFact]
    public async Task PermitQueue_ShowsTheHeadOfEachProject_WhoeverHasMost()
    {
        DateTimeOffset now = Time.GetUtcNow();
        await WriteAsync(
        [
            .. Enumerable.Range(0, 20).Select(number => Rows.Study($"p{number:d2}", now.AddSeconds(number), StudyStatus.Locating) with { Archive = "vna", WantsPermit = true }),
            Rows.Study("q00", now.AddHours(1), StudyStatus.Locating, "q") with { Archive = "vna", WantsPermit = true },
            Rows.Study("q01", now.AddHours(2), StudyStatus.Locating, "q") with { Archive = "vna", WantsPermit = true, Priority = 9 },
        ]);
        Assert.Equal(["q01", "p00", "p01", "q00"], await AskAsync(new PermitQueue("vna", 2)));
        await WriteAsync(new ProjectRow("p", false, 0, 1, null, now, 3), new ProjectRow("q", false, 0, 1, null, now));
        Assert.Equal([new ProjectShare("p", 3)], (await Store.AskAsync(new PermitQueue("vna", 2), None)).OfType<ProjectShare>());
    }

    [ConformanceFact]
    public async Task Identity_IsFixedByTheFirstWrite()
    {
        IdentityRow first = new("p", "subject", "key-1", "P-1", 11);
        IdentityRow[] fixedOnes = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(number => Index.FixIdentityAsync(number == 0 ? first : first with { Pseudonym = $"P-{number}", ShiftDays = number }, None)));
        Assert.Single(fixedOnes.Distinct());
        Assert.Equal(fixedOnes[0], await Index.FixIdentityAsync(first with { KeyId = "key-2" }, None));
        IdentityRow elsewhere = first with { Project = "q", Pseudonym = "Q-1" };
        Assert.Equal(elsewhere, await Index.FixIdentityAsync(elsewhere, None));
    }

    [ConformanceFact]
    public async Task Identity_WithACounter_TakesTheNextNumberOnceAndLeavesNoneOut()
    {
        IdentityRow proposal = new("counted", "subject", "key-1", "CT-", 11) { CounterDigits = 3 };
        IdentityRow[] rows = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(number => Index.FixIdentityAsync(proposal with { SubjectKey = $"subject {number % 20}", ShiftDays = number }, None)));
        IdentityRow[] subjects = [.. rows.Distinct()];
        Assert.Equal(20, subjects.Length);
        Assert.Equal(Enumerable.Range(1, 20).Select(number => $"CT-{number:D3}"), subjects.Select(row => row.Pseudonym).Order(StringComparer.Ordinal));
        Assert.Equal("CT-021", (await Index.FixIdentityAsync(proposal with { SubjectKey = "later" }, None)).Pseudonym);
        Assert.Equal("CT-021", (await Index.FindIdentityAsync("counted", "later", None))!.Pseudonym);
        Assert.Null(await Index.FindIdentityAsync("other", "later", None));
        Assert.Equal("X-1", (await Index.FixIdentityAsync(proposal with { Project = "other", Pseudonym = "X-", CounterDigits = 1 }, None)).Pseudonym);

        // A number that outgrows its digits gets more of them.
        IdentityRow[] many = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => Index.FixIdentityAsync(proposal with { Project = "wide", SubjectKey = $"{number}", Pseudonym = "W-", CounterDigits = 1 }, None)));
        Assert.Contains("W-12", many.Select(row => row.Pseudonym));
    }

    [ConformanceFact]
    public async Task HistoryStart_CutsTheJournalAndTheSnapshotBeforeIt()
    {
        ActorId actor = ActorOn(1), other = ActorOn(1, 1);
        long held = await HoldAsync("writer", 1);
        Turn written = new() { Actor = actor, Token = held, ExpectedVersion = 0, Events = [Row(1, held), Row(2, held), Row(3, held)], Snapshot = new Snapshot(2, "s", "{}") };
        Assert.Equal([TurnOutcome.Committed, TurnOutcome.Committed], await Store.CommitAsync([written, written with { Actor = other }], None));
        Turn cut = new() { Actor = actor, Token = held, ExpectedVersion = 3, Events = [Row(4, held), Row(5, held)], HistoryStart = 4 };
        Assert.Equal(TurnOutcome.Conflict, await CommitAsync(cut with { ExpectedVersion = 2, Events = [Row(3, held), Row(4, held)], HistoryStart = 3 }));
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(cut));
        ActorHistory history = await Store.LoadAsync(actor, None);
        Assert.Null(history.Snapshot);
        Assert.Equal(cut.Events, history.Events);
        Assert.Equal(cut.Events, await Store.ReadJournalAsync(actor, 0, 10, None));
        Assert.Equal(3, (await Store.ReadJournalAsync(other, 0, 10, None)).Count);
        Assert.Contains(await ((IVerifiableStore)Store).VerifyAsync(None), finding => finding.Rule == "journal-gap");
        await WriteAsync(Tombstone(actor.Key, 4));
        Assert.Empty(await ((IVerifiableStore)Store).VerifyAsync(None));
    }

    [ConformanceFact]
    public async Task FinishedStudies_AreToldOldestFirst_AndTombstonesComeBack()
    {
        DateTimeOffset now = Time.GetUtcNow();
        await WriteAsync(
            Rows.Study("s1", now, StudyStatus.Delivered) with { FinishedAt = now.AddDays(-1) }, Rows.Study("s2", now, StudyStatus.Cancelled) with { FinishedAt = now.AddDays(-3) },
            Rows.Study("s3", now, StudyStatus.Delivered) with { RetiredAt = now }, Rows.Study("s4", now), Rows.Study("s5", now, StudyStatus.Delivered, "q") with { FinishedAt = now });
        Assert.Equal([new RetirableStudy("s2", now.AddDays(-3)), new RetirableStudy("s1", now.AddDays(-1))], await Store.AskAsync(new RetirableStudies("p", 10), None));
        Assert.Single(await Store.AskAsync(new RetirableStudies("p", 1), None));
        IRetirementIndex index = (IRetirementIndex)Store;
        Assert.Equal((1, now.AddDays(-3)), await index.CountRetirableAsync("p", now.AddDays(-2), None));
        Assert.Equal((0, null), await index.CountRetirableAsync("none", now, None));
        TombstoneRow tombstone = Tombstone("s3", 9) with { SubjectKey = "k", Configuration = "c", ArchiveFile = "f", ArchiveSha256 = "d", Events = 8, Instances = 3, Confirmed = 2 };
        await WriteAsync(tombstone with { Version = 4 });
        await WriteAsync(tombstone);
        Assert.Equal(tombstone, await index.FindTombstoneAsync("s3", None));
        Assert.Null(await index.FindTombstoneAsync("s1", None));
        Assert.Equal([("p", 1L)], await index.CountTombstonesAsync(None));
    }

    protected TombstoneRow Tombstone(string study, long at) => new()
    {
        StudyId = study, Project = "p", Status = StudyStatus.Delivered, Version = at, RetiredAt = Time.GetUtcNow(), Rule = "a rule",
    };

    protected async Task WriteAsync(params RowWrite[] rows)
    {
        if (token == 0)
        {
            token = await HoldAsync("writer", 0);
        }

        version++;
        Turn turn = new() { Actor = ActorOn(0), Token = token, ExpectedVersion = version - 1, Events = [Row(version, token)], Rows = rows };
        Assert.Equal(TurnOutcome.Committed, await CommitAsync(turn));
    }

    private async Task<IEnumerable<string>> IdsAsync(StudyFilter filter) => (await Index.ListAsync(filter, None)).Studies.Select(study => study.StudyId);

    private async Task<IEnumerable<string>> AskAsync(IndexQuery query) => (await Store.AskAsync(query, None)).OfType<StudyRow>().Select(study => study.StudyId);
}
