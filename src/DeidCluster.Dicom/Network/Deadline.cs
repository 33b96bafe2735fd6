namespace DeidCluster.Dicom;

/// <summary>One cancellation source that is used again for each read or write, because there are thousands a second. Holds no timer while stopped, so it needs no disposal.</summary>
internal sealed class Deadline(TimeProvider clock)
{
    private CancellationTokenSource source = new(Timeout.InfiniteTimeSpan, clock);
    private CancellationTokenRegistration registration;

    /// <summary>A token that is cancelled after <paramref name="timeout"/> or with <paramref name="ct"/>, until <see cref="Stop"/>.</summary>
    public CancellationToken Start(TimeSpan timeout, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        source.CancelAfter(timeout);
        registration = ct.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), source);
        return source.Token;
    }

    /// <summary>Ends the wait that <see cref="Start"/> began.</summary>
    public void Stop()
    {
        registration.Dispose();
        if (!source.TryReset())
        {
            source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        }
    }
}
