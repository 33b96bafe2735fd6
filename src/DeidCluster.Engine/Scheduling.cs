namespace DeidCluster.Engine;

/// <summary>
/// Starts the engine's own work on the scheduler of its settings. The engine never leaves that scheduler: no <c>ConfigureAwait(false)</c>, no thread
/// of its own, no real timer; so a simulation can run many nodes on one thread, and stop one in the middle of what it does.
/// </summary>
internal static class Scheduling
{
    /// <summary>Starts <paramref name="work"/>; what it awaits comes back to the scheduler.</summary>
    public static Task Run(this TaskScheduler scheduler, Func<Task> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler).Unwrap();

    /// <summary>Cancels, with what was registered for it run by the scheduler and not by the caller, who may hold a lock.</summary>
    public static Task CancelAsync(this TaskScheduler scheduler, CancellationTokenSource source) =>
        Task.Factory.StartNew(source.Cancel, CancellationToken.None, TaskCreationOptions.DenyChildAttach, scheduler);
}
