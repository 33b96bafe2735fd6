namespace DeidCluster.Pipeline;

/// <summary>Bounds how many instances this node works on at a time, over all studies: memory and cores.</summary>
public sealed class CoreBudget(int coresMax)
{
    private readonly SemaphoreSlim free = new(coresMax, coresMax);

    /// <summary>Does <paramref name="work"/> for each item, in any order; the first failure stops the rest.</summary>
    public Task ForEachAsync<T>(IEnumerable<T> items, Func<T, CancellationToken, Task> work, CancellationToken cancellation) =>
        Parallel.ForEachAsync(items, new ParallelOptions { MaxDegreeOfParallelism = coresMax, CancellationToken = cancellation }, async (item, cancel) =>
        {
            await free.WaitAsync(cancel);
            try
            {
                await work(item, cancel);
            }
            finally
            {
                free.Release();
            }
        });
}
