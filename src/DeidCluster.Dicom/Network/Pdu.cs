namespace DeidCluster.Dicom;

/// <summary>One protocol data unit of the upper layer (PS3.8 9.3). Closed: the seven types of table 9-11 and below.</summary>
public abstract record Pdu
{
    private Pdu() { }

    /// <summary>A-ASSOCIATE-RQ (PS3.8 9.3.2): the peer that connects says who it is and what it wants to exchange.</summary>
    public sealed record AssociateRq(
        string CalledAeTitle, string CallingAeTitle, string ApplicationContextName,
        IReadOnlyList<PresentationContext> PresentationContexts, UserInformation UserInformation) : Pdu;

    /// <summary>A-ASSOCIATE-AC (PS3.8 9.3.3): the answer for each proposed presentation context.</summary>
    public sealed record AssociateAc(
        string CalledAeTitle, string CallingAeTitle, string ApplicationContextName,
        IReadOnlyList<PresentationContextAnswer> PresentationContexts, UserInformation UserInformation) : Pdu;

    /// <summary>A-ASSOCIATE-RJ (PS3.8 9.3.4): the codes of table 9-21, see <see cref="AssociationRejection"/>.</summary>
    public sealed record AssociateRj(byte Result, byte Source, byte Reason) : Pdu;

    /// <summary>P-DATA-TF (PS3.8 9.3.5): one or more presentation data values, in order.</summary>
    public sealed record DataTf(IReadOnlyList<Pdv> Pdvs) : Pdu;

    /// <summary>A-RELEASE-RQ (PS3.8 9.3.6).</summary>
    public sealed record ReleaseRq : Pdu;

    /// <summary>A-RELEASE-RP (PS3.8 9.3.7).</summary>
    public sealed record ReleaseRp : Pdu;

    /// <summary>A-ABORT (PS3.8 9.3.8): source 0 is the peer's user, 2 its provider, whose reason table 9-26 names.</summary>
    public sealed record Abort(byte Source, byte Reason) : Pdu;
}

/// <summary>A presentation data value (PS3.8 9.3.5.1 and E.2): a fragment of a command set or of a data set.</summary>
/// <param name="ContextId">The presentation context it belongs to.</param>
/// <param name="IsCommand">True for a fragment of a command set.</param>
/// <param name="IsLast">True for the last fragment.</param>
/// <param name="Bytes">The fragment; valid until the next PDU is read.</param>
public readonly record struct Pdv(byte ContextId, bool IsCommand, bool IsLast, ReadOnlyMemory<byte> Bytes);

/// <summary>The type byte of each PDU (PS3.8 9.3).</summary>
public enum PduType : byte
{
    /// <summary>A-ASSOCIATE-RQ.</summary>
    AssociateRq = 1,

    /// <summary>A-ASSOCIATE-AC.</summary>
    AssociateAc = 2,

    /// <summary>A-ASSOCIATE-RJ.</summary>
    AssociateRj = 3,

    /// <summary>P-DATA-TF.</summary>
    DataTf = 4,

    /// <summary>A-RELEASE-RQ.</summary>
    ReleaseRq = 5,

    /// <summary>A-RELEASE-RP.</summary>
    ReleaseRp = 6,

    /// <summary>A-ABORT.</summary>
    Abort = 7,
}
