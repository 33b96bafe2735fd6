using System.Net;

namespace DeidCluster.Dicom;

/// <content>C-GET (PS3.7 9.1.3): the instances come on the association that asks for them.</content>
public sealed partial class ScuAssociation
{
    /// <summary>
    /// C-GET: each instance is handed to <paramref name="store"/>, which reads its data set to the end and answers once it is safe; its answer
    /// goes to the archive. The association needs contexts with the SCP role, see <see cref="GetContexts"/>. The outcome carries every
    /// final status, failures too. Cancellation sends C-CANCEL before it throws.
    /// </summary>
    public async Task<RetrieveOutcome> GetAsync(
        string sopClassUid, DataSet identifier, Func<StoreRequest, CancellationToken, ValueTask<DimseStatus>> store, IProgress<SubOperations>? progress, CancellationToken ct)
    {
        AcceptedContext context = Context(sopClassUid);
        byte[] keys = Identifier.Encode(identifier, context.TransferSyntax);
        ushort id = Begin();
        CommandSet request = new(CommandField.CGetRq) { AffectedSopClassUid = sopClassUid, MessageId = id, Priority = 0, HasDataSet = true };
        bool ended = false;
        DimseMessage? interrupted = null;
        try
        {
            await association.SendAsync(context.Id, request, keys).ConfigureAwait(false);
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                DimseMessage message = await ReceiveAsync(options.ResponseTimeout, ct).ConfigureAwait(false);
                if (message.Command.CommandField == CommandField.CStoreRq)
                {
                    interrupted = message;
                    await StoreOneAsync(message, store, ct).ConfigureAwait(false);
                    interrupted = null;
                }
                else if (await RetrieveEndAsync(message, CommandField.CGetRsp, id, progress, ct).ConfigureAwait(false) is RetrieveOutcome outcome)
                {
                    ended = true;
                    return outcome;
                }
            }
        }
        finally
        {
            if (!ended && usable)
            {
                await CancelGetAsync(context.Id, id, interrupted).ConfigureAwait(false);
            }

            End();
        }
    }

    /// <summary>Takes one sub-operation. A store that fails with an I/O error is answered as out of resources and the C-GET goes on; anything else ends it.</summary>
    private async Task StoreOneAsync(DimseMessage message, Func<StoreRequest, CancellationToken, ValueTask<DimseStatus>> store, CancellationToken ct)
    {
        CommandSet command = message.Command;
        if (!message.Context.Roles.HasFlag(RequestorRoles.Scp) || command.AffectedSopClassUid != message.Context.AbstractSyntax
            || string.IsNullOrEmpty(command.AffectedSopInstanceUid) || command.MessageId is null || !command.HasDataSet)
        {
            throw await association.BrokenAsync(AbortReason.NotSpecified, "sent a C-STORE request that does not belong to its presentation context").ConfigureAwait(false);
        }

        DimseStatus status;
        try
        {
            status = await store(new StoreRequest(
                Sender(), command.AffectedSopClassUid, command.AffectedSopInstanceUid, message.Context.TransferSyntax, MoveOriginator: null, message.DataSet), ct).ConfigureAwait(false);
        }
        catch (DimseStatusException refusal)
        {
            status = refusal.Status;
        }
        catch (IOException)
        {
            status = DimseStatus.OutOfResources;
        }

        await message.DataSet.DrainAsync(ct).ConfigureAwait(false);
        await association.SendAsync(message.Context.Id, command.Response(status), default).ConfigureAwait(false);
    }

    /// <summary>Asks the peer to stop, refuses what it still sends, and waits for its final response; a peer that goes on is aborted (PS3.7 9.3.3.3).</summary>
    private async Task CancelGetAsync(byte contextId, ushort id, DimseMessage? interrupted)
    {
        using CancellationTokenSource deadline = new(options.CancelTimeout, options.Clock);
        try
        {
            await association.SendAsync(contextId, new CommandSet(CommandField.CCancelRq) { MessageIdBeingRespondedTo = id, HasDataSet = false }, default).ConfigureAwait(false);
            DimseMessage? message = interrupted;
            do
            {
                message ??= await ReceiveAsync(options.CancelTimeout, deadline.Token).ConfigureAwait(false);
                if (message.Command.CommandField == CommandField.CStoreRq)
                {
                    await StoreOneAsync(message, (_, _) => ValueTask.FromResult(DimseStatus.OutOfResources), deadline.Token).ConfigureAwait(false);
                }
                else if (await RetrieveEndAsync(message, CommandField.CGetRsp, id, progress: null, deadline.Token).ConfigureAwait(false) is not null)
                {
                    return;
                }

                message = null;
            }
            while (true);
        }
        catch (Exception fault) when (fault is DicomNetworkException or OperationCanceledException)
        {
            await AbortAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Reads a response of a C-MOVE or C-GET; its outcome when it is the final one.</summary>
    private async Task<RetrieveOutcome?> RetrieveEndAsync(DimseMessage message, CommandField expected, ushort id, IProgress<SubOperations>? progress, CancellationToken ct)
    {
        CommandSet command = message.Command;
        if (command.CommandField != expected || command.MessageIdBeingRespondedTo != id || command.Status is not DimseStatus status)
        {
            throw await association.BrokenAsync(AbortReason.NotSpecified, $"answered {command} instead of {expected} {id}").ConfigureAwait(false);
        }

        if (status.Class == DimseStatusClass.Pending)
        {
            await message.DataSet.DrainAsync(ct).ConfigureAwait(false);
            progress?.Report(Counts(command));
            return null;
        }

        IReadOnlyList<string> failed = await ReadFailedAsync(message, ct).ConfigureAwait(false);
        return new RetrieveOutcome(status, Counts(command), failed) { ErrorComment = command.ErrorComment };
    }

    /// <summary>The archive as the sender of an instance.</summary>
    private AssociationRequest Sender() => new(
        options.CalledAeTitle, options.CallingAeTitle, new IPEndPoint(IPAddress.TryParse(options.Host, out IPAddress? address) ? address : IPAddress.None, options.Port),
        PresentationContexts: [], PeerImplementation.VersionName);
}
