using System.Diagnostics;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>
/// Runs mutants against one reader. Each mutant has a seed of its own; a failure names it, and DEID_SEED=N runs that one alone.
/// DEID_FULL=1 runs the stated count instead of a share. A reader that hangs fails the test with its seed.
/// </summary>
internal static class FuzzRun
{
    /// <summary>A single mutant may take so long on a loaded machine.</summary>
    private static readonly TimeSpan MutantDeadline = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(200);

    private static readonly bool IsFull = Environment.GetEnvironmentVariable("DEID_FULL") == "1";

    private static readonly int? OneSeed = int.TryParse(Environment.GetEnvironmentVariable("DEID_SEED"), out int seed) ? seed : null;

    /// <summary>What one mutant did to a reader.</summary>
    internal enum Verdict
    {
        Read,
        Refused,
    }

    /// <summary>Runs <paramref name="test"/> for each seed: it makes its mutant from the random numbers and says what became of it.</summary>
    public static Task GoAsync(string name, int boundedMutants, int fullMutants, Func<Random, Verdict> test) =>
        GoAsync(name, boundedMutants, fullMutants, random => ValueTask.FromResult(test(random)));

    /// <inheritdoc cref="GoAsync(string, int, int, Func{Random, Verdict})"/>
    public static async Task GoAsync(string name, int boundedMutants, int fullMutants, Func<Random, ValueTask<Verdict>> test)
    {
        int first = OneSeed ?? 0;
        int count = OneSeed is null ? (IsFull ? fullMutants : boundedMutants) : 1;
        int at = first - 1;
        int read = 0;
        long begun = Stopwatch.GetTimestamp();
        string? failure = null;
        Task done = Task.Run(async () =>
        {
            for (int number = 0; number < count && failure is null; number++)
            {
                Volatile.Write(ref begun, Stopwatch.GetTimestamp());
                int seed = first + number;
                Volatile.Write(ref at, seed);
                Exception? fault = await Record.ExceptionAsync(async () => read += await test(new Random(seed)) == Verdict.Read ? 1 : 0);
                failure = fault is null ? null : $"{name}, DEID_SEED={seed}: {fault}";
            }
        });
        while (await Task.WhenAny(done, Task.Delay(WatchInterval)) != done)
        {
            Assert.True(Stopwatch.GetElapsedTime(Volatile.Read(ref begun)) < MutantDeadline, $"{name} hangs, DEID_SEED={Volatile.Read(ref at)}");
        }

        await done;
        Assert.True(failure is null, failure);
        Facts.Say($"fuzz {name}: {count} mutants, {read} read and written again, {count - read} refused");
    }
}
