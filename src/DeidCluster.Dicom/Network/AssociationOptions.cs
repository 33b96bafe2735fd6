namespace DeidCluster.Dicom;

/// <summary>A presentation context that a user wants: its id is given when the association is requested.</summary>
/// <param name="AbstractSyntax">A SOP class UID.</param>
/// <param name="TransferSyntaxes">The encodings it may have, the preferred first.</param>
public sealed record ProposedContext(string AbstractSyntax, params IReadOnlyList<TransferSyntax> TransferSyntaxes)
{
    /// <summary>The roles that we want for the SOP class. Contexts of one SOP class share them: what one of them asks for is asked for all.</summary>
    public RequestorRoles Roles { get; init; } = RequestorRoles.Scu;

    /// <summary>C-ECHO.</summary>
    public static ProposedContext Verification { get; } = InMemory(Uids.Verification);

    /// <summary>A SOP class whose data sets we build or read in memory, such as queries: both uncompressed little-endian encodings.</summary>
    public static ProposedContext InMemory(string sopClassUid) =>
        new(sopClassUid, TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian);
}

/// <summary>How to reach a peer, who we are, what we want to exchange and how long we wait.</summary>
public sealed record AssociationOptions
{
    /// <summary>Name or address of the peer.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port of the peer.</summary>
    public required int Port { get; init; }

    /// <summary>Our AE title, 1 to 16 characters.</summary>
    public required string CallingAeTitle { get; init; }

    /// <summary>The peer's AE title, 1 to 16 characters.</summary>
    public required string CalledAeTitle { get; init; }

    /// <summary>What to propose, 1 to 128 contexts.</summary>
    public required IReadOnlyList<ProposedContext> PresentationContexts { get; init; }

    /// <summary>The longest P-DATA-TF body that we receive, and that we send when the peer receives more. Bytes.</summary>
    public int PduBytesMax { get; init; } = PduLimits.PduBytesMax;

    /// <summary>
    /// How many operations we want to have outstanding at a time (PS3.7 D.3.3.3), 1 to 65535. 1 proposes nothing; what the peer grants is
    /// <see cref="ScuAssociation.OperationsMax"/>.
    /// </summary>
    public ushort OperationsMax { get; init; } = 1;

    /// <summary>What to negotiate for single SOP classes (PS3.7 D.3.3.5), such as relational queries.</summary>
    public IReadOnlyList<ExtendedNegotiation> ExtendedNegotiations { get; init; } = [];

    /// <summary>Who our user is (PS3.7 D.3.3.7), or null. <see cref="ScuAssociation.UserIdentityResponse"/> tells whether the peer checked it.</summary>
    public UserIdentity? UserIdentity { get; init; }

    /// <summary>How long the TCP connection may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the peer may take to answer a request for, or a release of, an association.</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the peer may take until the next response, or to take the next bytes of a request.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an operation that was abandoned waits for its end after C-CANCEL before the association is aborted.</summary>
    public TimeSpan CancelTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Carries the association through TLS (PS3.15 B.12); null is plain TCP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>The clock of every timeout.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
