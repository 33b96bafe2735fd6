namespace DeidCluster.Dicom;

/// <content>C-MOVE and C-GET (PS3.7 9.3.3, 9.3.4): sub-operations to another association, or on this one.</content>
internal sealed partial class ScpAssociation
{
    private async Task MoveAsync(DimseMessage message, CancellationToken ct)
    {
        byte[] identifier = await message.DataSet.ReadAllAsync(ct).ConfigureAwait(false);
        if (!IsFor(message))
        {
            await RespondAsync(message, DimseStatus.SopClassNotSupported).ConfigureAwait(false);
            return;
        }

        string destination = message.Command.Required(message.Command.MoveDestination);
        MoveOriginator originator = new(request.CallingAeTitle, message.Command.Required(message.Command.MessageId));
        RetrieveTally tally = new();
        using Cancellation cancellation = ListenForCancel(message, ct);
        Ending ending = await GuardAsync(async () =>
        {
            MoveRequest move = new(request, message.Context.AbstractSyntax, Identifier.Decode(identifier, message.Context.TransferSyntax), destination);
            MovePlan plan = await handler.MoveAsync(move, cancellation.Token).ConfigureAwait(false);
            MoveSender sender = new(options, destination, originator, plan, () => ReportAsync(message, tally), fault => handler.Faulted(request, fault));
            tally = sender.Tally;
            return await ReportingAsync(message, tally, sender.SendAsync(cancellation.Token)).ConfigureAwait(false);
        }, DimseStatus.UnableToProcess).ConfigureAwait(false);
        await EndRetrieveAsync(message, ending, tally).ConfigureAwait(false);
    }

    private async Task GetAsync(DimseMessage message, CancellationToken ct)
    {
        byte[] identifier = await message.DataSet.ReadAllAsync(ct).ConfigureAwait(false);
        if (!IsFor(message))
        {
            await RespondAsync(message, DimseStatus.SopClassNotSupported).ConfigureAwait(false);
            return;
        }

        RetrieveTally tally = new();
        Ending ending = await GuardAsync(async () =>
        {
            GetRequest get = new(request, message.Context.AbstractSyntax, Identifier.Decode(identifier, message.Context.TransferSyntax));
            IReadOnlyList<RetrieveInstance> instances = await handler.GetAsync(get, ct).ConfigureAwait(false);
            tally.Begin(instances.Count);
            foreach (RetrieveInstance instance in instances)
            {
                (DimseStatusClass how, bool isCancelled) = await SendBackAsync(message, instance, ct).ConfigureAwait(false);
                tally.End(instance, how);
                if (isCancelled)
                {
                    return DimseStatus.Cancel;
                }

                await ReportAsync(message, tally).ConfigureAwait(false);
            }

            return tally.Status;
        }, DimseStatus.UnableToProcess).ConfigureAwait(false);
        await EndRetrieveAsync(message, ending, tally).ConfigureAwait(false);
    }

    /// <summary>One C-STORE sub-operation on the peer's own association: how it ended, and whether the peer cancelled meanwhile.</summary>
    private async Task<(DimseStatusClass How, bool IsCancelled)> SendBackAsync(DimseMessage get, RetrieveInstance instance, CancellationToken ct)
    {
        AcceptedContext? context = instance.TransferSyntaxes
            .Select(syntax => association.Contexts.FirstOrDefault(context => context.AbstractSyntax == instance.SopClassUid
                && context.Roles.HasFlag(RequestorRoles.Scp) && context.TransferSyntax.Uid == syntax.Uid))
            .FirstOrDefault(context => context is not null);
        if (context is null)
        {
            return (DimseStatusClass.Failure, false);
        }

        CommandSet store = new(CommandField.CStoreRq)
        {
            AffectedSopClassUid = instance.SopClassUid,
            MessageId = NextMessageId(),
            Priority = 0,
            HasDataSet = true,
            AffectedSopInstanceUid = instance.SopInstanceUid,
        };
        Stream dataSet;
        try
        {
            dataSet = instance.Open(context.TransferSyntax);
        }
        catch (Exception fault) when (fault is IOException or DicomFormatException)
        {
            handler.Faulted(request, fault);
            return (DimseStatusClass.Failure, false);
        }

        await using (dataSet.ConfigureAwait(false))
        {
            try
            {
                await association.SendAsync(context.Id, store, dataSet, dataSet.Length - dataSet.Position, ct).ConfigureAwait(false);
            }
            catch (IOException fault)
            {
                // Half a message is on the wire.
                throw new DicomNetworkException(NetworkFault.Closed, $"an instance for {association.Peer} could not be read to its end", fault);
            }
        }

        return await StoredAsync(get, store.Required(store.MessageId), ct).ConfigureAwait(false);
    }

    /// <summary>Waits for the response to our C-STORE; a cancel request of the C-GET may come before it (PS3.7 9.3.3.3).</summary>
    private async Task<(DimseStatusClass How, bool IsCancelled)> StoredAsync(DimseMessage get, ushort id, CancellationToken ct)
    {
        bool isCancelled = false;
        while (true)
        {
            DimseMessage next = await association.ReceiveAsync(options.DataTimeout, ct).ConfigureAwait(false)
                ?? throw new DicomNetworkException(NetworkFault.Closed, $"{association.Peer} released the association within its C-GET");
            await next.DataSet.DrainAsync(ct).ConfigureAwait(false);
            CommandSet command = next.Command;
            if (command.CommandField == CommandField.CStoreRsp && command.MessageIdBeingRespondedTo == id && command.Status is DimseStatus status)
            {
                return (status.Class, isCancelled);
            }

            if (command.CommandField != CommandField.CCancelRq)
            {
                throw await association.BrokenAsync(AbortReason.NotSpecified, $"sent {command} within its C-GET").ConfigureAwait(false);
            }

            isCancelled |= command.MessageIdBeingRespondedTo == get.Command.MessageId;
        }
    }

    /// <summary>Runs <paramref name="sending"/> and tells the peer that it goes on, so that one slow instance does not look like silence.</summary>
    private async ValueTask<DimseStatus> ReportingAsync(DimseMessage message, RetrieveTally tally, ValueTask<DimseStatus> sending)
    {
        Task<DimseStatus> work = sending.AsTask();
        while (true)
        {
            try
            {
                return await work.WaitAsync(options.PendingInterval, options.Clock).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!work.IsCompleted)
            {
                await ReportAsync(message, tally).ConfigureAwait(false);
            }
        }
    }

    private ValueTask ReportAsync(DimseMessage message, RetrieveTally tally) =>
        association.SendAsync(message.Context.Id, Counted(message.Command, DimseStatus.Pending, tally.Counts, hasDataSet: false), default);

    private async Task EndRetrieveAsync(DimseMessage message, Ending ending, RetrieveTally tally)
    {
        IReadOnlyList<string> failed = tally.FailedSopInstanceUids;
        if (ending.Refusal is not null)
        {
            await RespondAsync(message, ending).ConfigureAwait(false);
            return;
        }

        DataSet list = new();
        list.SetString(Tags.FailedSOPInstanceUIDList, [.. failed]);
        await association.SendAsync(
            message.Context.Id, Counted(message.Command, ending.Status, tally.Counts, hasDataSet: failed.Count > 0),
            failed.Count > 0 ? Identifier.Encode(list, message.Context.TransferSyntax) : default).ConfigureAwait(false);
    }

    private static CommandSet Counted(CommandSet command, DimseStatus status, SubOperations counts, bool hasDataSet) =>
        new((CommandField)((ushort)command.CommandField | 0x8000))
        {
            AffectedSopClassUid = command.AffectedSopClassUid,
            MessageIdBeingRespondedTo = command.MessageId,
            HasDataSet = hasDataSet,
            Status = status,
            // Remaining stands in pending and cancel responses only (PS3.4 C.4.2.1.6, C.4.3.1.5).
            NumberOfRemainingSuboperations = status.Class is DimseStatusClass.Pending or DimseStatusClass.Cancel ? Count(counts.Remaining) : null,
            NumberOfCompletedSuboperations = Count(counts.Completed),
            NumberOfFailedSuboperations = Count(counts.Failed),
            NumberOfWarningSuboperations = Count(counts.Warning),
        };

    private static ushort Count(int number) => (ushort)Math.Min(number, ushort.MaxValue);

    private ushort NextMessageId() => (ushort)(Interlocked.Increment(ref messageId) % ushort.MaxValue + 1);
}
