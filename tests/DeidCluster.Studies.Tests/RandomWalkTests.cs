using System.Globalization;

namespace DeidCluster.Studies.Tests;

/// <summary>The deciders together, under faults and then without: nothing leaks, nothing is lost, everything ends. DEID_FULL=1 walks longer.</summary>
public class RandomWalkTests
{
    private const int StudyCount = 12;
    private const int FaultySteps = 3000;
    private const int HealingStepsMax = 100_000;

    private static int Walks => Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? 500 : 25;

    [Fact]
    public void Walk_UnderFaults_KeepsItsLimits_AndEndsOnceHealed()
    {
        for (int seed = 1; seed <= Walks; seed++)
        {
            try
            {
                Walk(seed);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"seed {seed}"), failure);
            }
        }
    }

    private static void Walk(int seed)
    {
        World world = new(seed, StudyCount);
        for (int step = 0; step < FaultySteps; step++)
        {
            world.Step();
        }

        world.Heal(HealingStepsMax);
        Assert.Equal(world.Requests, world.Studies.Count());
        Assert.All(world.Studies, study => Assert.True(study.IsOver || study.Status == StudyStatus.Held, $"{study.StudyId} stays {study.Status}"));
        Assert.All(world.ArchiveStates, archive => Assert.Empty(archive.PermitByStudy));
        Assert.Empty(world.ProjectState.InFlight);
        Assert.Contains(world.Studies, study => study.Status == StudyStatus.Delivered);
        Assert.All(world.Studies.Where(study => study.Status == StudyStatus.Duplicate), duplicate => CheckDuplicate(world, duplicate));
        Assert.All(world.Studies.Where(study => study.Status == StudyStatus.Delivered), study => CheckParts(world, study));
    }

    /// <summary>A duplicate rests only where its original was delivered, or an operator holds that one's fate.</summary>
    private static void CheckDuplicate(World world, StudyState duplicate)
    {
        StudyState original = world.Studies.Single(study => study.StudyId == duplicate.DuplicateOf);
        bool wasTold = duplicate.Reason!.Contains("delivered the same study", StringComparison.Ordinal);
        Assert.True(wasTold || (original.Status == StudyStatus.Held && original.Followers.Contains(duplicate.StudyId)), $"{original.Status} left a duplicate behind");
    }

    /// <summary>What a delivered study left to others, those have delivered, or an operator holds their fate.</summary>
    private static void CheckParts(World world, StudyState study) =>
        Assert.All(world.Studies.Where(other => study.LeftTo.Contains(other.StudyId)), owner => Assert.True(
            world.EverDelivered.Contains(owner.StudyId) || (owner.Status == StudyStatus.Held && owner.Followers.Contains(study.StudyId)),
            $"{owner.Status} left a part behind"));
}
