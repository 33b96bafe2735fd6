using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>All that the effects are configured by. Names are unique within their list.</summary>
public sealed record PipelineSettings
{
    /// <summary>The AE title of our listener; associations that call another one are rejected.</summary>
    public required string AeTitle { get; init; }

    /// <summary>The folder tree that all nodes share.</summary>
    public required StagingSettings Staging { get; init; }

    /// <summary>The archives.</summary>
    public required IReadOnlyList<ArchiveSettings> Archives { get; init; }

    /// <summary>The destinations.</summary>
    public required IReadOnlyList<DestinationSettings> Destinations { get; init; }

    /// <summary>The projects, each named by its profile.</summary>
    public required IReadOnlyList<ProjectSettings> Projects { get; init; }

    /// <summary>How the processes are started that decode compressed pixels which must be blanked; null to do without what needs one.</summary>
    public CodecWorkerOptions? CodecWorkers { get; init; }

    /// <summary>How many instances are de-identified or verified at a time on this node, over all studies.</summary>
    public int CoresMax { get; init; } = Environment.ProcessorCount;
}
