namespace DeidCluster.Deid;

/// <summary>How one project de-identifies, as its configuration says: the whole of what, with the key, decides every output byte.</summary>
public sealed record ProjectProfile
{
    /// <summary>The editions of PS3.15 whose tables are built in, newest first.</summary>
    public static readonly IReadOnlyList<string> Editions = ["2026d", "2025e"];

    /// <summary>The project's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it wants.</summary>
    public Selection Selection { get; init; } = new();

    /// <summary>The edition of PS3.15 whose table decides; one of <see cref="Editions"/>.</summary>
    public string Edition { get; init; } = Editions[0];

    /// <summary>Options of the profile, without those that <see cref="Dates"/> and <see cref="PixelRules"/> imply.</summary>
    public IReadOnlySet<ProfileOption> Options { get; init; } = new HashSet<ProfileOption>();

    /// <summary>What becomes of dates.</summary>
    public DatePolicy Dates { get; init; } = new(DateTreatment.Remove);

    /// <summary>How subjects are named.</summary>
    public PseudonymPolicy Pseudonym { get; init; } = new();

    /// <summary>Labels that instances get; <see cref="Selection.Labels"/> says which are taken, and rules may ask for them.</summary>
    public IReadOnlyList<LabelRule> Labels { get; init; } = [];

    /// <summary>The transfer syntax of results; null to leave each in its own, and as explicit little endian where that is big endian or deflated.</summary>
    public string? OutputTransferSyntax { get; init; }

    /// <summary>The project's own rules, in order.</summary>
    public IReadOnlyList<Rule> Rules { get; init; } = [];

    /// <summary>Where text is burned into pixels.</summary>
    public IReadOnlyList<PixelRule> PixelRules { get; init; } = [];

    /// <summary>True when studies of one subject and accession number leave as one.</summary>
    public bool CombineByAccession { get; init; }

    /// <summary>A digest of the canonical configuration: two profiles with one version give the same bytes.</summary>
    public required string Version { get; init; }
}
