using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>
/// One seed: a cluster is built, used and broken for some simulated minutes (safety), then everything is healed and it must come to rest in bounded
/// simulated time (liveness). The invariants are watched all the time.
/// </summary>
public static class SimulationRun
{
    private const int TroubleSecondsMin = 30;
    private const int TroubleSecondsMax = 300;
    private static readonly TimeSpan StragglersWithin = TimeSpan.FromSeconds(70);
    private static readonly TimeSpan RestWithin = TimeSpan.FromHours(2);
    private static readonly TimeSpan RestAtScaleWithin = TimeSpan.FromDays(2);

    /// <summary>Runs one seed on the calling thread.</summary>
    public static SimulationResult Run(SimulationSettings settings)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return RunWorld(new World(settings));
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private static SimulationResult RunWorld(World world)
    {
        if (world.Settings.Scale is not null)
        {
            world.Nodes.ForEach(node => node.Start());
            new People(world).RequestAll();
            ComeToRest(world, RestAtScaleWithin);
            return Result(world, 0);
        }

        TimeSpan trouble = TimeSpan.FromSeconds(world.Draw(TroubleSecondsMin, TroubleSecondsMax));
        Faults faults = new(world);
        People people = new(world);
        world.Nodes.ForEach(node => node.Start());
        people.Begin(trouble * 0.9);
        faults.Begin(trouble);
        world.Loop.Run(trouble, () => world.Checker.Violation is not null);
        if (world.Checker.Violation is null)
        {
            faults.Heal();
            // What was sent in trouble may be on its way for long; what operators say after that counts.
            world.Loop.Run(StragglersWithin, () => world.Checker.Violation is not null);
            people.Release();
            ComeToRest(world, RestWithin);
        }

        return Result(world, faults.Count);
    }

    private static SimulationResult Result(World world, int faults) => new(
        world.Settings.Seed, world.Checker.Violation, world.Trace.Hash, world.Trace.Lines, world.Checker.Turns, faults,
        world.Store.Tables.Studies.GroupBy(study => study.Status).OrderBy(group => group.Key).ToDictionary(group => group.Key.ToString(), group => group.Count()),
        TimeSpan.FromTicks(world.Loop.Ticks));

    private static void ComeToRest(World world, TimeSpan within)
    {
        TimeSpan step = TimeSpan.FromSeconds(20);
        string? unrest = "not looked yet";
        for (TimeSpan waited = TimeSpan.Zero; waited < within && unrest is not null && world.Checker.Violation is null; waited += step)
        {
            world.Loop.Run(step, () => world.Checker.Violation is not null);
            unrest = world.Checker.Unrest();
        }

        if (world.Checker.Violation is null && unrest is not null)
        {
            foreach (SimulatedNode node in world.Nodes)
            {
                world.Trace.Say($"{node.Process} runs {string.Join(", ", node.Process?.System.EffectsRunning ?? [])}");
            }

            world.Checker.Violate($"no rest within {within}: {unrest}");
        }

        if (world.Checker.Violation is null)
        {
            world.Checker.AtRest();
        }
    }
}
