namespace DeidCluster.Engine;

/// <summary>Wakes one waiting loop; a signal that comes while it works is kept for its next wait.</summary>
internal sealed class Signal(TimeProvider time, TaskScheduler scheduler)
{
    private TaskCompletionSource raised = New();

    public void Raise() => Volatile.Read(ref raised).TrySetResult();

    /// <summary>Returns at the signal or after <paramref name="limit"/>, whichever is first.</summary>
    public async Task WaitAsync(TimeSpan limit, CancellationToken cancellation)
    {
        Task wake = Volatile.Read(ref raised).Task;
        using (CancellationTokenSource timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
        {
            await Task.WhenAny(wake, Task.Delay(limit, time, timer.Token));
            await scheduler.CancelAsync(timer);
        }

        cancellation.ThrowIfCancellationRequested();
        if (wake.IsCompleted)
        {
            Interlocked.Exchange(ref raised, New());
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
