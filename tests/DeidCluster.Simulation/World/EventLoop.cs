namespace DeidCluster.Simulation;

/// <summary>
/// The one thread of a simulated world: what happens at which simulated time, and which task of which node is next. Between two tasks that
/// could run at the same moment the seed decides, as a thread pool would by accident.
/// </summary>
public sealed class EventLoop(int seed)
{
    /// <summary>When every world begins.</summary>
    public static readonly DateTimeOffset Beginning = new(2030, 1, 7, 6, 0, 0, TimeSpan.Zero);

    /// <summary>What running one task costs, so that time goes on whatever a node does. Ticks.</summary>
    private const long TaskTicks = TimeSpan.TicksPerMicrosecond;

    private readonly PriorityQueue<Action, (long Ticks, long Number)> events = new();
    private readonly List<NodeScheduler> ready = [];
    private readonly Random order = new(seed);
    private readonly int thread = Environment.CurrentManagedThreadId;
    private long number;
    private volatile bool strayed;

    /// <summary>Simulated time since the beginning. Ticks.</summary>
    public long Ticks { get; private set; }

    /// <summary>Simulated time by the true clock.</summary>
    public DateTimeOffset Now => Beginning.AddTicks(Ticks);

    /// <summary>Tasks that were run.</summary>
    public long Steps { get; private set; }

    /// <summary>Has <paramref name="action"/> happen after <paramref name="delay"/>.</summary>
    public void After(TimeSpan delay, Action action) => events.Enqueue(action, (Ticks + Math.Max(0, delay.Ticks), number++));

    /// <summary>Runs the world for <paramref name="span"/>, or until <paramref name="isDone"/>, which is looked at before each event.</summary>
    public void Run(TimeSpan span, Func<bool>? isDone = null)
    {
        long end = Ticks + span.Ticks;
        while (Ticks < end && isDone?.Invoke() != true)
        {
            if (strayed)
            {
                throw new InvalidOperationException("Code under simulation has left its scheduler: this run is not reproducible.");
            }

            if (events.TryPeek(out _, out (long Ticks, long Number) next) && next.Ticks <= Ticks)
            {
                events.Dequeue()();
            }
            else if (ready.Count > 0)
            {
                RunTask();
            }
            else
            {
                Ticks = events.Count == 0 ? end : Math.Min(end, next.Ticks);
            }
        }
    }

    /// <summary>Fails when code under simulation has left the one thread.</summary>
    public void AssertOnThread()
    {
        if (Environment.CurrentManagedThreadId != thread)
        {
            strayed = true;
            throw new InvalidOperationException("Code under simulation has left its scheduler.");
        }
    }

    internal void Ready(NodeScheduler node) => ready.Add(node);

    internal void Unready(NodeScheduler node) => ready.Remove(node);

    private void RunTask()
    {
        int chosen = ready.Count == 1 ? 0 : order.Next(ready.Count);
        ready[chosen].RunOne(order);
        Steps++;
        Ticks += TaskTicks;
    }
}
