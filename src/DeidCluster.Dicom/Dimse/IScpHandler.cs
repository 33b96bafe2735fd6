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

    /// <summary>C-GET: what; the listener sends it on the peer's own association.</summary>
    ValueTask<IReadOnlyList<RetrieveInstance>> GetAsync(GetRequest request, CancellationToken ct) => throw new DimseStatusException("C-GET", DimseStatus.SopClassNotSupported);

    /// <summary>
    /// Storage commitment (PS3.4 J.3.2): looks after what is asked about and says what is safe. The request has been answered already; the
    /// listener delivers the report.
    /// </summary>
    ValueTask<CommitmentAnswer> CommitAsync(CommitmentRequested request, CancellationToken ct) =>
        throw new DimseStatusException("N-ACTION", DimseStatus.ProcessingFailure);

    /// <summary>N-EVENT-REPORT, N-GET, N-SET, N-ACTION, N-CREATE or N-DELETE (PS3.7 10.1) of a SOP class that was accepted; by default not recognized.</summary>
    ValueTask<NormalizedAnswer> NormalizedAsync(NormalizedRequest request, CancellationToken ct) =>
        throw new DimseStatusException($"{request.Command}", DimseStatus.UnrecognizedOperation);

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
public sealed record FindRequest(AssociationRequest Association, string SopClassUid, DataSet Identifier)
{
    /// <summary>The status with each match; a handler that ignores optional keys sets <see cref="DimseStatus.PendingWithUnsupportedKeys"/> before its first.</summary>
    public DimseStatus PendingStatus { get; set; } = DimseStatus.Pending;
}

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
public sealed record MovePlan(string Host, int Port, IReadOnlyList<RetrieveInstance> Instances)
{
    /// <summary>Associations that send at the same time; more than one wins where each answer is late, as with peers that delay small packets.</summary>
    public int Associations { get; init; } = 1;

    /// <summary>TLS to the destination; null for plain TCP.</summary>
    public TlsOptions? Tls { get; init; }
}

/// <summary>A C-GET request.</summary>
/// <param name="Association">Who asks.</param>
/// <param name="SopClassUid">The information model.</param>
/// <param name="Identifier">The keys.</param>
public sealed record GetRequest(AssociationRequest Association, string SopClassUid, DataSet Identifier);

/// <summary>A request of one of the normalized services (PS3.7 10.1).</summary>
/// <param name="Association">Who asks.</param>
/// <param name="Command">The service.</param>
/// <param name="SopClassUid">The SOP class.</param>
/// <param name="SopInstanceUid">The SOP instance; null where an N-CREATE leaves it to the provider.</param>
/// <param name="TypeId">The event type of an N-EVENT-REPORT or the action type of an N-ACTION.</param>
/// <param name="DataSet">The data set; null when there is none.</param>
/// <param name="Attributes">What an N-GET asks for; none is all.</param>
public sealed record NormalizedRequest(
    AssociationRequest Association, CommandField Command, string SopClassUid, string? SopInstanceUid, ushort? TypeId, DataSet? DataSet, IReadOnlyList<Tag> Attributes);

/// <summary>The answer to a <see cref="NormalizedRequest"/>.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="DataSet">The data set of the response, if any.</param>
public sealed record NormalizedAnswer(DimseStatus Status, DataSet? DataSet = null)
{
    /// <summary>The SOP instance that an N-CREATE without one made.</summary>
    public string? AffectedSopInstanceUid { get; init; }
}

/// <summary>A C-STORE request.</summary>
/// <param name="Association">Who sends.</param>
/// <param name="SopClassUid">Affected SOP Class UID.</param>
/// <param name="SopInstanceUid">Affected SOP Instance UID.</param>
/// <param name="TransferSyntax">How the data set is encoded.</param>
/// <param name="MoveOriginator">The C-MOVE it belongs to, when the sender says so.</param>
/// <param name="DataSet">The data set as it arrives; valid until the handler returns.</param>
public sealed record StoreRequest(
    AssociationRequest Association, string SopClassUid, string SopInstanceUid, TransferSyntax TransferSyntax, MoveOriginator? MoveOriginator, Stream DataSet);
