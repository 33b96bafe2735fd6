namespace DeidCluster.Dicom;

/// <summary>What the network layer accepts at most. A peer that sends more is aborted.</summary>
public static class PduLimits
{
    /// <summary>Type, a reserved byte and the length in front of each PDU's body (PS3.8 9.3.1). Bytes.</summary>
    public const int HeaderBytes = 6;

    /// <summary>Length, context id and message control header in front of each PDV's fragment (PS3.8 9.3.5.1). Bytes.</summary>
    public const int PdvHeaderBytes = 6;

    /// <summary>The longest P-DATA-TF body that we receive and send unless an option says otherwise: what DCMTK peers use at most. Bytes.</summary>
    public const int PduBytesMax = 128 * 1024;

    /// <summary>A peer that receives less than this in one PDU cannot be served. Bytes.</summary>
    public const int PduBytesMin = 128;

    /// <summary>The longest body of a PDU that negotiates: 128 contexts with dozens of transfer syntaxes stay below. Bytes.</summary>
    public const int NegotiationBytesMax = 1024 * 1024;

    /// <summary>Presentation contexts of one association: the odd numbers 1 to 255.</summary>
    public const int PresentationContextsMax = 128;

    /// <summary>Transfer syntaxes of one presentation context.</summary>
    public const int TransferSyntaxesMax = 256;

    /// <summary>Sub-items that speak of one SOP class each, of one kind: role selections, extended negotiations.</summary>
    public const int SopClassItemsMax = 512;

    /// <summary>The longest user identity, primary and secondary field together: its item and all around it have lengths of two bytes. Bytes.</summary>
    public const int UserIdentityBytesMax = 48 * 1024;

    /// <summary>The longest UID (PS3.5 9.1). Bytes.</summary>
    public const int UidBytesMax = 64;

    /// <summary>The length of an AE title field (PS3.8 9.3.2). Bytes.</summary>
    public const int AeTitleBytes = 16;

    /// <summary>The longest command set (PS3.7 6.3.1). Bytes.</summary>
    public const int CommandBytesMax = 64 * 1024;

    /// <summary>The longest identifier of a query, which is held in memory. Bytes.</summary>
    public const int IdentifierBytesMax = 16 * 1024 * 1024;
}
