using DeidCluster.Simulator;
using DeidCluster.Studies;

namespace DeidCluster.Console.Demo;

/// <summary>One study request of the demo: what it shows, where its samples lie, and how it must end.</summary>
internal sealed record DemoCase
{
    /// <summary>What it shows, in a few words without identifiers.</summary>
    public required string Shows { get; init; }

    /// <summary>The samples behind the request.</summary>
    public required IReadOnlyList<SampleStudy> Samples { get; init; }

    /// <summary>The archives that hold them; none for a study that nobody has.</summary>
    public IReadOnlyList<string> Archives { get; init; } = [];

    /// <summary>How many instances an archive pushes to the node before anybody asks for the study.</summary>
    public int PushedBefore { get; init; }

    /// <summary>What is asked for.</summary>
    public required StudyRequest Request { get; init; }

    /// <summary>The case that it repeats, which must have been located first, or the two would change places.</summary>
    public DemoCase? Repeats { get; init; }

    /// <summary>How it must end.</summary>
    public StudyStatus Expected { get; init; } = StudyStatus.Delivered;

    /// <summary>How many instances must be located; with <see cref="Expected"/> Delivered, all of them confirmed or rejected.</summary>
    public int ExpectedLocated => Expected is StudyStatus.NotFound or StudyStatus.Duplicate ? 0 : Samples.Sum(sample => sample.Instances.Count);

    /// <summary>How many files must come out.</summary>
    public int ExpectedDelivered => Expected == StudyStatus.Delivered ? ExpectedLocated : 0;
}
