namespace DeidCluster.Pipeline;

/// <summary>The folder tree that every node of the installation sees.</summary>
public sealed record StagingSettings
{
    /// <summary>The root of the tree; made when it is missing.</summary>
    public required string Folder { get; init; }

    /// <summary>The installation's secret: path names are keyed hashes, because names of files identify too. Every node has the same.</summary>
    public required ReadOnlyMemory<byte> PathKey { get; init; }

    /// <summary>True: a study's de-identified files are deleted from staging once every destination has confirmed them.</summary>
    public bool ReleaseResults { get; init; } = true;
}
