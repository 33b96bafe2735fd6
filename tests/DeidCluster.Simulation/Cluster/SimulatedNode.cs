namespace DeidCluster.Simulation;

/// <summary>One machine of the cluster: its wall clock, its way to the store, and the process that runs on it, if any.</summary>
internal sealed class SimulatedNode(World world, int number)
{
    private static readonly TimeSpan DrainWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RestartsWithin = TimeSpan.FromSeconds(1);

    private int runs;

    public string Name => $"n{number}";

    /// <summary>How wrong its wall clock is.</summary>
    public TimeSpan Skew { get; set; }

    /// <summary>True while nothing from it reaches the store.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>How long its process stands still when it is about to send its next group; null when it does not.</summary>
    public TimeSpan? StandsStillBeforeCommit { get; set; }

    /// <summary>The process that runs, or stands still, on it; null when there is none.</summary>
    public NodeProcess? Process { get; private set; }

    /// <summary>True when its process is there and not stopped.</summary>
    public bool IsRunning => Process is { Scheduler.IsStopped: false };

    /// <summary>Starts a process, which remembers nothing of those before it.</summary>
    public void Start()
    {
        if (Process is null)
        {
            Process = new NodeProcess(world, this, ++runs);
            world.Trace.Say($"{Process} starts");
            Process.Start();
        }
    }

    /// <summary>Ends the process in the middle of what it does; <paramref name="isReset"/> when its host lives and ends its connections.</summary>
    public void Crash(bool isReset)
    {
        if (Process is not { } process)
        {
            return;
        }

        world.Trace.Say($"{process} crashes{(isReset ? "" : " with its host")}");
        process.Scheduler.Kill();
        Process = null;
        foreach (SimulatedArchive archive in world.Archives)
        {
            if (isReset)
            {
                archive.Reset(process);
            }
            else
            {
                archive.FellSilent(process);
            }
        }
    }

    /// <summary>Stops the process where it is (SIGSTOP).</summary>
    public void Pause()
    {
        if (Process is { Scheduler.IsStopped: false } process)
        {
            world.Trace.Say($"{process} stands still");
            process.Pauses++;
            process.Scheduler.Stop();
            foreach (SimulatedArchive archive in world.Archives)
            {
                archive.FellSilent(process);
            }
        }
    }

    /// <summary>Has a stopped process go on.</summary>
    public void Wake()
    {
        if (Process is { Scheduler: { IsStopped: true, IsDead: false } } process)
        {
            world.Trace.Say($"{process} goes on");
            process.Scheduler.Continue();
            foreach (SimulatedArchive archive in world.Archives)
            {
                archive.HeardAgain(process);
            }
        }
    }

    /// <summary>Asks the process to stop as an operator would, after giving its work away if <paramref name="drains"/>; it is gone when it has.</summary>
    public void Leave(bool drains)
    {
        if (Process is not { Scheduler.IsStopped: false } process)
        {
            return;
        }

        world.Trace.Say($"{process} is asked to {(drains ? "drain" : "stop")}");
        process.Run(async () =>
        {
            if (drains)
            {
                await process.System.DrainAsync(DrainWithin, CancellationToken.None);
            }

            await process.System.StopAsync();
            world.Trace.Say($"{process} has stopped");
            if (Process == process)
            {
                process.Scheduler.Kill();
                Process = null;
                if (world.IsHealed)
                {
                    // Nobody else will: the faults are over.
                    world.Loop.After(RestartsWithin, Start);
                }
            }
        });
    }
}
