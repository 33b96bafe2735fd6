namespace DeidCluster.Simulation;

/// <summary>
/// Where all code of one process of a node runs. A process that is stopped runs nothing and forgets nothing; one that is dead never runs again, so
/// that what it was doing ends in the middle, as after kill -9.
/// </summary>
public sealed class NodeScheduler(EventLoop loop) : TaskScheduler
{
    private readonly List<Task> tasks = [];
    private bool isStopped;
    private bool isReady;

    /// <summary>True after <see cref="Kill"/>.</summary>
    public bool IsDead { get; private set; }

    /// <summary>True while nothing runs.</summary>
    public bool IsStopped => isStopped || IsDead;

    /// <summary>Runs <paramref name="action"/> as a task of this process.</summary>
    public void Post(Action action) => new Task(action).Start(this);

    /// <summary>Runs nothing until <see cref="Continue"/>.</summary>
    public void Stop()
    {
        isStopped = true;
        Look();
    }

    /// <summary>Goes on where it was.</summary>
    public void Continue()
    {
        isStopped = false;
        Look();
    }

    /// <summary>Ends it, in the middle of whatever it does.</summary>
    public void Kill()
    {
        IsDead = true;
        tasks.Clear();
        Look();
    }

    /// <summary>Runs one task, any of them.</summary>
    internal void RunOne(Random order)
    {
        int chosen = tasks.Count == 1 ? 0 : order.Next(tasks.Count);
        Task task = tasks[chosen];
        tasks[chosen] = tasks[^1];
        tasks.RemoveAt(tasks.Count - 1);
        TryExecuteTask(task);
        Look();
    }

    /// <inheritdoc/>
    protected override void QueueTask(Task task)
    {
        loop.AssertOnThread();
        if (IsDead)
        {
            return;
        }

        tasks.Add(task);
        Look();
    }

    /// <inheritdoc/>
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    /// <inheritdoc/>
    protected override IEnumerable<Task> GetScheduledTasks() => tasks;

    /// <summary>Has the loop know whether there is anything to run.</summary>
    private void Look()
    {
        bool now = tasks.Count > 0 && !IsStopped;
        if (now != isReady)
        {
            isReady = now;
            if (now)
            {
                loop.Ready(this);
            }
            else
            {
                loop.Unready(this);
            }
        }
    }
}
