using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>One run of the product on a node: the real actor system with the real rules, on simulated time, store, archives and destinations.</summary>
internal sealed class NodeProcess
{
    private static readonly TimeSpan AskTimeout = TimeSpan.FromSeconds(8);
    private readonly World world;
    private readonly int run;

    public NodeProcess(World world, SimulatedNode node, int run)
    {
        (this.world, Node, this.run) = (world, node, run);
        Scheduler = new NodeScheduler(world.Loop);
        Time = new NodeTime(world.Loop, Scheduler, () => node.Skew);
        Link = world.Settings.Bug == PlantedBug.ReplyBeforeCommit ? new HastyStoreLink(world, this) : new StoreLink(world, this);
        System = new ActorSystem(Link, world.Types, world.Kinds, SimulatedEffects.Of(world, this), world.HostSettings with
        {
            NodeName = ToString(),
            Scheduler = Scheduler,
            NewId = world.NewId,
            Notice = notice => world.Trace.Say($"{this} {notice.Kind} {notice.Subject} {notice.Cause}"),
        }, Time);
    }

    public SimulatedNode Node { get; }

    public NodeScheduler Scheduler { get; }

    public NodeTime Time { get; }

    public StoreLink Link { get; }

    public ActorSystem System { get; }

    /// <summary>How often it was stopped.</summary>
    public int Pauses { get; set; }

    /// <summary>Starts the system, and tells projects and archives their configuration as a node does.</summary>
    public void Start() => Run(async () =>
    {
        System.Start();
        _ = WatchAsync();
        await UntilTakenAsync(() => System.PostAsync(world.Configuration, CancellationToken.None));
    });

    /// <summary>Runs something in this process, which must not throw.</summary>
    public void Run(Func<Task> work) =>
        Task.Factory.StartNew(
            async () =>
            {
                try
                {
                    await work();
                }
                catch (Exception mistake) when (mistake is not (StoreUnavailableException or OperationCanceledException))
                {
                    world.Checker.Violate($"{this} threw {mistake.GetType().Name}: {mistake.Message}");
                }
            },
            CancellationToken.None, TaskCreationOptions.DenyChildAttach, Scheduler);

    /// <summary>
    /// Sends a command as a client of this process would; <paramref name="heard"/> gets the reply, or null where there was none in time or the store was
    /// away, with whether the command is accepted. Never called when the process dies before.
    /// </summary>
    public void Ask<TReply>(ActorId to, ICommand command, Action<TReply?, bool> heard) where TReply : class => Run(async () =>
    {
        TReply? reply;
        try
        {
            Command asked = new();
            Link.Asking.Value = asked;
            reply = await System.AskAsync<TReply>(to, command, AskTimeout, CancellationToken.None);
            if (reply is not null)
            {
                world.Checker.Replied(this, to, asked.MailId);
            }
        }
        catch (StoreUnavailableException)
        {
            heard(null, false);
            return;
        }

        heard(reply, true);
    });

    public override string ToString() => $"{Node.Name}.{run}";

    private async Task WatchAsync()
    {
        await Task.WhenAny(System.Completion);
        if (System.Completion.IsFaulted)
        {
            Exception mistake = System.Completion.Exception!.InnerException!;
            world.Checker.Violate($"the host of {this} ended by {mistake.GetType().Name}: {mistake.Message}");
        }
    }

    private async Task UntilTakenAsync(Func<Task> work)
    {
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), Time);
            }
        }
    }
}

/// <summary>A command on its way: the id of the mail that carries it, once it is posted.</summary>
internal sealed class Command
{
    public Guid MailId { get; set; }
}
