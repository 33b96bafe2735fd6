namespace DeidCluster.Simulation;

/// <summary>One simulated run.</summary>
public sealed record SimulationSettings
{
    /// <summary>Decides everything that is left open here.</summary>
    public required int Seed { get; init; }

    /// <summary>A large cluster without faults instead of a small one in trouble; null for the latter.</summary>
    public Scale? Scale { get; init; }

    /// <summary>A known bug in the ports around the engine, to show that the checkers find it.</summary>
    public PlantedBug Bug { get; init; }

    /// <summary>Hears every line of the trace; null where the hash is enough.</summary>
    public Action<string>? Listener { get; init; }
}

/// <summary>How large a calm cluster is.</summary>
/// <param name="Nodes">Nodes.</param>
/// <param name="Studies">Studies, each of one instance, each requested once.</param>
public sealed record Scale(int Nodes, int Studies);

/// <summary>Bugs that are planted into the simulated world; the product has no switch for them.</summary>
public enum PlantedBug
{
    /// <summary>None.</summary>
    None,

    /// <summary>The store writes turns whatever their token.</summary>
    NoFence,

    /// <summary>The store says that a group is committed before it is.</summary>
    ReplyBeforeCommit,

    /// <summary>A study whose step failed keeps its permit for ever.</summary>
    PermitLeak,
}

/// <summary>How a run ended.</summary>
/// <param name="Seed">Its seed.</param>
/// <param name="Violation">The first rule that was broken, and by what; null when all held.</param>
/// <param name="Hash">Of the trace.</param>
/// <param name="Lines">Of the trace.</param>
/// <param name="Turns">Turns committed.</param>
/// <param name="Faults">Faults injected.</param>
/// <param name="Outcomes">Studies by where they ended.</param>
/// <param name="SimulatedTime">How long the run took in its own time.</param>
public sealed record SimulationResult(
    int Seed, string? Violation, ulong Hash, long Lines, long Turns, int Faults, IReadOnlyDictionary<string, int> Outcomes, TimeSpan SimulatedTime);
