namespace DeidCluster.Deid;

/// <summary>What a project wants. An empty list restricts nothing.</summary>
public sealed record Selection
{
    /// <summary>Wanted values of Modality (0008,0060), compared exactly.</summary>
    public IReadOnlyList<string> Modalities { get; init; } = [];

    /// <summary>Wanted SOP classes. A class that is refused unless asked for (encapsulated documents, video) must be listed here.</summary>
    public IReadOnlyList<string> SopClassUids { get; init; } = [];

    /// <summary>Wanted manufacturers; the first whose pattern matches decides.</summary>
    public IReadOnlyList<ManufacturerSelection> Manufacturers { get; init; } = [];

    /// <summary>A series whose description (0008,103E) contains one of these, in any case, is not wanted.</summary>
    public IReadOnlyList<string> ExcludedSeriesDescriptions { get; init; } = [];

    /// <summary>Where the project has labels: an instance with none of these is not wanted.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>An instance with one of these labels is not wanted, whatever others it has.</summary>
    public IReadOnlyList<string> ExceptLabels { get; init; } = [];

    /// <summary>A series with fewer instances is not wanted.</summary>
    public int MinInstancesPerSeries { get; init; } = 1;
}

/// <summary>Wanted images of one manufacturer.</summary>
/// <param name="Pattern">A regular expression found anywhere in Manufacturer (0008,0070), in any case.</param>
/// <param name="ExcludedSeriesNumbers">Series Numbers (0020,0011) of it that are not wanted.</param>
public sealed record ManufacturerSelection(string Pattern, IReadOnlyList<int> ExcludedSeriesNumbers);
