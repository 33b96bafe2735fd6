namespace DeidCluster.Dicom;

/// <summary>How an exchange with a peer failed.</summary>
public enum NetworkFault
{
    /// <summary>Nothing listens there, or the name is unknown.</summary>
    Unreachable,

    /// <summary>The peer did not answer in time.</summary>
    Timeout,

    /// <summary>The connection ended without a word.</summary>
    Closed,

    /// <summary>The peer broke the protocol.</summary>
    Protocol,

    /// <summary>The peer refused the association, see <see cref="AssociationRejectedException"/>.</summary>
    Rejected,

    /// <summary>The peer aborted the association, see <see cref="AssociationAbortedException"/>.</summary>
    Aborted,

    /// <summary>TLS did not come about, see <see cref="TlsException"/>.</summary>
    Tls,

    /// <summary>The peer accepted no presentation context for what was to be sent.</summary>
    PresentationContextRefused,

    /// <summary>The HTTP server answered a status that is no success, see <see cref="DicomWebStatusException"/>.</summary>
    Status,
}

/// <summary>An exchange with a peer failed. Messages name AE titles, hosts and codes, never a value of a data set.</summary>
public class DicomNetworkException(NetworkFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How it failed.</summary>
    public NetworkFault Fault { get; } = fault;
}

/// <summary>Why an association is refused (PS3.8 table 9-21).</summary>
/// <param name="Result">1 permanent, 2 transient.</param>
/// <param name="Source">1 the peer's user, 2 its provider (ACSE), 3 its provider (presentation).</param>
/// <param name="Reason">Depends on the source.</param>
public readonly record struct AssociationRejection(byte Result, byte Source, byte Reason)
{
    /// <summary>Permanent: the calling AE title is not known here.</summary>
    public static readonly AssociationRejection CallingAeTitleNotRecognized = new(1, 1, 3);

    /// <summary>Permanent: nobody here has the called AE title.</summary>
    public static readonly AssociationRejection CalledAeTitleNotRecognized = new(1, 1, 7);

    /// <summary>Permanent: another application context than DICOM's.</summary>
    public static readonly AssociationRejection ApplicationContextNotSupported = new(1, 1, 2);

    /// <summary>Permanent, without a reason.</summary>
    public static readonly AssociationRejection NoReason = new(1, 1, 1);

    /// <summary>Permanent: the user identity does not permit an association (PS3.7 D.3.3.7.3).</summary>
    public static readonly AssociationRejection NotAuthorized = new(1, 2, 1);

    /// <summary>Transient: busy, come again.</summary>
    public static readonly AssociationRejection TemporaryCongestion = new(2, 3, 1);

    /// <summary>Transient: too many associations.</summary>
    public static readonly AssociationRejection LocalLimitExceeded = new(2, 3, 2);

    /// <summary>True when the same request may succeed later.</summary>
    public bool IsTransient => Result == 2;

    /// <summary>The codes in words.</summary>
    public override string ToString() => (IsTransient ? "transient: " : "permanent: ") + (Source, Reason) switch
    {
        (1, 1) or (2, 1) => "no reason given",
        (1, 2) => "application context not supported",
        (1, 3) => "calling AE title not recognized",
        (1, 7) => "called AE title not recognized",
        (2, 2) => "protocol version not supported",
        (3, 1) => "temporary congestion",
        (3, 2) => "local limit exceeded",
        _ => $"source {Source}, reason {Reason}",
    };
}

/// <summary>The peer answered A-ASSOCIATE-RJ.</summary>
public sealed class AssociationRejectedException(string peer, AssociationRejection rejection)
    : DicomNetworkException(NetworkFault.Rejected, $"{peer} rejected the association ({rejection})")
{
    /// <summary>The peer's codes.</summary>
    public AssociationRejection Rejection { get; } = rejection;
}

/// <summary>The association ended with A-ABORT (PS3.8 table 9-26).</summary>
public sealed class AssociationAbortedException(string peer, byte source, byte reason)
    : DicomNetworkException(NetworkFault.Aborted, $"{peer} aborted the association (source {source}, reason {reason})")
{
    /// <summary>0 the peer's user, 2 its provider.</summary>
    public byte AbortSource { get; } = source;

    /// <summary>The provider's reason.</summary>
    public byte Reason { get; } = reason;
}
