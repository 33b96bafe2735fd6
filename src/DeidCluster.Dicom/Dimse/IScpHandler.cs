using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace DeidCluster.Dicom;

/// <summary>
/// What a <see cref="DicomListener"/> does for its peers. Called from many associations at once, once at a time within one. A
/// <see cref="DimseStatusException"/> ends an operation with its status, a <see cref="DicomNetworkException"/> ends the association, and any
/// other exception is answered with 0110 or C000.
/// </summary>
public interface IScpHandler
{
    /// <summary>Null accepts the association; else why it is refused. Presentation contexts are settled by the listener's options.</summary>
    ValueTask<AssociationRejection?> AcceptAsync(AssociationRequest request, CancellationToken ct) => ValueTask.FromResult<AssociationRejection?>(null);

    /// <summary>Whether the user behind an association may have it (PS3.7 D.3.3.7); asked only for those that say who they are, after <see cref="AcceptAsync"/>.</summary>
    ValueTask<IdentityVerdict> CheckIdentityAsync(AssociationRequest request, UserIdentity identity, CancellationToken ct) => ValueTask.FromResult(IdentityVerdict.Ignored);

    /// <summary>C-ECHO.</summary>
    ValueTask<DimseStatus> EchoAsync(AssociationRequest association, CancellationToken ct) => ValueTask.FromResult(DimseStatus.Success);

    /// <summary>C-FIND: the matches. C-CANCEL and the end of the association cancel the token.</summary>
    IAsyncEnumerable<DataSet> FindAsync(FindRequest request, CancellationToken ct) => throw new DimseStatusException("C-FIND", DimseStatus.SopClassNotSupported);

    /// <summary>C-MOVE: where to and what; the listener sends it.</summary>
    ValueTask<MovePlan> MoveAsync(MoveRequest request, CancellationToken ct) => throw new DimseStatusException("C-MOVE", DimseStatus.SopClassNotSupported);

    /// <summary>C-STORE: reads the data set to its end and answers once the instance is safe.</summary>
    ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct) => throw new DimseStatusException("C-STORE", DimseStatus.SopClassNotSupported);

    /// <summary>An operation or an association failed, for the log; the peer was told already. Messages hold no identifying value unless the handler's own do.</summary>
    void Faulted(AssociationRequest? association, Exception fault) { }
}

/// <summary>Who asks for an association.</summary>
/// <param name="CallingAeTitle">The peer's AE title.</param>
/// <param name="CalledAeTitle">The AE title that it wants here.</param>
/// <param name="RemoteEndPoint">Its address.</param>
/// <param name="PresentationContexts">What it proposes.</param>
/// <param name="ImplementationVersionName">Its software, when it says so.</param>
public sealed record AssociationRequest(
    string CallingAeTitle, string CalledAeTitle, IPEndPoint RemoteEndPoint, IReadOnlyList<PresentationContext> PresentationContexts, string? ImplementationVersionName)
{
    /// <summary>Who wrote its software.</summary>
    public string ImplementationClassUid { get; init; } = "";

    /// <summary>What was agreed with it about single SOP classes (PS3.7 D.3.3.5), by the listener's options.</summary>
    public IReadOnlyList<ExtendedNegotiation> ExtendedNegotiations { get; init; } = [];

    /// <summary>Who its user says he is; a secret, and unchecked unless the handler checks it.</summary>
    public UserIdentity? UserIdentity { get; init; }

    /// <summary>The certificate that it showed in TLS, found valid; null without TLS, or when none is required and it has none.</summary>
    public X509Certificate2? Certificate { get; init; }
}

/// <summary>A C-FIND request.</summary>
/// <param name="Association">Who asks.</param>
/// <param name="SopClassUid">The information model.</param>
/// <param name="Identifier">The keys.</param>
public sealed record FindRequest(AssociationRequest Association, string SopClassUid, DataSet Identifier);

/// <summary>A C-MOVE request.</summary>
/// <param name="Association">Who asks.</param>
/// <param name="SopClassUid">The information model.</param>
/// <param name="Identifier">The keys.</param>
/// <param name="DestinationAeTitle">Where the instances are to be sent.</param>
public sealed record MoveRequest(AssociationRequest Association, string SopClassUid, DataSet Identifier, string DestinationAeTitle);

/// <summary>Where a C-MOVE sends to, and the instances in order.</summary>
/// <param name="Host">Name or address of the destination.</param>
/// <param name="Port">Its TCP port.</param>
/// <param name="Instances">What to send.</param>
public sealed record MovePlan(string Host, int Port, IReadOnlyList<MoveInstance> Instances);

/// <summary>One instance that a C-MOVE sends.</summary>
/// <param name="SopClassUid">Its SOP class.</param>
/// <param name="SopInstanceUid">Its UID.</param>
/// <param name="TransferSyntax">How its data set is encoded.</param>
/// <param name="Open">Opens the data set, without file meta information; the stream's Length and Position tell how long it is.</param>
public sealed record MoveInstance(string SopClassUid, string SopInstanceUid, TransferSyntax TransferSyntax, Func<Stream> Open);

/// <summary>A C-STORE request.</summary>
/// <param name="Association">Who sends.</param>
/// <param name="SopClassUid">Affected SOP Class UID.</param>
/// <param name="SopInstanceUid">Affected SOP Instance UID.</param>
/// <param name="TransferSyntax">How the data set is encoded.</param>
/// <param name="MoveOriginator">The C-MOVE it belongs to, when the sender says so.</param>
/// <param name="DataSet">The data set as it arrives; valid until the handler returns.</param>
public sealed record StoreRequest(
    AssociationRequest Association, string SopClassUid, string SopInstanceUid, TransferSyntax TransferSyntax, MoveOriginator? MoveOriginator, Stream DataSet);
