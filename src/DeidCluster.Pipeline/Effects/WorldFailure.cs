using System.Net;
using System.Security.Authentication;
using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>A failure of the world, in the words and the kind that a study's actor decides by. Holds no identifying value.</summary>
public sealed record WorldFailure(FailureKind Kind, string Reason)
{
    /// <summary>What <paramref name="error"/> means; null when it is no failure of the world but our own mistake.</summary>
    public static WorldFailure? Of(Exception error) => error switch
    {
        EffectFailedException failed => failed.Failure,
        AssociationRejectedException rejected => new(rejected.Rejection.IsTransient ? FailureKind.Transient : FailureKind.Misconfigured, rejected.Message),
        DicomNetworkException { Fault: NetworkFault.PresentationContextRefused } refused => new(FailureKind.Misconfigured, refused.Message),
        TlsException { Reason: not (TlsFault.Handshake or TlsFault.ClosedAfterHandshake) } refused => new(FailureKind.Misconfigured, refused.Message),
        DicomWebStatusException status => new(KindOf(status), status.Message),
        DicomNetworkException network => new(FailureKind.Transient, network.Message),
        DimseStatusException { Status: var status } failed => new(KindOf(status), failed.Message),
        ArchiveAnswerException answer => new(FailureKind.Permanent, answer.Message),
        DigestMismatchException mismatch => new(FailureKind.Permanent, mismatch.Message),
        DicomFormatException malformed => new(FailureKind.Permanent, $"malformed DICOM: {malformed.Message}"),
        UnauthorizedAccessException => new(FailureKind.Misconfigured, "a folder or file of the configuration may not be written or read"),
        DirectoryNotFoundException => new(FailureKind.Misconfigured, "a folder of the configuration is missing"),
        AuthenticationException => new(FailureKind.Misconfigured, "the peer's identity could not be verified"),
        FileNotFoundException => new(FailureKind.Permanent, "a staged file is gone; queue the study again from fetch"),
        IOException full when LinuxFiles.IsDiskFull(full) => new(FailureKind.Transient, "the disk is full"),
        IOException => new(FailureKind.Transient, "a file could not be read or written"),
        TimeoutException => new(FailureKind.Transient, "no answer in time"),
        OperationCanceledException => new(FailureKind.Transient, "an operation was broken off"),
        _ => null,
    };

    /// <summary>Whose fault a status of a DICOMweb server is.</summary>
    private static FailureKind KindOf(DicomWebStatusException status) =>
        status.IsTransient ? FailureKind.Transient
        : status.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone ? FailureKind.Permanent
        : FailureKind.Misconfigured;

    /// <summary>Our own mistake, by its type and place only: its message may hold an identifying value.</summary>
    public static WorldFailure Mistake(Exception error) =>
        new(FailureKind.Permanent, $"this program made a mistake: {error.GetType().Name} in {error.TargetSite?.DeclaringType?.Name}.{error.TargetSite?.Name}");

    /// <summary>Whose fault a failure status is (PS3.7 C, PS3.4 B.2.3 and C.4).</summary>
    public static FailureKind KindOf(DimseStatus status) => status.Code switch
    {
        0xA801 or 0x0122 or 0x0124 or 0x0211 or 0x0118 or 0x0119 => FailureKind.Misconfigured,
        >= 0xA900 and <= 0xA9FF => FailureKind.Permanent,
        _ => FailureKind.Transient,
    };
}

/// <summary>An effect found out that it cannot do its work; carries what its actor is told.</summary>
public sealed class EffectFailedException(FailureKind kind, string reason) : Exception(reason)
{
    /// <summary>What the actor is told.</summary>
    public WorldFailure Failure { get; } = new(kind, reason);
}
