namespace DeidCluster.Engine;

/// <summary>Wakes one waiting loop; a signal that comes while it works is kept for its next wait.</summary>
internal sealed class Signal(TimeProvider time)
{
    private TaskCompletionSource raised = New();

    public void Raise() => Volatile.Read(ref raised).TrySetResult();

    /// <summary>Returns at the signal or after <paramref name="limit"/>, whichever is first.</summary>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancellation)
    {
        // One task that all three complete: Task.WhenAny would leave the caller's scheduler.
        TaskCompletionSource current = Volatile.Read(ref raised);
        using (time.CreateTimer(_ => current.TrySetResult(), null, limit, Timeout.InfiniteTimeSpan))
        using (cancellation.Register(() => current.TrySetResult()))
        {
            await current.Task;
        }

        // Whoever raised it until now is heard: the caller looks after this.
        Interlocked.Exchange(ref raised, New());
        cancellation.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
