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

    /// <summary>The fewest digits of a counter.</summary>
    public const int CounterDigitsMin = 1;

    /// <summary>The most digits of a counter.</summary>
    public const int CounterDigitsMax = 12;

    /// <summary>Where the names come from.</summary>
    public PseudonymKind Kind { get; init; } = PseudonymKind.Hash;

    /// <summary>A counter has at least so many digits, zeros before them.</summary>
    public int CounterDigits { get; init; } = 4;

    /// <summary>For <see cref="PseudonymKind.Lookup"/>: the table.</summary>
    public SubjectTable? Table { get; init; }

    /// <summary>Patient IDs that mean one subject, for the other kinds.</summary>
    public SubjectTable? Aliases { get; init; }

    /// <summary>For <see cref="PseudonymKind.Service"/>: where it is asked.</summary>
    public PseudonymSourceSettings? Service { get; init; }

    /// <summary>Stands before the hash or number; letters, digits, '-' and '_'.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Characters of the keyed hash (base 32, five bits each).</summary>
    public int HashLength { get; init; } = 16;

    /// <summary>True when a pseudonym that comes with the request (participant id) is used instead of the hash.</summary>
    public bool UseParticipantId { get; init; } = true;

    /// <summary>Why the policy cannot be used; null when it can.</summary>
    public string? Problem() =>
        Kind == PseudonymKind.Lookup && Table is null ? "a lookup needs its table"
        : Kind == PseudonymKind.Lookup && Aliases is not null ? "in a lookup, several MRNs of one subject have one pseudonym; aliases are not needed"
        : Kind == PseudonymKind.Service && Service is null ? "a service needs its url"
        : Kind == PseudonymKind.Counter && CounterDigits is < CounterDigitsMin or > CounterDigitsMax ? $"a counter has {CounterDigitsMin} to {CounterDigitsMax} digits"
        : Kind == PseudonymKind.Counter && Prefix.Length == 0 ? "a counter needs a prefix: a number alone could be somebody's Patient ID"
        : HashLength is < HashLengthMin or > HashLengthMax ? $"the hash has {HashLengthMin} to {HashLengthMax} characters"
        : Prefix.Length > PrefixLengthMax ? $"the prefix has at most {PrefixLengthMax} characters"
        : !Prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? "the prefix holds letters, digits, '-' and '_' only"
        : null;
}
