namespace DeidCluster.Studies;

/// <summary>Whose fault a failed effect is, which decides what happens next.</summary>
public enum FailureKind
{
    /// <summary>May pass by itself (time-out, refused association, full disk): wait and try again.</summary>
    Transient,

    /// <summary>Will not pass by itself (a malformed file, a verification finding): held.</summary>
    Permanent,

    /// <summary>Somebody must change the configuration (unknown AE title, missing key): held.</summary>
    Misconfigured,
}
