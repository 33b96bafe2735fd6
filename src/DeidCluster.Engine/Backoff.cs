namespace DeidCluster.Engine;

/// <summary>How long to wait before the store is tried again: doubling, with a ceiling.</summary>
internal static class Backoff
{
    private const int FirstMilliseconds = 50;
    private const int CeilingMilliseconds = 5_000;

    /// <summary>The wait after <paramref name="failures"/> failures in a row, from 1.</summary>
    public static TimeSpan After(int failures) =>
        TimeSpan.FromMilliseconds(Math.Min(CeilingMilliseconds, FirstMilliseconds * Math.Pow(2, Math.Min(failures, 30) - 1)));
}
