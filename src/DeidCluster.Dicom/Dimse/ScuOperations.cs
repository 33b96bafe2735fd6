using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <content>The operations of PS3.7 9.1: C-ECHO, C-FIND, C-MOVE and C-STORE; C-GET has a file of its own.</content>
public sealed partial class ScuAssociation
{
    /// <summary>C-ECHO (PS3.7 9.1.5).</summary>
    public async Task<DimseStatus> EchoAsync(CancellationToken ct)
    {
        AcceptedContext context = Context(Uids.Verification);
        CommandSet response = await OperateAsync(CommandField.CEchoRsp, id => association.SendAsync(
            context.Id, new(CommandField.CEchoRq) { AffectedSopClassUid = Uids.Verification, MessageId = id, HasDataSet = false }, default), ct).ConfigureAwait(false);
        return response.Required(response.Status);
    }

    /// <summary>
    /// C-FIND (PS3.7 9.1.2): the matches as they come. A final status that is a failure is a <see cref="DimseStatusException"/>. When the
    /// enumeration is abandoned or cancelled, C-CANCEL is sent and the association can be used again if the peer ends the query in time.
    /// </summary>
    public async IAsyncEnumerable<DataSet> FindAsync(string sopClassUid, DataSet identifier, [EnumeratorCancellation] CancellationToken ct)
    {
        AcceptedContext context = Context(sopClassUid);
        byte[] keys = Identifier.Encode(identifier, context.TransferSyntax);
        ushort id = Begin();
        CommandSet request = new(CommandField.CFindRq) { AffectedSopClassUid = sopClassUid, MessageId = id, Priority = 0, HasDataSet = true };
        bool ended = false;
        try
        {
            await association.SendAsync(context.Id, request, keys).ConfigureAwait(false);
            while (true)
            {
                DimseMessage response = await ResponseAsync(CommandField.CFindRsp, id, options.ResponseTimeout, ct).ConfigureAwait(false);
                DimseStatus status = response.Command.Required(response.Command.Status);
                if (status.Class != DimseStatusClass.Pending)
                {
                    await response.DataSet.DrainAsync(ct).ConfigureAwait(false);
                    ended = true;
                    ThrowIfFailed("C-FIND", status);
                    yield break;
                }

                yield return await ReadIdentifierAsync(response, ct).ConfigureAwait(false);
            }
        }
        finally
        {
            await EndAsync(ended, context.Id, CommandField.CFindRsp, id).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// C-MOVE (PS3.7 9.1.4): the peer sends what matches to <paramref name="destinationAeTitle"/>. The outcome carries every final status,
    /// failures too. Cancellation sends C-CANCEL before it throws.
    /// </summary>
    public async Task<RetrieveOutcome> MoveAsync(
        string sopClassUid, DataSet identifier, string destinationAeTitle, IProgress<SubOperations>? progress, CancellationToken ct)
    {
        AcceptedContext context = Context(sopClassUid);
        byte[] keys = Identifier.Encode(identifier, context.TransferSyntax);
        string destination = AeTitle.Checked(destinationAeTitle);
        ushort id = Begin();
        CommandSet request = new(CommandField.CMoveRq)
        {
            AffectedSopClassUid = sopClassUid,
            MessageId = id,
            Priority = 0,
            MoveDestination = destination,
            HasDataSet = true,
        };
        bool ended = false;
        try
        {
            await association.SendAsync(context.Id, request, keys).ConfigureAwait(false);
            while (true)
            {
                DimseMessage response = await ReceiveAsync(options.ResponseTimeout, ct).ConfigureAwait(false);
                if (await RetrieveEndAsync(response, CommandField.CMoveRsp, id, progress, ct).ConfigureAwait(false) is RetrieveOutcome outcome)
                {
                    ended = true;
                    return outcome;
                }
            }
        }
        finally
        {
            await EndAsync(ended, context.Id, CommandField.CMoveRsp, id).ConfigureAwait(false);
        }
    }

    /// <summary>C-STORE (PS3.7 9.1.1) of a data set that is a list of segments, encoded in <paramref name="transferSyntax"/>.</summary>
    public async Task<DimseStatus> StoreAsync(
        string sopClassUid, string sopInstanceUid, TransferSyntax transferSyntax, SegmentList dataSet, CancellationToken ct)
    {
        await using Stream stream = dataSet.OpenRead();
        return await StoreAsync(sopClassUid, sopInstanceUid, transferSyntax, stream, dataSet.Length, originator: null, ct).ConfigureAwait(false);
    }

    /// <summary>
    /// C-STORE (PS3.7 9.1.1) of the next <paramref name="length"/> bytes of <paramref name="dataSet"/>: a data set without file meta
    /// information. A refused presentation context is a <see cref="DicomNetworkException"/> that leaves the association usable.
    /// </summary>
    public async Task<DimseStatus> StoreAsync(
        string sopClassUid, string sopInstanceUid, TransferSyntax transferSyntax, Stream dataSet, long length, MoveOriginator? originator, CancellationToken ct)
    {
        AcceptedContext context = Context(sopClassUid, transferSyntax);
        CommandSet response = await OperateAsync(CommandField.CStoreRsp, id =>
        {
            CommandSet request = new(CommandField.CStoreRq)
            {
                AffectedSopClassUid = sopClassUid,
                MessageId = id,
                Priority = 0,
                HasDataSet = true,
                AffectedSopInstanceUid = sopInstanceUid,
                MoveOriginatorAeTitle = originator?.AeTitle,
                MoveOriginatorMessageId = originator?.MessageId,
            };
            return association.SendAsync(context.Id, request, dataSet, length, ct);
        }, ct).ConfigureAwait(false);
        return response.Required(response.Status);
    }

    private async Task EndAsync(bool ended, byte contextId, CommandField expected, ushort id)
    {
        if (!ended)
        {
            await CancelAsync(contextId, expected, id).ConfigureAwait(false);
        }

        End();
    }

    /// <summary>Asks the peer to stop and waits for its final response; a peer that goes on is aborted (PS3.7 9.3.2.3).</summary>
    private async Task CancelAsync(byte contextId, CommandField expected, ushort id)
    {
        if (!usable)
        {
            return;
        }

        CommandSet cancel = new(CommandField.CCancelRq) { MessageIdBeingRespondedTo = id, HasDataSet = false };
        using CancellationTokenSource deadline = new(options.CancelTimeout, options.Clock);
        try
        {
            await association.SendAsync(contextId, cancel, default).ConfigureAwait(false);
            DimseMessage response;
            do
            {
                response = await ResponseAsync(expected, id, options.CancelTimeout, deadline.Token).ConfigureAwait(false);
                await response.DataSet.DrainAsync(deadline.Token).ConfigureAwait(false);
            }
            while (response.Command.Status?.Class == DimseStatusClass.Pending);
        }
        catch (Exception fault) when (fault is DicomNetworkException or OperationCanceledException)
        {
            await AbortAsync().ConfigureAwait(false);
        }
    }

    private async Task<DataSet> ReadIdentifierAsync(DimseMessage response, CancellationToken ct)
    {
        try
        {
            return Identifier.Decode(await response.DataSet.ReadAllAsync(ct).ConfigureAwait(false), response.Context.TransferSyntax);
        }
        catch (DicomFormatException fault)
        {
            throw await association.BrokenAsync(0, $"answered with a malformed identifier: {fault.Message}", fault).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<string>> ReadFailedAsync(DimseMessage response, CancellationToken ct)
    {
        if (!response.Command.HasDataSet)
        {
            return response.Command.FailedSopInstanceUids;
        }

        DataSet identifier = await ReadIdentifierAsync(response, ct).ConfigureAwait(false);
        return identifier.GetStrings(Tags.FailedSOPInstanceUIDList);
    }

    private static SubOperations Counts(CommandSet response) => new(
        response.NumberOfRemainingSuboperations ?? 0,
        response.NumberOfCompletedSuboperations ?? 0,
        response.NumberOfFailedSuboperations ?? 0,
        response.NumberOfWarningSuboperations ?? 0);

    private static void ThrowIfFailed(string operation, DimseStatus status)
    {
        if (status.Class == DimseStatusClass.Failure)
        {
            throw new DimseStatusException(operation, status);
        }
    }
}
