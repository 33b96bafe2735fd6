namespace DeidCluster.Simulation;

/// <summary>How the way from nodes to the store is at the moment: delays, failures, and answers that get lost.</summary>
public sealed class Network(Random random)
{
    private const int QuickMicroseconds = 2_000;

    /// <summary>The store answers nobody.</summary>
    public bool StoreIsDown { get; set; }

    /// <summary>How slow it can be at the worst.</summary>
    public TimeSpan SlowMax { get; set; }

    /// <summary>The share of calls that fail before they reach the store.</summary>
    public double FailingShare { get; set; }

    /// <summary>The share of calls that are done, but whose answer is lost.</summary>
    public double LosingShare { get; set; }

    /// <summary>The share of calls that travel far longer than anybody waits for them.</summary>
    public double LateShare { get; set; }

    /// <summary>True when this call fails on its way.</summary>
    public bool Fails() => StoreIsDown || Happens(FailingShare);

    /// <summary>True when the answer to this call is lost.</summary>
    public bool Loses() => Happens(LosingShare);

    /// <summary>How long one way takes.</summary>
    public TimeSpan Delay()
    {
        TimeSpan usual = TimeSpan.FromMicroseconds(100 + random.Next(QuickMicroseconds));
        return Happens(LateShare) ? usual + (TimeSpan.FromSeconds(30) * random.NextDouble())
            : SlowMax > TimeSpan.Zero && Happens(0.3) ? usual + (SlowMax * random.NextDouble())
            : usual;
    }

    /// <summary>Everything is well again.</summary>
    public void Heal() => (StoreIsDown, SlowMax, FailingShare, LosingShare, LateShare) = (false, TimeSpan.Zero, 0, 0, 0);

    // No number is drawn where nothing can happen, so that calm worlds are quick.
    private bool Happens(double share) => share > 0 && random.NextDouble() < share;
}
