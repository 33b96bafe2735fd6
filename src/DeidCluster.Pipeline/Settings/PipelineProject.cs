using DeidCluster.Deid;

namespace DeidCluster.Pipeline;

/// <summary>One project, ready to work: its settings and what they make.</summary>
public sealed class PipelineProject(ProjectSettings settings)
{
    /// <summary>The project's name.</summary>
    public string Name => Profile.Name;

    /// <summary>How it de-identifies and what it wants.</summary>
    public ProjectProfile Profile => settings.Profile;

    /// <summary>Names of the destinations that must all confirm each instance.</summary>
    public IReadOnlyList<string> Destinations => settings.Destinations;

    /// <summary>The site's service of pseudonyms, where names come from it; it lives as long as the project.</summary>
    public PseudonymSource? Pseudonyms { get; } = settings.Profile.Pseudonym.Service is { } service ? new PseudonymSource(service) : null;

    /// <summary>De-identifies, and names subjects.</summary>
    public Deidentifier Deidentifier { get; } = new(settings.Profile, settings.Key);
}
