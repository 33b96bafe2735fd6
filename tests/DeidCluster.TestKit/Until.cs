using System.Diagnostics;

namespace DeidCluster.TestKit;

/// <summary>Waits for what nothing signals, such as the state of another process, by looking again and again within a deadline.</summary>
public static class Until
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Returns once <paramref name="condition"/> holds; after <paramref name="deadline"/> it throws what <paramref name="wanted"/> says.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string>? wanted = null, TimeSpan? lookInterval = null)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using PeriodicTimer timer = new(lookInterval ?? LookInterval);
        while (!await condition())
        {
            if (watch.Elapsed > deadline)
            {
                throw new TimeoutException($"after {watch.Elapsed.TotalSeconds:F0} s still not {wanted?.Invoke() ?? "so"}");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>The same for a condition that is known at once.</summary>
    public static Task TrueAsync(Func<bool> condition, TimeSpan deadline, Func<string>? wanted = null) => TrueAsync(() => Task.FromResult(condition()), deadline, wanted);
}
