namespace DeidCluster.Dicom;

/// <summary>
/// An association in which we are the user (SCU): connect, operate, release. One operation at a time, and an enumeration of C-FIND is
/// one until it is disposed. Operations throw a <see cref="DicomNetworkException"/> when the peer cannot be worked with any more; the
/// association is over then.
/// </summary>
public sealed partial class ScuAssociation : IAsyncDisposable
{
    private readonly Association association;
    private readonly AssociationOptions options;
    private ushort messageId;
    private int operating;
    private bool usable = true;

    private ScuAssociation(Association association, AssociationOptions options)
    {
        this.association = association;
        this.options = options;
    }

    /// <summary>What the peer accepted of <see cref="AssociationOptions.PresentationContexts"/>; possibly nothing.</summary>
    public IReadOnlyList<AcceptedContext> Contexts => association.Contexts;

    /// <summary>False once the association was released, aborted, or failed: a pool drops it then.</summary>
    public bool IsUsable => usable;

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
        try
        {
            await association.ReleaseAsync(options.NegotiationTimeout, ct).ConfigureAwait(false);
        }
        catch (DicomNetworkException)
        {
            return; // everything was answered already; how the peer hangs up changes nothing
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

    /// <summary>Begins an operation; its message id. <see cref="End"/> follows whatever happens.</summary>
    private ushort Begin()
    {
        ObjectDisposedException.ThrowIf(!usable, this);
        if (Interlocked.Exchange(ref operating, 1) == 1)
        {
            throw new InvalidOperationException("An association carries one operation at a time; read C-FIND to its end first.");
        }

        return messageId = (ushort)(messageId % ushort.MaxValue + 1);
    }

    private void End() => Volatile.Write(ref operating, 0);

    /// <summary>The next response to the request <paramref name="id"/>; any other message breaks the protocol.</summary>
    private async ValueTask<DimseMessage> ResponseAsync(CommandField expected, ushort id, TimeSpan wait, CancellationToken ct)
    {
        DimseMessage message = await association.ReceiveAsync(wait, ct).ConfigureAwait(false)
            ?? throw new DicomNetworkException(NetworkFault.Closed, $"{association.Peer} released the association instead of answering");
        CommandSet command = message.Command;
        if (command.CommandField != expected || command.MessageIdBeingRespondedTo != id || command.Status is null)
        {
            throw await association.BrokenAsync(0, $"answered {command} instead of {expected} {id}").ConfigureAwait(false);
        }

        return message;
    }

    /// <summary>Runs one operation with its message id; whatever ends it early leaves the association in a state that nobody can use.</summary>
    private async Task<T> OperateAsync<T>(Func<ushort, Task<T>> operation)
    {
        ushort id = Begin();
        try
        {
            return await operation(id).ConfigureAwait(false);
        }
        catch
        {
            await AbortAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            End();
        }
    }
}
