using DeidCluster.Engine;

namespace DeidCluster.Engine.Tests.Toys;

// A toy domain that uses everything the host offers: accounts that send each other money (mail between actors), that save up by
// an effect which gives interest once, that remind themselves (timers), and whose rules fail on demand.

/// <summary>An account, its money, and what it is waiting for.</summary>
/// <param name="Balance">Money.</param>
/// <param name="Version">Journal version.</param>
/// <param name="WorkVersion">Version that started the pending work; 0 for none.</param>
/// <param name="WorkDone">Works finished.</param>
/// <param name="Reminded">Reminders heard.</param>
/// <param name="WorkKind">The kind of the pending effect.</param>
public sealed record Account(long Balance, long Version, long WorkVersion, int WorkDone, int Reminded, string? WorkKind);

public sealed record Deposit(long Amount) : ICommand;

public sealed record Transfer(string To, long Amount) : ICommand;

public sealed record Receive(long Amount) : ICommand;

public sealed record Remind(DateTimeOffset At) : ICommand;

public sealed record HearReminder : ICommand;

public sealed record StartWork(string Kind) : ICommand;

public sealed record StopWork : ICommand;

public sealed record FinishWork(long Earned) : ICommand;

public sealed record ReportWork : ICommand;

public sealed record Explode(string Where) : ICommand;

public sealed record RowWithoutTable : RowWrite;

public sealed record ReadBalance : ICommand;

public sealed record Balance(long Amount, long Version);

public sealed record Deposited(long Amount) : IEvent;

public sealed record Sent(long Amount) : IEvent;

public sealed record Received(long Amount) : IEvent;

public sealed record ReminderSet : IEvent;

public sealed record Reminded : IEvent;

public sealed record WorkStarted(string Kind) : IEvent;

public sealed record WorkStopped : IEvent;

public sealed record WorkFinished(long Earned) : IEvent;

public sealed record WorkReported : IEvent;

public sealed record Exploded : IEvent;

public sealed class AccountDecider : IDecider<Account>
{
    public const string Kind = "account";

    public Account Initial(ActorId id) => new(0, 0, 0, 0, 0, null);

    public IndexQuery? Ask(Account state, ICommand command) => null;

    public Decision Decide(Account state, ICommand command, TurnContext context)
    {
        if (context.Version != state.Version)
        {
            throw new InvalidOperationException("The host and the state disagree about the version.");
        }

        return command switch
        {
            Deposit deposit => new Decision { Events = [new Deposited(deposit.Amount)], Reply = new Balance(state.Balance + deposit.Amount, state.Version + 1) },
            Transfer transfer when transfer.Amount > state.Balance => new Decision { Reply = new Balance(state.Balance, state.Version) },
            Transfer transfer => new Decision
            {
                Events = [new Sent(transfer.Amount)],
                Sends = [new Send(new ActorId(Kind, transfer.To), new Receive(transfer.Amount))],
                Reply = new Balance(state.Balance - transfer.Amount, state.Version + 1),
            },
            Receive receive => new Decision { Events = [new Received(receive.Amount)] },
            Remind remind => new Decision { Events = [new ReminderSet()], Sends = [new Send(context.Self, new HearReminder(), remind.At)] },
            HearReminder => new Decision { Events = [new Reminded()] },
            StartWork when state.WorkKind is not null => Decision.Nothing,
            StartWork start => new Decision { Events = [new WorkStarted(start.Kind)] },
            StopWork => new Decision { Events = [new WorkStopped()] },
            FinishWork finish => new Decision { Events = [new WorkFinished(finish.Earned)] },
            ReportWork => new Decision { Events = [new WorkReported()] },
            ReadBalance => new Decision { Reply = new Balance(state.Balance, state.Version) },
            Explode { Where: "decide" } => throw new InvalidOperationException("A secret."),
            Explode { Where: "row" } => new Decision { Events = [new Deposited(1)], Rows = [new RowWithoutTable()] },
            Explode => new Decision { Events = [new Exploded()] },
            _ => Decision.Nothing,
        };
    }

    public Account Evolve(Account state, IEvent happened)
    {
        Account next = state with { Version = state.Version + 1 };
        return happened switch
        {
            Deposited deposited => next with { Balance = state.Balance + deposited.Amount },
            Received received => next with { Balance = state.Balance + received.Amount },
            Sent sent => next with { Balance = state.Balance - sent.Amount },
            Reminded => next with { Reminded = state.Reminded + 1 },
            WorkStarted started => next with { WorkVersion = next.Version, WorkKind = started.Kind },
            WorkStopped => next with { WorkVersion = 0, WorkKind = null },
            WorkFinished finished => next with { WorkVersion = 0, WorkKind = null, WorkDone = state.WorkDone + 1, Balance = state.Balance + finished.Earned },
            Exploded => throw new InvalidOperationException("A secret."),
            _ => next,
        };
    }

    public EffectRequest? Next(Account state) => state.WorkKind is null ? null : new EffectRequest(state.WorkKind, state.WorkVersion, state.Balance);

    public IReadOnlyList<RowWrite> Project(Account state) => [];

    public static MessageTypes Types() => new MessageTypes()
        .Add<Deposit>("deposit").Add<Transfer>("transfer").Add<Receive>("receive").Add<Remind>("remind").Add<HearReminder>("hear-reminder")
        .Add<StartWork>("start-work").Add<StopWork>("stop-work").Add<FinishWork>("finish-work").Add<ReportWork>("report-work").Add<Explode>("explode")
        .Add<ReadBalance>("read-balance").Add<Balance>("balance")
        .Add<Deposited>("deposited").Add<Sent>("sent").Add<Received>("received").Add<ReminderSet>("reminder-set").Add<Reminded>("reminded").Add<WorkStarted>("work-started")
        .Add<WorkStopped>("work-stopped").Add<WorkFinished>("work-finished").Add<WorkReported>("work-reported").Add<Exploded>("exploded");

    public static ActorKind ActorKind { get; } = new ActorKind<Account>(Kind, new AccountDecider(), "account/1");
}
