namespace DeidCluster.Deid;

/// <summary>The action codes of PS3.15 table E.1-1a.</summary>
public enum ProfileAction
{
    /// <summary>K: leave the value; clean a sequence's items.</summary>
    Keep,

    /// <summary>X: take the attribute out.</summary>
    Remove,

    /// <summary>Z: leave the attribute without a value.</summary>
    Empty,

    /// <summary>D: put a dummy value in its place.</summary>
    Dummy,

    /// <summary>U: put a consistent UID in its place.</summary>
    Uid,

    /// <summary>C: put a value of similar meaning in its place that identifies nobody.</summary>
    Clean,

    /// <summary>Z/D: Z, unless the attribute is of type 1.</summary>
    EmptyOrDummy,

    /// <summary>X/Z: X, unless the attribute is of type 2.</summary>
    RemoveOrEmpty,

    /// <summary>X/D: X, unless the attribute is of type 1.</summary>
    RemoveOrDummy,

    /// <summary>X/Z/D: X, unless the attribute is of type 2 (Z) or type 1 (D).</summary>
    RemoveOrEmptyOrDummy,

    /// <summary>X/Z/U*: X, unless the sequence is of type 2 (Z) or type 1 (its items are cleaned).</summary>
    RemoveOrEmptyOrUid,
}
