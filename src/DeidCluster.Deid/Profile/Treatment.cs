namespace DeidCluster.Deid;

/// <summary>What is done with one element: an action of PS3.15 table E.1-1a resolved for its place, or a rule of the project.</summary>
public enum Treatment
{
    /// <summary>It stays; the items of a sequence are cleaned (K).</summary>
    Keep,

    /// <summary>It is taken out (X).</summary>
    Remove,

    /// <summary>It stays without a value (Z).</summary>
    Empty,

    /// <summary>A value that says nothing takes its place (D).</summary>
    Dummy,

    /// <summary>Keyed UIDs take its place (U).</summary>
    Uid,

    /// <summary>Its dates move by the subject's days (C of Modified Dates).</summary>
    Shift,

    /// <summary>Its text stays without what identifies (C of the cleaning options); in a sequence, that of all items.</summary>
    CleanText,

    /// <summary>What is known about private elements decides (C of Retain Safe Private).</summary>
    SafePrivate,

    /// <summary>The subject's pseudonym takes its place.</summary>
    Pseudonym,

    /// <summary>The action of a rule of the project takes place.</summary>
    Rule,
}
