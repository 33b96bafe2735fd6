using System.Text.Json;
using System.Text.Json.Nodes;
using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>Histories that today's code makes, of all three kinds of actors: a release writes them into the folder of its version, and every later one replays them.</summary>
internal static class RecordedHistories
{
    public const string ProjectName = "lung";
    public const string ArchiveName = "vna";

    public static void WriteTo(string folder, MessageTypes types)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, IReadOnlyList<IEvent> events, object state) in All())
        {
            File.WriteAllLines(Path.Combine(folder, name + ".jsonl"), events.Append(state).Select(message => Line(types.Write(message))));
        }
    }

    private static string Line(MessageBody body) => new JsonObject { ["kind"] = body.Kind, ["body"] = JsonNode.Parse(body.Json) }.ToJsonString(JsonSerializerOptions.Web);

    private static IEnumerable<(string Name, IReadOnlyList<IEvent> Events, object State)> All()
    {
        StudyScenario archived = new StudyScenario().Delivered().When(new RetireStudy("kept for 90 days, then archived", true))
            .When(new ReportFailed(FailureKind.Transient, "the disk is full", []));
        archived.When(archived.Sends[0].Command).When(new ReportRetired(["hash"], 2, "lung/01/file.jsonl.gz", "ab"));
        yield return Study("delivered", new StudyScenario().Delivered());
        // A journal begins with the event that cut it.
        yield return ("study-retired", [archived.Events[^1]], archived.State);
        yield return Study("retirement-postponed", new StudyScenario().Delivered().When(new RetireStudy("a rule", true)).When(new ReportFailed(FailureKind.Transient, "the disk is full", [])));
        StudyScenario revived = new StudyScenario().Delivered().When(new RetireStudy("a rule", false)).When(new ReportRetired(["hash"], 2, null, null)).When(new RequeueStudy(StudyStep.Locate, "by", "why"));
        yield return ("study-revived", [.. revived.Events.SkipWhile(happened => happened is not StudyRetired)], revived.State);
        yield return Study("widened-and-leased", new StudyScenario().When(new RequestStudy(StudyScenario.Request with { SeriesUids = ["1.2.3.1"] })).When(new AdmitStudy())
            .When(new GrantPermit("vna", 1, LeasesInstances: true)).When(new ReportLocated("vna", StudyScenario.Inventory("vna", 2), 1))
            .When(new ReportProgress([], new InstanceCounts(Located: 1, Fetched: 1), 1)).When(new FollowStudy(StudyScenario.Other)).When(new SetStudyPriority(9, "by", "why"))
            .When(new RequestStudy(StudyScenario.Request)));
        yield return Study("permit-lost", new StudyScenario().Locating().When(new ReportPermitLost()));

        Guard<ProjectState> project = new(new ProjectDecider(), Actors.Project(ProjectName));
        project.When(new ConfigureProject(3, new ProjectQuota(2, "Europe/Berlin", 2), new RetentionRule(90, true), Share: 3), "a", "b", "c");
        project.When(new ConsiderAdmissions(), "c").When(new ReleaseAdmission("a", StudyStatus.Held)).When(new ReleaseAdmission("b", StudyStatus.Held), "c");
        project.When(new ResumeProject("by", "why")).When(new LimitProject("by", "why", 4, 0, "UTC", 0, 5), "c").When(new PauseProject("by", "why"));
        project.WhenAsked(new RunRetention("by", "why"), new RetirableStudy("old", project.Now.AddDays(-91)));
        yield return ("project-limits", project.AllEvents, project.State);
        Guard<ProjectState> lost = new(new ProjectDecider(), Actors.Project(ProjectName));
        yield return ("project-zone-missed", lost.When(new ConfigureProject(2, new ProjectQuota(2, "Nowhere/Land")), "a").AllEvents, lost.State);

        Guard<ArchiveState> archive = new(new ArchiveDecider(), Actors.Archive(ArchiveName));
        archive.When(new ConfigureArchive(2, 2, 60, new ArchivePace(10, 100, 50), 30), "a", "b", "c").When(new LeaseInstances("a", 1, 20));
        archive.Now = archive.Now.AddSeconds(3);
        archive.When(new ReturnPermit("a", 1, ArchiveFailed: false, Instances: 15), "c");
        archive.Now = archive.Now.AddSeconds(10);
        archive.When(new ReturnPermit("b", 2, ArchiveFailed: true, Lost: true), "c").When(new ReturnPermit("c", 3, ArchiveFailed: true));
        archive.When(archive.Sends.Single(send => send.Command is ProbeArchive).Command, "d").When(new PauseArchive("by", "why")).When(new ResumeArchive("by", "why"), "d");
        archive.Now = archive.Now.AddSeconds(60);
        archive.When(new ConsiderPermits(), "d").When(new ReturnPermit("d", 4, ArchiveFailed: false)).When(new LimitArchive("by", "why", 3, 0.01, 0, 100, "", "UTC"), "e", "f");
        archive.Now = archive.Now.AddHours(1);
        archive.When(new ConsiderPermits());
        yield return ("archive-limits", archive.AllEvents, archive.State);
    }

    private static (string, IReadOnlyList<IEvent>, object) Study(string name, StudyScenario study) => ($"study-{name}", study.Events, study.State);
}
