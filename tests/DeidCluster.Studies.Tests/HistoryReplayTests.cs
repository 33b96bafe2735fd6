using System.Text.Json;
using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>Journals as released versions wrote them, replayed by these rules. A file here is never changed; new releases add files.</summary>
public class HistoryReplayTests
{
    private static readonly MessageTypes Types = StudyMessageTypes.Register(new MessageTypes());

    public static TheoryData<string> Histories => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Histories"), "*.jsonl").Select(path => Path.GetFileName(path)!)];

    [Theory]
    [MemberData(nameof(Histories))]
    public void RecordedHistory_LeadsToItsRecordedState(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Histories", file));
        StudyDecider decider = new(_ => null);
        StudyState state = decider.Initial(Actors.Study(StudyScenario.Id));
        foreach (string line in lines[..^1])
        {
            state = decider.Evolve(state, (IEvent)Read(line));
        }

        StudyState recorded = (StudyState)Read(lines[^1]);
        Assert.Equal(Types.Write(recorded), Types.Write(state));
    }

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
