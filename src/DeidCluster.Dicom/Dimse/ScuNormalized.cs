namespace DeidCluster.Dicom;

/// <summary>How an operation of the normalized services ended (PS3.7 10.1).</summary>
/// <param name="Status">The status.</param>
/// <param name="DataSet">The data set of the response; null when there is none.</param>
/// <param name="AffectedSopInstanceUid">The SOP instance, as the peer names it; after an N-CREATE, the new one.</param>
public sealed record NormalizedOutcome(DimseStatus Status, DataSet? DataSet, string? AffectedSopInstanceUid)
{
    /// <summary>Where the peer found a fault.</summary>
    public IReadOnlyList<Tag> OffendingElements { get; init; } = [];
}

/// <content>The normalized services (PS3.7 10.1), and storage commitment as their user (PS3.4 J).</content>
public sealed partial class ScuAssociation
{
    /// <summary>N-EVENT-REPORT (PS3.7 10.1.1), in the provider's role.</summary>
    public Task<NormalizedOutcome> EventReportAsync(string sopClassUid, string sopInstanceUid, ushort eventTypeId, DataSet? information, CancellationToken ct) =>
        NormalizedAsync(Context(sopClassUid, RequestorRoles.Scp), information, id => new CommandSet(CommandField.NEventReportRq)
        {
            AffectedSopClassUid = sopClassUid,
            MessageId = id,
            HasDataSet = information is not null,
            AffectedSopInstanceUid = sopInstanceUid,
            EventTypeId = eventTypeId,
        }, ct);

    /// <summary>N-GET (PS3.7 10.1.2): the values of <paramref name="attributes"/>, or of all when there are none.</summary>
    public Task<NormalizedOutcome> GetAttributesAsync(string sopClassUid, string sopInstanceUid, IReadOnlyList<Tag> attributes, CancellationToken ct) =>
        NormalizedAsync(Context(sopClassUid), dataSet: null, id => new CommandSet(CommandField.NGetRq)
        {
            RequestedSopClassUid = sopClassUid,
            MessageId = id,
            HasDataSet = false,
            RequestedSopInstanceUid = sopInstanceUid,
            AttributeIdentifierList = attributes,
        }, ct);

    /// <summary>N-SET (PS3.7 10.1.3).</summary>
    public Task<NormalizedOutcome> SetAttributesAsync(string sopClassUid, string sopInstanceUid, DataSet modifications, CancellationToken ct) =>
        NormalizedAsync(Context(sopClassUid), modifications, id => new CommandSet(CommandField.NSetRq)
        {
            RequestedSopClassUid = sopClassUid,
            MessageId = id,
            HasDataSet = true,
            RequestedSopInstanceUid = sopInstanceUid,
        }, ct);

    /// <summary>N-ACTION (PS3.7 10.1.4).</summary>
    public Task<NormalizedOutcome> ActionAsync(string sopClassUid, string sopInstanceUid, ushort actionTypeId, DataSet? information, CancellationToken ct) =>
        NormalizedAsync(Context(sopClassUid), information, id => new CommandSet(CommandField.NActionRq)
        {
            RequestedSopClassUid = sopClassUid,
            MessageId = id,
            HasDataSet = information is not null,
            RequestedSopInstanceUid = sopInstanceUid,
            ActionTypeId = actionTypeId,
        }, ct);

    /// <summary>N-CREATE (PS3.7 10.1.5); without <paramref name="sopInstanceUid"/> the provider gives one.</summary>
    public Task<NormalizedOutcome> CreateAsync(string sopClassUid, string? sopInstanceUid, DataSet? attributes, CancellationToken ct) =>
        NormalizedAsync(Context(sopClassUid), attributes, id => new CommandSet(CommandField.NCreateRq)
        {
            AffectedSopClassUid = sopClassUid,
            MessageId = id,
            HasDataSet = attributes is not null,
            AffectedSopInstanceUid = sopInstanceUid,
        }, ct);

    /// <summary>N-DELETE (PS3.7 10.1.6).</summary>
    public Task<NormalizedOutcome> DeleteAsync(string sopClassUid, string sopInstanceUid, CancellationToken ct) =>
        NormalizedAsync(Context(sopClassUid), dataSet: null, id => new CommandSet(CommandField.NDeleteRq)
        {
            RequestedSopClassUid = sopClassUid,
            MessageId = id,
            HasDataSet = false,
            RequestedSopInstanceUid = sopInstanceUid,
        }, ct);

    /// <summary>
    /// Asks the archive to vouch for what <paramref name="request"/> names (PS3.4 J.3.2); the status of the request, which is no commitment yet. The
    /// result comes here, see <see cref="AwaitCommitmentAsync"/>, or on an association of the archive's, see <see cref="CommitmentReports"/>.
    /// </summary>
    public Task<NormalizedOutcome> RequestCommitmentAsync(CommitmentRequest request, CancellationToken ct) => ActionAsync(
        Uids.StorageCommitmentPushModel, Uids.StorageCommitmentPushModelSopInstance, CommitmentRequest.ActionTypeId, request.ToDataSet(), ct);

    /// <summary>
    /// Waits on this association for the report of <paramref name="transactionUid"/> and answers it; at most <paramref name="wait"/>, after
    /// which the association is over and a <see cref="DicomNetworkException"/> tells so.
    /// </summary>
    public async Task<CommitmentResult> AwaitCommitmentAsync(string transactionUid, TimeSpan wait, CancellationToken ct)
    {
        Begin();
        try
        {
            while (true)
            {
                if (earlyReports.Remove(transactionUid, out CommitmentResult? early))
                {
                    return early;
                }

                DimseMessage message = await ReceiveAsync(wait, ct).ConfigureAwait(false);
                if (message.Command.CommandField != CommandField.NEventReportRq)
                {
                    throw await association.BrokenAsync(AbortReason.NotSpecified, $"sent {message.Command} instead of a report").ConfigureAwait(false);
                }

                await TakeReportAsync(message, ct).ConfigureAwait(false);
            }
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

    /// <summary>Reports a result, in the provider's role, on an association that we opened for it (PS3.4 J.3.3).</summary>
    public Task<NormalizedOutcome> ReportCommitmentAsync(CommitmentResult result, CancellationToken ct) => NormalizedAsync(
        Context(Uids.StorageCommitmentPushModel, RequestorRoles.Scp), result.ToDataSet(), result.Report, ct);

    private async Task<NormalizedOutcome> NormalizedAsync(AcceptedContext context, DataSet? dataSet, Func<ushort, CommandSet> request, CancellationToken ct)
    {
        ushort id = Begin();
        try
        {
            CommandSet command = request(id);
            await association.SendAsync(context.Id, command, dataSet is null ? default : Identifier.Encode(dataSet, context.TransferSyntax)).ConfigureAwait(false);
            CommandField expected = (CommandField)((ushort)command.CommandField | 0x8000);
            while (true)
            {
                DimseMessage message = await ReceiveAsync(options.ResponseTimeout, ct).ConfigureAwait(false);
                if (message.Command.CommandField == CommandField.NEventReportRq)
                {
                    await TakeReportAsync(message, ct).ConfigureAwait(false); // a result may overtake the answer to its request
                    continue;
                }

                if (message.Command.CommandField != expected || message.Command.MessageIdBeingRespondedTo != id || message.Command.Status is not DimseStatus status)
                {
                    throw await association.BrokenAsync(AbortReason.NotSpecified, $"answered {message.Command} instead of {expected} {id}").ConfigureAwait(false);
                }

                DataSet? answer = message.Command.HasDataSet ? await ReadIdentifierAsync(message, ct).ConfigureAwait(false) : null;
                return new NormalizedOutcome(status, answer, message.Command.AffectedSopInstanceUid) { OffendingElements = message.Command.OffendingElements };
            }
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

    private async Task TakeReportAsync(DimseMessage message, CancellationToken ct)
    {
        DataSet? report = message.Command.HasDataSet ? await ReadIdentifierAsync(message, ct).ConfigureAwait(false) : null;
        CommandSet response;
        try
        {
            CommitmentResult result = CommitmentResult.Read(message.Command.EventTypeId, report);
            earlyReports[result.TransactionUid] = result;
            response = message.Command.Response(DimseStatus.Success);
        }
        catch (DimseStatusException refusal)
        {
            response = message.Command.Response(refusal);
        }

        await association.SendAsync(message.Context.Id, response, default).ConfigureAwait(false);
    }

    private AcceptedContext Context(string sopClassUid, RequestorRoles role) =>
        Contexts.FirstOrDefault(context => context.AbstractSyntax == sopClassUid && context.Roles.HasFlag(role)) ?? throw new DicomNetworkException(
            NetworkFault.PresentationContextRefused, $"{association.Peer} did not accept {sopClassUid} with the role {role}");
}
