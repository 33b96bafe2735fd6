using DeidCluster.Deid;

namespace DeidCluster.Console.Files;

/// <summary>Shows how far a run is: one line that is written over on a terminal, nothing anywhere else.</summary>
internal sealed class ProgressLine(TextWriter output, TimeProvider time) : IProgress<OfflineProgress>, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private readonly bool isTerminal = !System.Console.IsErrorRedirected;
    private readonly long startedAt = time.GetTimestamp();
    private TimeSpan nextAt = TimeSpan.Zero;
    private int width;

    /// <inheritdoc/>
    public void Report(OfflineProgress value)
    {
        if (!isTerminal)
        {
            return;
        }

        lock (gate)
        {
            TimeSpan elapsed = time.GetElapsedTime(startedAt);
            if (elapsed < nextAt)
            {
                return;
            }

            nextAt = elapsed + Interval;
            string line = FormattableString.Invariant(
                $"{value.Step} {value.FilesDone}/{value.FilesTotal}, {value.BytesDone / 1e6 / Math.Max(0.001, elapsed.TotalSeconds):F1} MB/s");
            output.Write('\r' + line.PadRight(width));
            width = line.Length;
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (width > 0)
            {
                output.Write('\r' + new string(' ', width) + '\r');
            }
        }
    }
}
