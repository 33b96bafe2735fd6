namespace DeidCluster.Dicom;

/// <summary>A presentation context as proposed (PS3.8 9.3.2.2): what is exchanged, and the encodings it may have.</summary>
/// <param name="Id">An odd number, 1 to 255.</param>
/// <param name="AbstractSyntax">A SOP class UID.</param>
/// <param name="TransferSyntaxes">Transfer syntax UIDs, at least one.</param>
public sealed record PresentationContext(byte Id, string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes);

/// <summary>The answer to one proposed presentation context (PS3.8 9.3.3.2).</summary>
/// <param name="Id">The id of the proposed context.</param>
/// <param name="Result">Whether it may be used.</param>
/// <param name="TransferSyntax">The one encoding chosen; without meaning unless accepted.</param>
public sealed record PresentationContextAnswer(byte Id, PresentationResult Result, string TransferSyntax);

/// <summary>A presentation context that both sides agreed on.</summary>
/// <param name="Id">Its id.</param>
/// <param name="AbstractSyntax">The SOP class UID.</param>
/// <param name="TransferSyntax">The agreed encoding.</param>
public sealed record AcceptedContext(byte Id, string AbstractSyntax, TransferSyntax TransferSyntax)
{
    /// <summary>The roles that the association's requestor has here, on whichever side we are; the acceptor has the opposite ones.</summary>
    public RequestorRoles Roles { get; init; } = RequestorRoles.Scu;
}

/// <summary>What the requestor of an association may be for a SOP class (PS3.7 D.3.3.4). Without negotiation it is the user.</summary>
[Flags]
public enum RequestorRoles
{
    /// <summary>Neither: the context cannot be used.</summary>
    None = 0,

    /// <summary>The requestor asks, the acceptor serves; the default.</summary>
    Scu = 1,

    /// <summary>The acceptor asks, the requestor serves: C-STORE within C-GET, N-EVENT-REPORT on an association that the provider opened.</summary>
    Scp = 2,
}

/// <summary>Result/Reason of PS3.8 table 9-18.</summary>
public enum PresentationResult : byte
{
    /// <summary>The context may be used.</summary>
    Acceptance = 0,

    /// <summary>The user refused it.</summary>
    UserRejection = 1,

    /// <summary>The provider refused it without a reason.</summary>
    NoReason = 2,

    /// <summary>The SOP class is not served here.</summary>
    AbstractSyntaxNotSupported = 3,

    /// <summary>None of its encodings is known here.</summary>
    TransferSyntaxesNotSupported = 4,
}
