using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace DeidCluster.Pipeline;

/// <summary>Several deliveries at a time, and their confirmations as one stream.</summary>
internal static class ConcurrentDelivery
{
    /// <summary>
    /// Does <paramref name="deliver"/> for each of <paramref name="parts"/>, at most <paramref name="concurrencyMax"/> at a time, and yields what
    /// they write. The first failure stops the rest and is thrown once everything confirmed before it was yielded.
    /// </summary>
    public static async IAsyncEnumerable<Confirmation> RunAsync<T>(
        IEnumerable<T> parts, int concurrencyMax, Func<T, ChannelWriter<Confirmation>, CancellationToken, Task> deliver,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Channel<Confirmation> confirmed = Channel.CreateBounded<Confirmation>(concurrencyMax);
        Task delivering = DeliverAsync(parts, concurrencyMax, deliver, confirmed.Writer, stop.Token);
        try
        {
            await foreach (Confirmation confirmation in confirmed.Reader.ReadAllAsync(cancellation))
            {
                yield return confirmation;
            }

            await delivering;
        }
        finally
        {
            await stop.CancelAsync();
            await delivering.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private static async Task DeliverAsync<T>(
        IEnumerable<T> parts, int concurrencyMax, Func<T, ChannelWriter<Confirmation>, CancellationToken, Task> deliver,
        ChannelWriter<Confirmation> confirmed, CancellationToken cancellation)
    {
        try
        {
            await Parallel.ForEachAsync(
                parts, new ParallelOptions { MaxDegreeOfParallelism = concurrencyMax, CancellationToken = cancellation },
                async (part, cancel) => await deliver(part, confirmed, cancel));
        }
        finally
        {
            confirmed.Complete();
        }
    }
}
