using System.Runtime.CompilerServices;
using DeidCluster.Pipeline;

namespace DeidCluster.Simulation;

/// <summary>How a destination behaves at the moment.</summary>
internal enum DestinationMood
{
    /// <summary>Takes everything.</summary>
    Willing,

    /// <summary>Cannot be reached.</summary>
    Away,

    /// <summary>Takes an instance, and the answer is lost.</summary>
    Ambiguous,

    /// <summary>Refuses some instances for good.</summary>
    Choosy,
}

/// <summary>What a destination has, by new SOPInstanceUID, and how it behaves. All nodes see the same one.</summary>
internal sealed class SimulatedDestination(World world, string name, Random random)
{
    private readonly Dictionary<string, OutgoingInstance> held = [];

    public string Name => name;

    public DestinationMood Mood { get; set; }

    public bool Has(string sopInstanceUid) => held.ContainsKey(sopInstanceUid);

    /// <summary>The destination as one process sees it.</summary>
    public IDestination For(NodeProcess process) => new Link(this, process);

    private async IAsyncEnumerable<Confirmation> TakeAsync(
        NodeProcess process, IReadOnlyList<OutgoingInstance> instances, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (OutgoingInstance instance in instances)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1 + random.Next(100)), process.Time, cancellation);
            if (Mood == DestinationMood.Away)
            {
                throw new IOException("away");
            }

            bool isRefused = Mood == DestinationMood.Choosy && random.Next(4) == 0;
            if (!isRefused)
            {
                held[instance.SopInstanceUid] = instance;
                world.Checker.Delivered(name, instance);
            }

            if (Mood == DestinationMood.Ambiguous && random.Next(3) == 0)
            {
                throw new TimeoutException();
            }

            yield return new Confirmation(instance, isRefused ? "not wanted" : null);
        }
    }

    private sealed class Link(SimulatedDestination destination, NodeProcess process) : IDestination
    {
        public string Name => destination.Name;

        public IAsyncEnumerable<Confirmation> DeliverAsync(IReadOnlyList<OutgoingInstance> instances, CancellationToken cancellation) =>
            destination.TakeAsync(process, instances, cancellation);
    }
}
