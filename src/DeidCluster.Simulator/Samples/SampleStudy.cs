namespace DeidCluster.Simulator;

/// <summary>A generated study and everything in it that identifies somebody.</summary>
public sealed record SampleStudy
{
    /// <summary>Shorter parts of a name are not searched for in bytes: they occur in anything.</summary>
    public const int TokenLengthMin = 4;

    /// <summary>What it is a sample of, e.g. "CT with report and structure set".</summary>
    public required string Kind { get; init; }

    /// <summary>The modalities of its series.</summary>
    public required IReadOnlyList<string> Modalities { get; init; }

    /// <summary>The person.</summary>
    public required SamplePatient Patient { get; init; }

    /// <summary>Study Instance UID (0020,000D).</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>Accession Number (0008,0050).</summary>
    public required string AccessionNumber { get; init; }

    /// <summary>Study Date (0008,0020).</summary>
    public required DateOnly StudyDate { get; init; }

    /// <summary>The instances, series by series.</summary>
    public required IReadOnlyList<SampleInstance> Instances { get; init; }

    /// <summary>Every text of the study that identifies a person, a place, a device or the source: none may stand in a delivered byte.</summary>
    public required IReadOnlySet<string> PlantedIdentifiers { get; init; }

    /// <summary>Writes each instance as a file of its own below <paramref name="folder"/>, named by position only; returns their paths.</summary>
    public async Task<IReadOnlyList<string>> WriteToAsync(string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        List<string> paths = [];
        foreach (SampleInstance instance in Instances)
        {
            string path = Path.Combine(folder, FormattableString.Invariant($"{paths.Count + 1:D4}.dcm"));
            await using FileStream file = new(path, FileMode.Create, FileAccess.Write);
            await instance.ToFile().WriteToAsync(file, cancellation);
            paths.Add(path);
        }

        return paths;
    }

    /// <summary>The kind only.</summary>
    public override string ToString() => $"Sample of {Kind} (identifiers redacted)";
}
