namespace DeidCluster.Deid;

/// <summary>How a project names its subjects. The pseudonym becomes Patient ID and Patient's Name.</summary>
public sealed record PseudonymPolicy
{
    /// <summary>The fewest characters of the keyed hash: fewer would let two subjects meet.</summary>
    public const int HashLengthMin = 8;

    /// <summary>The most characters of the keyed hash: prefix and hash fit LO and a name component (64 characters).</summary>
    public const int HashLengthMax = 32;

    /// <summary>The longest prefix. Characters.</summary>
    public const int PrefixLengthMax = 32;

    /// <summary>Stands before the hash; letters, digits, '-' and '_'.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Characters of the keyed hash (base 32, five bits each).</summary>
    public int HashLength { get; init; } = 16;

    /// <summary>True when a pseudonym that comes with the request (participant id) is used instead of the hash.</summary>
    public bool UseParticipantId { get; init; } = true;

    /// <summary>Why the policy cannot be used; null when it can.</summary>
    public string? Problem() =>
        HashLength is < HashLengthMin or > HashLengthMax ? $"the hash has {HashLengthMin} to {HashLengthMax} characters"
        : Prefix.Length > PrefixLengthMax ? $"the prefix has at most {PrefixLengthMax} characters"
        : !Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? "the prefix holds letters, digits, '-' and '_' only"
        : null;
}
