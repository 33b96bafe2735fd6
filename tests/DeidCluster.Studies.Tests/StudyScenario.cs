using DeidCluster.Engine;

namespace DeidCluster.Studies.Tests;

/// <summary>One study in the words given, when, then: each command is decided and its events are folded, as the host does.</summary>
internal sealed class StudyScenario
{
    public const string Id = "0123456789abcdef0123456789abcdef";
    public const string Other = "ffffffffffffffffffffffffffffffff";
    public const string Uid = "1.2.3";

    public static readonly StudyRequest Request = new() { Project = "lung", StudyUid = Uid };
    public static readonly StudyPolicy Policy = new(["vna", "pacs"], new RetryPolicy(3, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5)));

    private readonly StudyDecider decider;

    public StudyScenario(StudyPolicy? policy = null)
    {
        Configured = policy ?? Policy;
        decider = new StudyDecider(project => project == Request.Project ? Configured : null);
        State = decider.Initial(Actors.Study(Id));
    }

    public StudyPolicy? Configured { get; set; }

    public StudyState State { get; private set; }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 31, 8, 0, 0, TimeSpan.Zero);

    /// <summary>The fencing token of the turns; another one is another owner.</summary>
    public long Token { get; set; }

    /// <summary>Sends of the last decision.</summary>
    public IReadOnlyList<Send> Sends { get; private set; } = [];

    public IReadOnlyList<RowWrite> Rows { get; private set; } = [];

    public StudyReply? Reply { get; private set; }

    public IndexQuery? Asked { get; private set; }

    /// <summary>Events of all decisions.</summary>
    public List<IEvent> Events { get; } = [];

    public EffectRequest? Effect => decider.Next(State);

    public StudyRow Row => (StudyRow)decider.Project(State).Single();

    public StudyScenario When(ICommand command, params object[] rows)
    {
        Asked = decider.Ask(State, command);
        Decision decision = decider.Decide(State, command, new TurnContext(Actors.Study(Id), State.Version, Now, rows, Token));
        foreach (IEvent happened in decision.Events)
        {
            State = decider.Evolve(State, happened);
            Events.Add(happened);
        }

        (Sends, Rows, Reply) = (decision.Sends, decision.Rows, (StudyReply?)decision.Reply);
        return this;
    }

    /// <summary>Commands sent to <paramref name="to"/> by the last decision.</summary>
    public IEnumerable<ICommand> SentTo(ActorId to) => Sends.Where(send => send.To == to).Select(send => send.Command);

    public StudyScenario Requested() => When(new RequestStudy(Request));

    public StudyScenario Locating() => Requested().When(new AdmitStudy()).When(new GrantPermit("vna", 1));

    public StudyScenario Fetching(int instances = 2) => Locating().When(new ReportLocated("vna", Inventory("vna", instances), 1));

    public StudyScenario Anonymizing() => Fetching().When(new ReportFetched([], new InstanceCounts(Fetched: 2), 100));

    public StudyScenario Verifying() => Anonymizing().When(new ReportAnonymized([], new InstanceCounts(Anonymized: 2), 90, null));

    public StudyScenario Delivering() => Verifying().When(new ReportVerified([], new InstanceCounts(Verified: 2), 0));

    public StudyScenario Delivered() => Delivering().When(new ReportDelivered([], new InstanceCounts(Confirmed: 2), 90));

    public StudyScenario Held() => Anonymizing().When(new ReportFailed(FailureKind.Permanent, "a reason", []));

    public StudyScenario Waiting() => Fetching().When(new ReportFailed(FailureKind.Transient, "a reason", []));

    public StudyScenario Cancelled() => Requested().When(new CancelStudy("someone", "no need"));

    public StudyScenario NotFound() =>
        Locating().When(new ReportLocated("vna", [], 0)).When(new GrantPermit("pacs", 2)).When(new ReportLocated("pacs", [], 0));

    public StudyScenario Rejected() => Locating().When(new ReportLocated("vna", Inventory("vna", 2, InstanceState.Rejected), 1));

    public StudyScenario Duplicate() => Locating().When(new ReportLocated("vna", Inventory("vna", 2), 1), new ClaimRow("lung", Uid, Other));

    /// <summary>A study in each of its states.</summary>
    public static StudyScenario In(StudyStatus status) => status switch
    {
        StudyStatus.Queued => new StudyScenario().Requested(),
        StudyStatus.Locating => new StudyScenario().Locating(),
        StudyStatus.Fetching => new StudyScenario().Fetching(),
        StudyStatus.Anonymizing => new StudyScenario().Anonymizing(),
        StudyStatus.Verifying => new StudyScenario().Verifying(),
        StudyStatus.Delivering => new StudyScenario().Delivering(),
        StudyStatus.Delivered => new StudyScenario().Delivered(),
        StudyStatus.Waiting => new StudyScenario().Waiting(),
        StudyStatus.Held => new StudyScenario().Held(),
        StudyStatus.Rejected => new StudyScenario().Rejected(),
        StudyStatus.NotFound => new StudyScenario().NotFound(),
        StudyStatus.Cancelled => new StudyScenario().Cancelled(),
        StudyStatus.Duplicate => new StudyScenario().Duplicate(),
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    public static InstanceRow[] Inventory(string archive, int instances, InstanceState state = InstanceState.Located, string uid = Uid) =>
    [
        .. Enumerable.Range(1, instances).Select(number => new InstanceRow
        {
            StudyId = Id, IdStudyUid = uid, IdSeriesUid = uid + ".1", IdSopInstanceUid = $"{uid}.1.{number}", Archive = archive, State = state,
            Reason = state == InstanceState.Rejected ? "modality is not wanted" : null,
        }),
    ];
}
