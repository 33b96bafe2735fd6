namespace DeidCluster.Simulator;

/// <summary>What the sample generator makes; the same options give the same bytes on every machine.</summary>
public sealed record SampleOptions
{
    /// <summary>Names, numbers and UIDs of another seed are others.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Rows and columns of CT, MR and DX images. Pixels, 16 to 4096.</summary>
    public int ImageSize { get; init; } = 64;

    /// <summary>Images in each series of CT and MR.</summary>
    public int ImagesPerSeries { get; init; } = 6;
}
