namespace DeidCluster.Dicom;

/// <content>The normalized services (PS3.7 10.1) and the provider of storage commitment (PS3.4 J).</content>
internal sealed partial class ScpAssociation
{
    /// <summary>How long after the result of a commitment a user that wants to release gets the time to do so; the report goes on its association otherwise.</summary>
    private static readonly TimeSpan ReleaseGrace = TimeSpan.FromMilliseconds(500);

    private async Task NormalizedAsync(DimseMessage message, CancellationToken ct)
    {
        CommandSet command = message.Command;
        DataSet? dataSet = await ReadDataSetAsync(message, ct).ConfigureAwait(false);
        NormalizedAnswer answer = new(DimseStatus.SopClassNotSupported);
        Ending ending = !IsFor(message) ? answer.Status : await GuardAsync(async () =>
        {
            answer = await handler.NormalizedAsync(new NormalizedRequest(
                request, command.CommandField, message.Context.AbstractSyntax, command.RequestedSopInstanceUid ?? command.AffectedSopInstanceUid,
                command.EventTypeId ?? command.ActionTypeId, dataSet, command.AttributeIdentifierList), ct).ConfigureAwait(false);
            return answer.Status;
        }, DimseStatus.ProcessingFailure).ConfigureAwait(false);
        if (ending.Refusal is not null || ending.Status != answer.Status || (answer.DataSet is null && answer.AffectedSopInstanceUid is null))
        {
            await RespondAsync(message, ending).ConfigureAwait(false);
            return;
        }

        CommandSet response = command.Response(answer.Status, hasDataSet: answer.DataSet is not null, answer.AffectedSopInstanceUid);
        await association.SendAsync(
            message.Context.Id, response, answer.DataSet is null ? default : Identifier.Encode(answer.DataSet, message.Context.TransferSyntax)).ConfigureAwait(false);
    }

    /// <summary>N-ACTION of the push model: answered at once when it can be understood; what comes of it is reported when it is known.</summary>
    private async Task CommitAsync(DimseMessage message, CancellationToken ct)
    {
        DataSet? action = await ReadDataSetAsync(message, ct).ConfigureAwait(false);
        CommitmentRequest? asking = null;
        Ending ending = await GuardAsync(() =>
        {
            asking = CommitmentRequest.Read(message.Command, action);
            return ValueTask.FromResult(DimseStatus.Success);
        }, DimseStatus.ProcessingFailure).ConfigureAwait(false);
        await RespondAsync(message, ending).ConfigureAwait(false);
        if (asking is not null)
        {
            reporting.Add(CommitAsync(message.Context, asking));
        }
    }

    private async Task CommitAsync(AcceptedContext context, CommitmentRequest asking)
    {
        await Task.Yield();
        CommitmentAnswer answer = new(CommitmentResult.AllFailed(asking, DimseStatus.ProcessingFailure));
        Ending ending = await GuardAsync(async () =>
        {
            answer = await handler.CommitAsync(new CommitmentRequested(request, asking), cutting).ConfigureAwait(false);
            return DimseStatus.Success;
        }, DimseStatus.ProcessingFailure).ConfigureAwait(false);
        CommitmentResult result = ending.Status == DimseStatus.Success ? answer.Result : CommitmentResult.AllFailed(asking, ending.Status);
        try
        {
            bool isReported = !await IsOverWithinAsync(ReleaseGrace).ConfigureAwait(false) && await ReportHereAsync(context, result).ConfigureAwait(false);
            if (!isReported)
            {
                await ReportBackAsync(answer, result).ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (fault is DicomNetworkException or DimseStatusException or OperationCanceledException)
        {
            handler.Faulted(request, fault);
        }
    }

    /// <summary>Reports on the user's own association; false when that ends before the report is answered.</summary>
    private async Task<bool> ReportHereAsync(AcceptedContext context, CommitmentResult result)
    {
        ushort id = NextMessageId();
        TaskCompletionSource<CommandSet> response = new(TaskCreationOptions.RunContinuationsAsynchronously);
        asked[id] = response;
        try
        {
            await association.SendAsync(context.Id, result.Report(id), Identifier.Encode(result.ToDataSet(), context.TransferSyntax)).ConfigureAwait(false);
        }
        catch (DicomNetworkException)
        {
            return false;
        }

        Task first = await Task.WhenAny(response.Task, over.Task, Task.Delay(options.DataTimeout, options.Clock)).ConfigureAwait(false);
        asked.TryRemove(id, out _);
        return first == response.Task;
    }

    /// <summary>Reports on an association that we open, in which we keep the provider's role (PS3.4 J.3.3, PS3.7 D.3.3.4).</summary>
    private async Task ReportBackAsync(CommitmentAnswer answer, CommitmentResult result)
    {
        if (answer.ReportTo is not (string host, int port))
        {
            throw new DicomNetworkException(NetworkFault.Closed, $"{association.Peer} left before its storage commitment was reported, and where it listens is not known");
        }

        AssociationOptions back = new()
        {
            Host = host,
            Port = port,
            CallingAeTitle = request.CalledAeTitle,
            CalledAeTitle = request.CallingAeTitle,
            PresentationContexts = [ProposedContext.InMemory(Uids.StorageCommitmentPushModel) with { Roles = RequestorRoles.Scp }],
            ResponseTimeout = options.DataTimeout,
            Clock = options.Clock,
        };
        await using ScuAssociation reporter = await ScuAssociation.ConnectAsync(back, cutting).ConfigureAwait(false);
        NormalizedOutcome taken = await reporter.ReportCommitmentAsync(result, cutting).ConfigureAwait(false);
        await reporter.ReleaseAsync(cutting).ConfigureAwait(false);
        if (taken.Status.Class == DimseStatusClass.Failure)
        {
            throw new DimseStatusException("N-EVENT-REPORT", taken.Status);
        }
    }

    private async Task<bool> IsOverWithinAsync(TimeSpan grace)
    {
        await Task.WhenAny(over.Task, Task.Delay(grace, options.Clock)).ConfigureAwait(false);
        return over.Task.IsCompleted;
    }

    private static async Task<DataSet?> ReadDataSetAsync(DimseMessage message, CancellationToken ct) => message.Command.HasDataSet
        ? Identifier.Decode(await message.DataSet.ReadAllAsync(ct).ConfigureAwait(false), message.Context.TransferSyntax)
        : null;
}
