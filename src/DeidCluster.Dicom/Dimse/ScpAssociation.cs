using System.Collections.Concurrent;

namespace DeidCluster.Dicom;

/// <summary>
/// Serves one association: takes each request to the handler and answers it, until the peer releases (PS3.7 9.3). Where the peer
/// negotiated a window of operations, the next request is read while the instances before it are made safe, and answers may overtake each other.
/// </summary>
internal sealed partial class ScpAssociation(
    Association association, AssociationRequest request, ListenerOptions options, IScpHandler handler, CancellationToken stopping)
{
    /// <summary>C-STORE operations whose data set was read and which are not answered yet.</summary>
    private readonly List<Task> storing = [];

    /// <summary>What we asked the peer on its association and wait for, by message id.</summary>
    private readonly ConcurrentDictionary<ushort, TaskCompletionSource<CommandSet>> asked = new();

    /// <summary>Reports of storage commitment that are not delivered yet.</summary>
    private readonly List<Task> reporting = [];

    /// <summary>Ends when the peer cannot be asked any more.</summary>
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int messageId;

    /// <summary>Ends when the listener cuts what it serves; a report may outlive the association that asked for it.</summary>
    private CancellationToken cutting;

    /// <summary>The one read that is under way or done and not yet taken; it may begin while an operation runs.</summary>
    private Task<DimseMessage?>? reading;

    /// <summary>Serves until the association ends; throws when it did not end in good order.</summary>
    public async Task ServeAsync(CancellationToken ct)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        cutting = ct;
        try
        {
            while (await NextAsync(ending.Token).ConfigureAwait(false) is DimseMessage message)
            {
                await (message.Command.CommandField == CommandField.CStoreRq && association.Terms.Window.InvokedMax > 1
                    ? OverlapAsync(message, ending)
                    : ServeAsync(message, ending.Token)).ConfigureAwait(false);
            }

            await Task.WhenAll(storing).ConfigureAwait(false);
            over.TrySetResult();
            await association.AnswerReleaseAsync(options.ArtimTimeout, ct).ConfigureAwait(false);
        }
        catch (DicomFormatException fault)
        {
            throw await association.BrokenAsync(AbortReason.NotSpecified, $"sent a malformed message: {fault.Message}", fault).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (storing.Any(store => store.IsFaulted))
        {
            await storing.First(store => store.IsFaulted).ConfigureAwait(false); // it cancelled the rest, and is what went wrong
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll([.. storing, reading ?? Task.CompletedTask])).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            over.TrySetResult();
            await association.AbortAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(reporting).ConfigureAwait(false);
    }

    private async Task<DimseMessage?> NextAsync(CancellationToken ct)
    {
        Task<DimseMessage?> read = reading ??= association.ReceiveAsync(Timeout.InfiniteTimeSpan, ct).AsTask();
        using CancellationTokenSource idle = CancellationTokenSource.CreateLinkedTokenSource(ct, stopping);
        while (true)
        {
            try
            {
                DimseMessage? next = await read.WaitAsync(options.IdleTimeout, options.Clock, idle.Token).ConfigureAwait(false);
                reading = null;
                return next;
            }
            catch (TimeoutException) when (!storing.All(store => store.IsCompleted))
            {
                continue; // the peer waits for us
            }
            catch (TimeoutException)
            {
                throw new DicomNetworkException(NetworkFault.Timeout, $"{association.Peer} was idle for {options.IdleTimeout}");
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                await Task.WhenAll(storing).WaitAsync(ct).ConfigureAwait(false);
                throw new DicomNetworkException(NetworkFault.Closed, $"the listener stops, {association.Peer} is cut between two requests");
            }
        }
    }

    /// <summary>Begins a C-STORE and returns when the next message can be read: its data set was taken, and the window has room.</summary>
    private async Task OverlapAsync(DimseMessage message, CancellationTokenSource ending)
    {
        storing.RemoveAll(store => store.IsCompletedSuccessfully);
        while (storing.Count >= association.Terms.Window.InvokedMax)
        {
            Task answered = await Task.WhenAny(storing).ConfigureAwait(false);
            await answered.ConfigureAwait(false);
            storing.Remove(answered);
        }

        Task store = Task.Run(StoreAsync, CancellationToken.None); // a flush may hold the thread that it is called on, and the next message is to be read meanwhile
        storing.Add(store);
        await Task.WhenAny(store, message.DataSet.Consumed).ConfigureAwait(false);

        async Task StoreAsync()
        {
            try
            {
                await this.StoreAsync(message, ending.Token).ConfigureAwait(false);
            }
            catch
            {
                await ending.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    private async Task ServeAsync(DimseMessage message, CancellationToken ct)
    {
        CommandSet command = message.Command;
        if (!command.IsRequest)
        {
            await TakeAsync(message, ct).ConfigureAwait(false);
            return;
        }

        command.Required(command.MessageId);
        await (command.CommandField switch
        {
            CommandField.CEchoRq => EchoAsync(message, ct),
            CommandField.CStoreRq => StoreAsync(message, ct),
            CommandField.CFindRq => FindAsync(message, ct),
            CommandField.CMoveRq => MoveAsync(message, ct),
            CommandField.CGetRq => GetAsync(message, ct),
            CommandField.NActionRq when message.Context.AbstractSyntax == Uids.StorageCommitmentPushModel => CommitAsync(message, ct),
            CommandField.NEventReportRq or CommandField.NGetRq or CommandField.NSetRq or CommandField.NActionRq or CommandField.NCreateRq
                or CommandField.NDeleteRq => NormalizedAsync(message, ct),
            _ => RefuseAsync(message, DimseStatus.UnrecognizedOperation, ct),
        }).ConfigureAwait(false);
    }

    /// <summary>A response to what we asked, or a cancel request whose operation has ended already (PS3.7 9.3.2.3); any other response breaks the protocol.</summary>
    private async Task TakeAsync(DimseMessage message, CancellationToken ct)
    {
        CommandSet command = message.Command;
        ushort id = command.Required(command.MessageIdBeingRespondedTo);
        await message.DataSet.DrainAsync(ct).ConfigureAwait(false);
        if (command.CommandField != CommandField.CCancelRq && !(asked.TryRemove(id, out TaskCompletionSource<CommandSet>? waiting) && waiting.TrySetResult(command)))
        {
            throw await association.BrokenAsync(AbortReason.NotSpecified, $"answered {command}, which nobody asked for").ConfigureAwait(false);
        }
    }

    private async Task RefuseAsync(DimseMessage message, DimseStatus status, CancellationToken ct)
    {
        await message.DataSet.DrainAsync(ct).ConfigureAwait(false);
        await RespondAsync(message, status).ConfigureAwait(false);
    }

    private async Task EchoAsync(DimseMessage message, CancellationToken ct) =>
        await RespondAsync(message, await GuardAsync(() => handler.EchoAsync(request, ct), DimseStatus.ProcessingFailure).ConfigureAwait(false)).ConfigureAwait(false);

    private async Task StoreAsync(DimseMessage message, CancellationToken ct)
    {
        CommandSet command = message.Command;
        MoveOriginator? originator = command.MoveOriginatorAeTitle is string title ? new MoveOriginator(title, command.MoveOriginatorMessageId ?? 0) : null;
        StoreRequest store = new(
            request, command.Required(command.AffectedSopClassUid), command.Required(command.AffectedSopInstanceUid),
            message.Context.TransferSyntax, originator, message.DataSet);
        Ending ending = store.SopClassUid != message.Context.AbstractSyntax ? DimseStatus.SopClassNotSupported
            : !IsUid(store.SopInstanceUid) ? DimseStatus.InvalidSopInstance
            : !command.HasDataSet ? DimseStatus.UnableToProcess
            : await GuardAsync(() => handler.StoreAsync(store, ct), DimseStatus.ProcessingFailure).ConfigureAwait(false);
        if (ending.Status == DimseStatus.Cancel)
        {
            ct.ThrowIfCancellationRequested(); // the association ends; a C-STORE has no such answer (PS3.7 9.1.1.1.9)
        }

        await message.DataSet.DrainAsync(ct).ConfigureAwait(false);
        await RespondAsync(message, ending).ConfigureAwait(false);
    }

    private async Task FindAsync(DimseMessage message, CancellationToken ct)
    {
        byte[] identifier = await message.DataSet.ReadAllAsync(ct).ConfigureAwait(false);
        if (!IsFor(message))
        {
            await RespondAsync(message, DimseStatus.SopClassNotSupported).ConfigureAwait(false);
            return;
        }

        TransferSyntax transferSyntax = message.Context.TransferSyntax;
        using Cancellation cancellation = ListenForCancel(message, ct);
        Ending ending = await GuardAsync(async () =>
        {
            FindRequest find = new(request, message.Context.AbstractSyntax, Identifier.Decode(identifier, transferSyntax));
            await foreach (DataSet match in handler.FindAsync(find, cancellation.Token).WithCancellation(cancellation.Token).ConfigureAwait(false))
            {
                cancellation.Token.ThrowIfCancellationRequested();
                CommandSet response = message.Command.Response(find.PendingStatus, hasDataSet: true);
                await association.SendAsync(message.Context.Id, response, Identifier.Encode(match, transferSyntax)).ConfigureAwait(false);
            }

            return DimseStatus.Success;
        }, DimseStatus.UnableToProcess).ConfigureAwait(false);
        await RespondAsync(message, ending).ConfigureAwait(false);
    }

    private ValueTask RespondAsync(DimseMessage message, Ending ending) => association.SendAsync(message.Context.Id, ending.Of(message.Command), default);

    /// <summary>True when the command names the SOP class of its presentation context.</summary>
    private static bool IsFor(DimseMessage message) => (message.Command.AffectedSopClassUid ?? message.Command.RequestedSopClassUid) == message.Context.AbstractSyntax;

    /// <summary>Runs a handler's work: what it throws becomes a status, unless the association itself is what failed.</summary>
    private async ValueTask<Ending> GuardAsync(Func<ValueTask<DimseStatus>> work, DimseStatus failure)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (DimseStatusException refusal)
        {
            return new Ending(refusal.Status, refusal);
        }
        catch (OperationCanceledException)
        {
            return DimseStatus.Cancel;
        }
        catch (Exception fault) when (fault is not DicomNetworkException)
        {
            handler.Faulted(request, fault);
            return failure;
        }
    }

    private static bool IsUid(string text) => text.Length <= PduLimits.UidBytesMax && !text.AsSpan().ContainsAnyExcept("0123456789.");

    /// <summary>Reads on while an operation runs, so that C-CANCEL, release, abort or a lost peer end it at once.</summary>
    private Cancellation ListenForCancel(DimseMessage message, CancellationToken ct)
    {
        Cancellation cancellation = new(ct);
        reading = ReadNextAsync();
        return cancellation;

        async Task<DimseMessage?> ReadNextAsync()
        {
            try
            {
                DimseMessage? next = await association.ReceiveAsync(Timeout.InfiniteTimeSpan, ct).ConfigureAwait(false);
                if (next is null || (next.Command.CommandField == CommandField.CCancelRq && next.Command.MessageIdBeingRespondedTo == message.Command.MessageId))
                {
                    cancellation.Cancel();
                }

                return next;
            }
            catch (DicomNetworkException)
            {
                cancellation.Cancel();
                throw;
            }
        }
    }

    /// <summary>Cancels one operation; it may be cancelled after its end, by a read that is still under way.</summary>
    private sealed class Cancellation : IDisposable
    {
        private readonly CancellationTokenSource source = new();
        private readonly CancellationTokenRegistration outer;

        public Cancellation(CancellationToken ct) => outer = ct.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), source);

        public CancellationToken Token => source.Token;

        public void Cancel() => source.Cancel();

        public void Dispose() => outer.Dispose();
    }

    /// <summary>How an operation ends: its status, and what a handler that refused adds.</summary>
    private readonly record struct Ending(DimseStatus Status, DimseStatusException? Refusal = null)
    {
        public static implicit operator Ending(DimseStatus status) => new(status);

        /// <summary>The final response to <paramref name="command"/>.</summary>
        public CommandSet Of(CommandSet command) => Refusal is null ? command.Response(Status) : command.Response(Refusal);
    }
}
