using DeidCluster.Engine;
using DeidCluster.Simulation;

namespace DeidCluster.Store.Tests;

/// <summary>The conformance suite on the store of the simulation: what is proved on it is proved of a store like the others.</summary>
public sealed class SimulatedConformanceTests : GeneratedConformance
{
    protected override Task<IActorStore> OpenAsync() => Task.FromResult<IActorStore>(new SimulatedStore(ShardCount, Time));
}
