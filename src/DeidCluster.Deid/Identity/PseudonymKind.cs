namespace DeidCluster.Deid;

/// <summary>Where the name of a new subject comes from.</summary>
public enum PseudonymKind
{
    /// <summary>The keyed hash of its Patient ID.</summary>
    Hash,

    /// <summary>A prefix and the next number, kept where identities are.</summary>
    Counter,

    /// <summary>A table of the project; who does not stand in it is held.</summary>
    Lookup,

    /// <summary>A service that is asked over HTTP; while it gives no answer the subject is held.</summary>
    Service,
}
