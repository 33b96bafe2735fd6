using System.Net;

namespace DeidCluster.Dicom;

/// <summary>What a listener offers to its peers.</summary>
[Flags]
public enum ScpOperations
{
    /// <summary>C-ECHO.</summary>
    Echo = 1,

    /// <summary>C-STORE.</summary>
    Store = 2,

    /// <summary>C-FIND and C-MOVE of the Patient Root, Study Root and Patient/Study Only models (PS3.4 C.6).</summary>
    QueryRetrieve = 4,

    /// <summary>C-GET of these models. Peers get the SCP role for storage, in which they receive the instances.</summary>
    Get = 8,

    /// <summary>Storage commitment, push model (PS3.4 J).</summary>
    StorageCommitment = 16,
}

/// <summary>Where a <see cref="DicomListener"/> listens, as whom, and its limits.</summary>
public sealed record ListenerOptions
{
    /// <summary>The address to listen on; port 0 lets the system choose.</summary>
    public IPEndPoint EndPoint { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Our AE title.</summary>
    public required string AeTitle { get; init; }

    /// <summary>What is offered.</summary>
    public ScpOperations Operations { get; init; } = ScpOperations.Echo | ScpOperations.Store;

    /// <summary>True refuses associations that call another AE title than ours.</summary>
    public bool RequiresCalledAeTitle { get; init; } = true;

    /// <summary>Who may call: connections from elsewhere are closed at once, other callers are rejected.</summary>
    public AllowedPeers AllowedPeers { get; init; } = AllowedPeers.Anyone;

    /// <summary>
    /// The SOP classes, by UID, for which a peer that asks for an association may be the provider: storage for C-GET, storage commitment
    /// for results that come on the provider's own association (PS3.7 D.3.3.4). None unless said otherwise.
    /// </summary>
    public Func<string, bool> GrantsScpRole { get; init; } = _ => false;

    /// <summary>SOP classes that are stored although the standard does not register them, when not all such are.</summary>
    public IReadOnlySet<string> OtherStorageSopClasses { get; init; } = new HashSet<string>();

    /// <summary>True also stores SOP classes that the dictionary does not know, such as private ones.</summary>
    public bool AcceptsUnknownSopClasses { get; init; } = true;

    /// <summary>
    /// Of several proposed encodings of one presentation context, the first of these is taken, else the first proposed one that is known.
    /// A sender that can convert sends uncompressed explicit VR then; one that proposes only what it holds sends it as it is.
    /// </summary>
    public IReadOnlyList<TransferSyntax> PreferredTransferSyntaxes { get; init; } = [TransferSyntax.ExplicitVrLittleEndian];

    /// <summary>Associations at a time; the next one is refused as "local limit exceeded" (transient).</summary>
    public int AssociationsMax { get; init; } = 64;

    /// <summary>The longest P-DATA-TF body that we receive. Bytes.</summary>
    public int PduBytesMax { get; init; } = PduLimits.PduBytesMax;

    /// <summary>Operations that a peer which negotiates it may have outstanding on one association (PS3.7 D.3.3.3); 1 is no asynchronous operations.</summary>
    public ushort OperationsMax { get; init; } = 16;

    /// <summary>Answers what a peer negotiates for one SOP class (PS3.7 D.3.3.5); null, as for every one unless said otherwise, leaves the class's defaults.</summary>
    public Func<ExtendedNegotiation, ExtendedNegotiation?> AnswersExtended { get; init; } = _ => null;

    /// <summary>How long a peer may take to ask for an association, and to close after its end (PS3.8 9.1.5, ARTIM).</summary>
    public TimeSpan ArtimTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an association may lie idle between two requests before it is aborted.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a peer may take within a message, or to take our bytes.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often at least a peer that waits for its C-MOVE hears that it goes on.</summary>
    public TimeSpan PendingInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long <see cref="DicomListener.StopAsync"/> lets associations finish what they do before it cuts them.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Takes associations through TLS only (PS3.15 B.12); null is plain TCP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Sees the stream of each connection before anything is read, and may wrap it: for a simulator that injects faults. Null leaves it alone.</summary>
    public Func<Stream, CancellationToken, ValueTask<Stream>>? Intercept { get; init; }

    /// <summary>The clock of every timeout.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
