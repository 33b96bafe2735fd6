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

    /// <summary>The one read that is under way or done and not yet taken; it may begin while an operation runs.</summary>
    private Task<DimseMessage?>? reading;

    /// <summary>Serves until the association ends; throws when it did not end in good order.</summary>
    public async Task ServeAsync(CancellationToken ct)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            while (await NextAsync(ending.Token).ConfigureAwait(false) is DimseMessage message)
            {
                await (message.Command.CommandField == CommandField.CStoreRq && association.Terms.Window.InvokedMax > 1
                    ? OverlapAsync(message, ending)
                    : ServeAsync(message, ending.Token)).ConfigureAwait(false);
            }

            await Task.WhenAll(storing).ConfigureAwait(false);
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
            await association.AbortAsync().ConfigureAwait(false);
        }
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

        Task store = StoreAsync();
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
        command.Required(command.CommandField == CommandField.CCancelRq ? command.MessageIdBeingRespondedTo : command.MessageId);
        switch (command.CommandField)
        {
            case CommandField.CEchoRq:
                await RespondAsync(message, await GuardAsync(() => handler.EchoAsync(request, ct), DimseStatus.ProcessingFailure).ConfigureAwait(false)).ConfigureAwait(false);
                break;
            case CommandField.CStoreRq:
                await StoreAsync(message, ct).ConfigureAwait(false);
                break;
            case CommandField.CFindRq:
                await FindAsync(message, ct).ConfigureAwait(false);
                break;
            case CommandField.CMoveRq:
                await MoveAsync(message, ct).ConfigureAwait(false);
                break;
            case CommandField.CCancelRq:
                break; // it came after the final response (PS3.7 9.3.2.3)
            default:
                await message.DataSet.DrainAsync(ct).ConfigureAwait(false);
                await RespondAsync(message, DimseStatus.UnrecognizedOperation).ConfigureAwait(false);
                break;
        }
    }

    private async Task StoreAsync(DimseMessage message, CancellationToken ct)
    {
        CommandSet command = message.Command;
        MoveOriginator? originator = command.MoveOriginatorAeTitle is string title ? new MoveOriginator(title, command.MoveOriginatorMessageId ?? 0) : null;
        StoreRequest store = new(
            request, command.Required(command.AffectedSopClassUid), command.Required(command.AffectedSopInstanceUid),
            message.Context.TransferSyntax, originator, message.DataSet);
        DimseStatus status = store.SopClassUid != message.Context.AbstractSyntax ? DimseStatus.SopClassNotSupported
            : !IsUid(store.SopInstanceUid) ? DimseStatus.InvalidSopInstance
            : !command.HasDataSet ? DimseStatus.UnableToProcess
            : await GuardAsync(() => handler.StoreAsync(store, ct), DimseStatus.ProcessingFailure).ConfigureAwait(false);
        await message.DataSet.DrainAsync(ct).ConfigureAwait(false);
        await RespondAsync(message, status).ConfigureAwait(false);
    }

    private async Task FindAsync(DimseMessage message, CancellationToken ct)
    {
        TransferSyntax transferSyntax = message.Context.TransferSyntax;
        byte[] identifier = await message.DataSet.ReadAllAsync(ct).ConfigureAwait(false);
        using Cancellation cancellation = ListenForCancel(message, ct);
        DimseStatus status = await GuardAsync(async () =>
        {
            FindRequest find = new(request, message.Context.AbstractSyntax, Identifier.Decode(identifier, transferSyntax));
            await foreach (DataSet match in handler.FindAsync(find, cancellation.Token).WithCancellation(cancellation.Token).ConfigureAwait(false))
            {
                cancellation.Token.ThrowIfCancellationRequested();
                CommandSet response = message.Command.Response(DimseStatus.Pending, hasDataSet: true);
                await association.SendAsync(message.Context.Id, response, Identifier.Encode(match, transferSyntax)).ConfigureAwait(false);
            }

            return DimseStatus.Success;
        }, DimseStatus.UnableToProcess).ConfigureAwait(false);
        await RespondAsync(message, status).ConfigureAwait(false);
    }

    private async Task MoveAsync(DimseMessage message, CancellationToken ct)
    {
        TransferSyntax transferSyntax = message.Context.TransferSyntax;
        byte[] identifier = await message.DataSet.ReadAllAsync(ct).ConfigureAwait(false);
        string destination = message.Command.Required(message.Command.MoveDestination);
        MoveOriginator originator = new(request.CallingAeTitle, message.Command.Required(message.Command.MessageId));
        using Cancellation cancellation = ListenForCancel(message, ct);
        MoveSender sender = new(options, destination, originator);
        DimseStatus status = await GuardAsync(async () =>
        {
            MoveRequest move = new(request, message.Context.AbstractSyntax, Identifier.Decode(identifier, transferSyntax), destination);
            MovePlan plan = await handler.MoveAsync(move, cancellation.Token).ConfigureAwait(false);
            return await sender.SendAsync(plan, ReportAsync, fault => handler.Faulted(request, fault), cancellation.Token).ConfigureAwait(false);
        }, DimseStatus.UnableToProcess).ConfigureAwait(false);

        DataSet failed = new();
        failed.SetString(Tags.FailedSOPInstanceUIDList, [.. sender.FailedSopInstanceUids]);
        bool hasDataSet = sender.FailedSopInstanceUids.Count > 0;
        CommandSet response = WithCounts(message.Command, status, sender.Counts, hasDataSet);
        await association.SendAsync(message.Context.Id, response, hasDataSet ? Identifier.Encode(failed, transferSyntax) : default).ConfigureAwait(false);

        ValueTask ReportAsync(SubOperations counts) =>
            association.SendAsync(message.Context.Id, WithCounts(message.Command, DimseStatus.Pending, counts, hasDataSet: false), default);
    }

    private ValueTask RespondAsync(DimseMessage message, DimseStatus status) =>
        association.SendAsync(message.Context.Id, message.Command.Response(status), default);

    /// <summary>Runs a handler's work: what it throws becomes a status, unless the association itself is what failed.</summary>
    private async ValueTask<DimseStatus> GuardAsync(Func<ValueTask<DimseStatus>> work, DimseStatus failure)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (DimseStatusException refusal)
        {
            return refusal.Status;
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

    private static CommandSet WithCounts(CommandSet command, DimseStatus status, SubOperations counts, bool hasDataSet) =>
        new(CommandField.CMoveRsp)
        {
            AffectedSopClassUid = command.AffectedSopClassUid,
            MessageIdBeingRespondedTo = command.MessageId,
            HasDataSet = hasDataSet,
            Status = status,
            // Remaining stands in pending and cancel responses only (PS3.4 C.4.2.1.6).
            NumberOfRemainingSuboperations = status.Class is DimseStatusClass.Pending or DimseStatusClass.Cancel ? Count(counts.Remaining) : null,
            NumberOfCompletedSuboperations = Count(counts.Completed),
            NumberOfFailedSuboperations = Count(counts.Failed),
            NumberOfWarningSuboperations = Count(counts.Warning),
        };

    private static ushort Count(int number) => (ushort)Math.Min(number, ushort.MaxValue);

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
}
