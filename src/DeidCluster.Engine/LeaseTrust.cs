namespace DeidCluster.Engine;

/// <summary>
/// Whether this node may still act as a live member, by its own monotonic clock: from the start of the last good heartbeat, for the
/// lease time less a margin. The store may think so for longer, never for shorter.
/// </summary>
internal sealed class LeaseTrust(TimeProvider time, TimeSpan leaseTime, TimeSpan margin)
{
    private const long Never = long.MinValue;
    private long renewedAt = Never;

    public bool IsHeld
    {
        get
        {
            long at = Interlocked.Read(ref renewedAt);
            return at != Never && time.GetElapsedTime(at) < leaseTime - margin;
        }
    }

    /// <summary>A heartbeat that began at <paramref name="startedAt"/> (a timestamp of the time provider) was good.</summary>
    public void Renew(long startedAt) => Interlocked.Exchange(ref renewedAt, startedAt);

    public void Drop() => Interlocked.Exchange(ref renewedAt, Never);
}
