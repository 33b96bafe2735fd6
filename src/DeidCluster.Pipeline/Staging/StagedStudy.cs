namespace DeidCluster.Pipeline;

/// <summary>What staging holds of one study of one archive, as it was when it was read.</summary>
public sealed class StagedStudy(StagingPaths paths, ILookup<string, StagedFile> fileByInstance)
{
    /// <summary>The files of an instance: none, one, or several with other bytes under the same SOPInstanceUID.</summary>
    public IReadOnlyList<StagedFile> Find(string sopInstanceUid) => [.. fileByInstance[paths.InstanceName(sopInstanceUid)]];
}
