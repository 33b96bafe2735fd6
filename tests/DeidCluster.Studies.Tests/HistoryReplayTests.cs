using System.Text.Json;
using System.Text.Json.Nodes;
using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>Journals as released versions wrote them, replayed by these rules. A file here is never changed; new releases add files.</summary>
public class HistoryReplayTests
{
    private static readonly MessageTypes Types = StudyMessageTypes.Register(new MessageTypes());

    private static readonly string Root = Path.Combine(AppContext.BaseDirectory, "Histories");

    public static TheoryData<string> Histories => [.. Files.Select(path => Path.GetRelativePath(Root, path))];

    private static IEnumerable<string> Files => Directory.EnumerateFiles(Root, "*.jsonl", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Histories))]
    public void RecordedHistory_LeadsToItsRecordedState(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Root, file));
        object state = Path.GetFileName(file).Split('-')[0] switch
        {
            Actors.ProjectKind => Replay(new ProjectDecider(), Actors.Project(RecordedHistories.ProjectName), lines[..^1]),
            Actors.ArchiveKind => Replay(new ArchiveDecider(), Actors.Archive(RecordedHistories.ArchiveName), lines[..^1]),
            _ => Replay(new StudyDecider(_ => null), Actors.Study(StudyScenario.Id), lines[..^1]),
        };

        // What a later release has added to the state is not in the recording.
        JsonObject recorded = JsonNode.Parse(lines[^1])!["body"]!.AsObject();
        JsonObject replayed = JsonNode.Parse(Types.Write(state).Json)!.AsObject();
        Assert.All(recorded, member => Assert.True(IsIn(member.Value, replayed[member.Key]), $"{member.Key} is {replayed[member.Key]} and was {member.Value}"));
    }

    /// <summary>DEID_WRITE_HISTORIES=DIR writes what today's code makes, for a release to keep: DIR is the folder of its version below Histories.</summary>
    [Fact]
    public void EveryKindOfEvent_StandsInARecordedHistory()
    {
        if (Environment.GetEnvironmentVariable("DEID_WRITE_HISTORIES") is { Length: > 0 } folder)
        {
            RecordedHistories.WriteTo(folder, Types);
            return;
        }

        HashSet<string> recorded = [.. Files.SelectMany(File.ReadLines).Select(line => (string)JsonNode.Parse(line)!["kind"]!)];
        string[] events = [.. Types.Kinds.Where(kind => Types.IsEvent(kind))];
        Assert.NotEmpty(events);
        Assert.Empty(events.Except(recorded));
    }

    private static TState Replay<TState>(IDecider<TState> decider, ActorId id, IEnumerable<string> lines) where TState : class =>
        lines.Aggregate(decider.Initial(id), (state, line) => decider.Evolve(state, (IEvent)Read(line)));

    /// <summary>True when everything that was recorded is there; members that came later may be there too.</summary>
    private static bool IsIn(JsonNode? recorded, JsonNode? replayed) => recorded is JsonObject members && replayed is JsonObject there
        ? members.All(member => IsIn(member.Value, there[member.Key]))
        : JsonNode.DeepEquals(recorded, replayed);

    [Fact]
    public void EveryMessage_IsReadAsItWasWritten()
    {
        StudyScenario study = new StudyScenario().Delivered().When(new RequeueStudy(StudyStep.Locate, "by", "why"));
        Assert.All(study.Events, happened => AssertSame(happened));
        AssertSame(study.State);
        AssertSame(new ReportLocated("vna", StudyScenario.Inventory("vna", 2), 1));
        AssertSame(new RequestStudy(StudyScenario.Request with { Priority = 0, StudyDate = new DateOnly(2026, 1, 31), SeriesUids = ["1.2"] }));
        AssertSame(new ReportFailed(FailureKind.Transient, "a reason", [], new InstanceCounts(Held: 1)));
        AssertSame(new RequeueStudy(StudyStep.Locate, "by", "why"));
        ArchivePace pace = new(0.5, 20, 50, "mon-fri 08:00-20:00", "Europe/Berlin");
        AssertSame(new LimitArchive("by", "why", 3, 0.5, 20, 50, "", "UTC"));
        AssertSame(new ArchiveLimited(3, pace, "by", "why", DateTimeOffset.UnixEpoch));
        AssertSame(new LimitProject("by", "why", null, 5, "Europe/Berlin", 3));
        AssertSame(new QuotaUsed(new DateOnly(2026, 1, 31), DateTimeOffset.UnixEpoch));
        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive("vna"));
        archive.When(new ConfigureArchive(2, 3, 60, pace with { Closed = "" }), "a", "b", "c");
        archive.Now = archive.Now.AddSeconds(7);
        AssertSame(archive.When(new ReturnPermit("a", 1, ArchiveFailed: false, Instances: 100), "b").State);
        AssertSame(new Guard<ProjectState>(new ProjectDecider(), Actors.Project("lung")).When(new ConfigureProject(2, new ProjectQuota(1)), "a", "b").State);
    }

    [Fact]
    public void MessagesOfEarlierReleases_AreReadWithoutWhatCameLater()
    {
        Assert.Equal(new ConfigureArchive(2, 3, 60), Types.Read(new MessageBody("archive.configure", """{"associationsMax":2,"failuresToOpen":3,"openSeconds":60}""")));
        Assert.Equal(new ConfigureProject(2), Types.Read(new MessageBody("project.configure", """{"inFlightMax":2}""")));
        Assert.Equal(
            new PermitGranted("a", 1, DateTimeOffset.UnixEpoch), Types.Read(new MessageBody("archive.permit-granted", """{"studyId":"a","permitId":1,"at":"1970-01-01T00:00:00+00:00"}""")));
    }

    private static void AssertSame(object message)
    {
        MessageBody written = Types.Write(message);
        Assert.Equal(written, Types.Write(Types.Read(written)));
    }

    private static object Read(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return Types.Read(new MessageBody(document.RootElement.GetProperty("kind").GetString()!, document.RootElement.GetProperty("body").GetRawText()));
    }
}
