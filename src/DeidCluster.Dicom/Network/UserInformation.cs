namespace DeidCluster.Dicom;

/// <summary>The user information item (PS3.8 9.3.2.3, PS3.7 D.3.3). Sub-items that are not named here are ignored, as the standard asks.</summary>
/// <param name="PduBytesMax">The longest P-DATA-TF body the sender of this item receives; 0 means no limit. Bytes.</param>
/// <param name="ImplementationClassUid">Who wrote the software.</param>
/// <param name="ImplementationVersionName">Which version, when said.</param>
public sealed record UserInformation(uint PduBytesMax, string ImplementationClassUid, string? ImplementationVersionName)
{
    /// <summary>SCP/SCU role selections (PS3.7 D.3.3.4), which C-GET needs.</summary>
    public IReadOnlyList<RoleSelection> Roles { get; init; } = [];

    /// <summary>How many operations may be outstanding (PS3.7 D.3.3.3), or null when the sub-item is absent, which means one each way.</summary>
    public OperationsWindow? OperationsWindow { get; init; }

    /// <summary>SOP Class Extended Negotiation (PS3.7 D.3.3.5): proposals in a request, what was agreed in an answer.</summary>
    public IReadOnlyList<ExtendedNegotiation> ExtendedNegotiations { get; init; } = [];

    /// <summary>SOP Class Common Extended Negotiation (PS3.7 D.3.3.6), which stands in requests only.</summary>
    public IReadOnlyList<CommonExtendedNegotiation> CommonExtendedNegotiations { get; init; } = [];

    /// <summary>Who the requestor's user is (PS3.7 D.3.3.7), in a request.</summary>
    public UserIdentity? UserIdentity { get; init; }

    /// <summary>The acceptor's positive response to <see cref="UserIdentity"/>, in an answer; empty but for Kerberos and SAML. Null when it gave none.</summary>
    public ReadOnlyMemory<byte>? UserIdentityResponse { get; init; }

    /// <summary>The role selection for <paramref name="sopClassUid"/>, or null when there is none.</summary>
    internal RequestorRoles? RolesOf(string sopClassUid) => Roles.FirstOrDefault(role => role.SopClassUid == sopClassUid)?.Roles;

    /// <summary>Implementation and length only: the rest may hold credentials.</summary>
    public override string ToString() => $"{ImplementationClassUid} {ImplementationVersionName}, PDU of {PduBytesMax} bytes";
}

/// <summary>The roles that a peer takes for one SOP class (PS3.7 D.3.3.4).</summary>
/// <param name="SopClassUid">The SOP class.</param>
/// <param name="Scu">True when the association's requestor may be its user.</param>
/// <param name="Scp">True when the association's requestor may be its provider.</param>
public sealed record RoleSelection(string SopClassUid, bool Scu, bool Scp)
{
    /// <summary>The item that proposes or grants <paramref name="roles"/>.</summary>
    public RoleSelection(string sopClassUid, RequestorRoles roles) : this(sopClassUid, roles.HasFlag(RequestorRoles.Scu), roles.HasFlag(RequestorRoles.Scp)) { }

    /// <summary>Both flags as one value.</summary>
    public RequestorRoles Roles => (Scu ? RequestorRoles.Scu : 0) | (Scp ? RequestorRoles.Scp : 0);
}

/// <summary>Operations and sub-operations that may be outstanding, from the requestor's point of view (PS3.7 D.3.3.3). 0 is no limit.</summary>
/// <param name="InvokedMax">How many the requestor may have asked for and not have answers to.</param>
/// <param name="PerformedMax">How many the acceptor may have asked the requestor for.</param>
public readonly record struct OperationsWindow(ushort InvokedMax, ushort PerformedMax)
{
    /// <summary>What holds when nothing is negotiated.</summary>
    public static readonly OperationsWindow Synchronous = new(1, 1);

    /// <summary>The smaller of two limits, of which 0 is none.</summary>
    internal static ushort Smaller(ushort one, ushort other) => one == 0 ? other : other == 0 ? one : Math.Min(one, other);
}

/// <summary>What two peers say to each other about one SOP class, in the words of its service class (PS3.7 D.3.3.5), such as relational queries (PS3.4 C.5.1).</summary>
/// <param name="SopClassUid">The SOP class.</param>
/// <param name="Information">The service-class-application-information, as the service class defines it.</param>
public sealed record ExtendedNegotiation(string SopClassUid, ReadOnlyMemory<byte> Information);

/// <summary>What a requestor says of a SOP class that the acceptor may not know (PS3.7 D.3.3.6).</summary>
/// <param name="SopClassUid">The SOP class.</param>
/// <param name="ServiceClassUid">Its service class, such as Storage.</param>
/// <param name="RelatedGeneralSopClassUids">More general SOP classes, whose provider can take it.</param>
public sealed record CommonExtendedNegotiation(string SopClassUid, string ServiceClassUid, IReadOnlyList<string> RelatedGeneralSopClassUids);
