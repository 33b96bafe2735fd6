namespace DeidCluster.Simulation;

/// <summary>What happened, in order, as a hash of all of it: two runs of a seed have the same one. The lines themselves go where they are wanted.</summary>
public sealed class Trace(EventLoop loop, Action<string>? listener)
{
    private const ulong Prime = 1099511628211;

    /// <summary>FNV-1a over every line and its time.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    /// <summary>Lines so far.</summary>
    public long Lines { get; private set; }

    /// <summary>Adds a line.</summary>
    public void Say(string line)
    {
        loop.AssertOnThread();
        Lines++;
        Mix((ulong)loop.Ticks);
        foreach (char letter in line)
        {
            Mix(letter);
        }

        listener?.Invoke($"{TimeSpan.FromTicks(loop.Ticks):hh\\:mm\\:ss\\.ffffff} {line}");
    }

    private void Mix(ulong value) => Hash = (Hash ^ value) * Prime;
}
