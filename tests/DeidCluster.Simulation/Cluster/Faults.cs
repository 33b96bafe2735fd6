namespace DeidCluster.Simulation;

/// <summary>What goes wrong, and when it is over, as the seed wants it.</summary>
internal sealed class Faults(World world)
{
    private const int KindsOfFaults = 16;

    /// <summary>How many there were.</summary>
    public int Count { get; private set; }

    /// <summary>Injects one fault after the other until <paramref name="end"/>.</summary>
    public void Begin(TimeSpan end)
    {
        int pauseSecondsMax = world.Draw(4, 30);
        void Next()
        {
            world.Loop.After(TimeSpan.FromMilliseconds(world.Draw(200, pauseSecondsMax * 1000)), () =>
            {
                if (world.Loop.Ticks < end.Ticks)
                {
                    Count++;
                    Inject();
                    Next();
                }
            });
        }

        Next();
    }

    /// <summary>All faults are over.</summary>
    public void Heal()
    {
        world.IsHealed = true;
        world.Trace.Say("healed");
        world.Network.Heal();
        world.Archives.ForEach(archive => archive.Mood = ArchiveMood.Truthful);
        world.Destinations.ForEach(destination => destination.Mood = DestinationMood.Willing);
        foreach (SimulatedNode node in world.Nodes)
        {
            node.IsCutOff = false;
            node.Skew = TimeSpan.Zero;
            node.StandsStillBeforeCommit = null;
            node.Wake();
            node.Start();
        }
    }

    private void Inject()
    {
        SimulatedNode node = world.Draw(world.Nodes);
        SimulatedArchive archive = world.Draw(world.Archives);
        SimulatedDestination destination = world.Draw(world.Destinations);
        TimeSpan span = TimeSpan.FromMilliseconds(world.Draw(100, 45_000));
        switch (world.Draw(0, KindsOfFaults))
        {
            case 0 or 1:
                node.Crash(isReset: world.Draw(0, 2) == 0);
                Later(span, node.Start);
                break;
            case 2 or 3:
                node.Pause();
                Later(span, node.Wake);
                break;
            case 4:
                Say($"{node.Name} is cut off from the store");
                node.IsCutOff = true;
                Later(span, () => node.IsCutOff = false);
                break;
            case 5:
                Say("the store is away");
                world.Network.StoreIsDown = true;
                Later(span / 2, () => world.Network.StoreIsDown = false);
                break;
            case 6:
                Say("the store is slow");
                world.Network.SlowMax = TimeSpan.FromMilliseconds(world.Draw(10, 4_000));
                Later(span, () => world.Network.SlowMax = TimeSpan.Zero);
                break;
            case 7:
                Say("answers of the store are lost");
                world.Network.LosingShare = 0.02 * world.Draw(1, 10);
                Later(span, () => world.Network.LosingShare = 0);
                break;
            case 8:
                Say("calls to the store fail, and some come late");
                world.Network.FailingShare = 0.02 * world.Draw(0, 10);
                world.Network.LateShare = 0.01 * world.Draw(1, 5);
                Later(span, () => (world.Network.FailingShare, world.Network.LateShare) = (0, 0));
                break;
            case 9:
                node.Skew = TimeSpan.FromSeconds(world.Draw(-600, 600));
                Say($"the clock of {node.Name} is wrong by {node.Skew}");
                break;
            case 10 or 11:
                archive.Mood = (ArchiveMood)world.Draw(0, Enum.GetValues<ArchiveMood>().Length);
                Say($"{archive.Name} is {archive.Mood}");
                Later(span, () => archive.Mood = ArchiveMood.Truthful);
                break;
            case 12 or 13:
                Say($"{node.Name} will stand still before a commit");
                node.StandsStillBeforeCommit = span;
                break;
            case 14:
                destination.Mood = (DestinationMood)world.Draw(0, Enum.GetValues<DestinationMood>().Length);
                Say($"{destination.Name} is {destination.Mood}");
                Later(span, () => destination.Mood = DestinationMood.Willing);
                break;
            default:
                node.Leave(drains: world.Draw(0, 2) == 0);
                Later(span, node.Start);
                break;
        }
    }

    private void Later(TimeSpan span, Action end) => world.Loop.After(span, () =>
    {
        if (!world.IsHealed)
        {
            end();
        }
    });

    private void Say(string what) => world.Trace.Say(what);
}
