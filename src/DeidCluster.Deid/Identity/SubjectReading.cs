namespace DeidCluster.Deid;

/// <summary>
/// Whom an instance is about: the subject's key, or why nobody can say. A study of two subjects is held by who sees it whole. Identifies a person.
/// </summary>
/// <param name="SubjectKey">Names the subject in identity records; a keyed hash.</param>
/// <param name="Problem">Why there is none; never with a value.</param>
public sealed record SubjectReading(string? SubjectKey, string? Problem)
{
    /// <summary>Identifying: the Patient ID, or the one that speaks for it.</summary>
    public string IdPatient { get; init; } = "";

    /// <summary>Identifying: the issuer of the Patient ID.</summary>
    public string? IdIssuer { get; init; }

    /// <summary>The pseudonym that the project's table gives; null where it comes from somewhere else.</summary>
    public string? Pseudonym { get; init; }

    /// <summary>Redacted.</summary>
    public override string ToString() => "SubjectReading (identifiers redacted)";
}

/// <summary>An identity that is not fixed yet.</summary>
/// <param name="Identity">What it would be; with a counter, its pseudonym is the prefix alone.</param>
/// <param name="CounterDigits">With a counter, how many digits the number has at least: whoever fixes the identity appends the next one. Else 0.</param>
public sealed record IdentityProposal(Identity Identity, int CounterDigits)
{
    /// <summary>The identity with the number <paramref name="number"/> in its pseudonym.</summary>
    public Identity Numbered(long number) => Identity with { Pseudonym = Identity.Pseudonym + number.ToString($"D{CounterDigits}", System.Globalization.CultureInfo.InvariantCulture) };
}
