namespace DeidCluster.Dicom;

/// <summary>
/// An association in which we are the user (SCU): connect, operate, release. Operations with one response (C-STORE, C-ECHO) may be
/// called at the same time, up to <see cref="OperationsMax"/>; the others need the association for themselves, and an enumeration of
/// C-FIND is one until it is disposed. Operations throw a <see cref="DicomNetworkException"/> when the peer cannot be worked with any
/// more, or are cancelled: the association, with all that is outstanding on it, is over then.
/// </summary>
public sealed partial class ScuAssociation : IAsyncDisposable
{
    private readonly Association association;
    private readonly AssociationOptions options;
    private readonly Lock gate = new();
    private readonly Dictionary<ushort, Outstanding> outstanding = [];
    private readonly Dictionary<string, CommitmentResult> earlyReports = [];
    private ushort messageId;
    private bool isTaken;
    private bool isReading;
    private volatile bool usable = true;

    private ScuAssociation(RequestedAssociation requested, AssociationOptions options)
    {
        association = requested.Association;
        this.options = options;
        OperationsMax = association.Terms.Window.InvokedMax;
        UserIdentityResponse = requested.Acceptor.UserIdentityResponse;
        ExtendedNegotiations = requested.Acceptor.ExtendedNegotiations;
        PeerImplementation = (requested.Acceptor.ImplementationClassUid, requested.Acceptor.ImplementationVersionName);
    }

    /// <summary>What the peer accepted of <see cref="AssociationOptions.PresentationContexts"/>; possibly nothing.</summary>
    public IReadOnlyList<AcceptedContext> Contexts => association.Contexts;

    /// <summary>How many operations with one response may be outstanding (PS3.7 D.3.3.3); 1 unless more was asked for and granted.</summary>
    public int OperationsMax { get; }

    /// <summary>The peer's positive response to our <see cref="AssociationOptions.UserIdentity"/>; null when it did not look at it.</summary>
    public ReadOnlyMemory<byte>? UserIdentityResponse { get; }

    /// <summary>What the peer agreed to of <see cref="AssociationOptions.ExtendedNegotiations"/>.</summary>
    public IReadOnlyList<ExtendedNegotiation> ExtendedNegotiations { get; }

    /// <summary>The peer's software, as it says: implementation class UID and version name.</summary>
    public (string ClassUid, string? VersionName) PeerImplementation { get; }

    /// <summary>False once the association was released, aborted, or failed: a pool drops it then.</summary>
    public bool IsUsable => usable;

    /// <summary>True when it is usable and nothing has come from the peer that was not asked for, such as the end of the connection.</summary>
    internal bool IsQuiet => usable && association.IsQuiet;

    /// <summary>Connects and negotiates. Throws <see cref="AssociationRejectedException"/> or another <see cref="DicomNetworkException"/>.</summary>
    public static async Task<ScuAssociation> ConnectAsync(AssociationOptions options, CancellationToken ct) =>
        new(await AssociationNegotiation.RequestAsync(options, ct).ConfigureAwait(false), options);

    /// <summary>The accepted context in which we are the user of <paramref name="sopClassUid"/>, and with <paramref name="transferSyntax"/> when given; else null.</summary>
    public AcceptedContext? FindContext(string sopClassUid, TransferSyntax? transferSyntax = null) =>
        Contexts.FirstOrDefault(context => context.AbstractSyntax == sopClassUid && context.Roles.HasFlag(RequestorRoles.Scu)
            && (transferSyntax is null || context.TransferSyntax.Uid == transferSyntax.Uid));

    /// <summary>Ends the association in good order (A-RELEASE) and closes the connection, also when the peer does not answer.</summary>
    public async Task ReleaseAsync(CancellationToken ct)
    {
        if (!usable)
        {
            return;
        }

        usable = false;
        using CancellationTokenSource late = new(options.NegotiationTimeout, options.Clock);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(ct, late.Token);
        try
        {
            await association.ReleaseAsync(options.NegotiationTimeout, ending.Token).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is DicomNetworkException || (fault is OperationCanceledException && !ct.IsCancellationRequested))
        {
            await association.AbortAsync().ConfigureAwait(false); // everything was answered already; how the peer hangs up changes nothing
        }
        finally
        {
            await association.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends the association at once (A-ABORT). Never fails.</summary>
    public async Task AbortAsync()
    {
        usable = false;
        await association.AbortAsync().ConfigureAwait(false);
    }

    /// <summary>Aborts unless released before, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (usable)
        {
            await AbortAsync().ConfigureAwait(false);
        }

        await association.DisposeAsync().ConfigureAwait(false);
    }

    private AcceptedContext Context(string sopClassUid, TransferSyntax? transferSyntax = null) =>
        FindContext(sopClassUid, transferSyntax) ?? throw new DicomNetworkException(
            NetworkFault.PresentationContextRefused,
            $"{association.Peer} did not accept {sopClassUid}{(transferSyntax is null ? "" : $" in {transferSyntax.Uid}")}");

    /// <summary>Begins an operation that has the association for itself; its message id. <see cref="End"/> follows whatever happens.</summary>
    private ushort Begin()
    {
        lock (gate)
        {
            ushort id = NextId(operationsMax: 1);
            isTaken = true;
            return id;
        }
    }

    private void End()
    {
        lock (gate)
        {
            isTaken = false;
        }
    }

    private ushort NextId(int operationsMax)
    {
        ObjectDisposedException.ThrowIf(!usable, this);
        if (isTaken || outstanding.Count >= operationsMax)
        {
            throw new InvalidOperationException($"The association carries {OperationsMax} operations at a time, and a C-FIND until it was read to its end.");
        }

        do
        {
            messageId = (ushort)(messageId % ushort.MaxValue + 1);
        }
        while (outstanding.ContainsKey(messageId));
        return messageId;
    }

    /// <summary>The next response to the request <paramref name="id"/> of an operation that has the association for itself; any other message breaks the protocol.</summary>
    private async ValueTask<DimseMessage> ResponseAsync(CommandField expected, ushort id, TimeSpan wait, CancellationToken ct)
    {
        DimseMessage message = await ReceiveAsync(wait, ct).ConfigureAwait(false);
        CommandSet command = message.Command;
        if (command.CommandField != expected || command.MessageIdBeingRespondedTo != id || command.Status is null)
        {
            throw await association.BrokenAsync(AbortReason.NotSpecified, $"answered {command} instead of {expected} {id}").ConfigureAwait(false);
        }

        return message;
    }

    private async ValueTask<DimseMessage> ReceiveAsync(TimeSpan wait, CancellationToken ct) =>
        await association.ReceiveAsync(wait, ct).ConfigureAwait(false)
        ?? throw new DicomNetworkException(NetworkFault.Closed, $"{association.Peer} released the association instead of answering");
}
