namespace DeidCluster.Dicom;

/// <summary>A SOP instance by its class and UID (PS3.3 table 10-11).</summary>
/// <param name="SopClassUid">Referenced SOP Class UID.</param>
/// <param name="SopInstanceUid">Referenced SOP Instance UID.</param>
public sealed record SopReference(string SopClassUid, string SopInstanceUid)
{
    internal DataSet ToItem()
    {
        DataSet item = new();
        item.SetString(Tags.ReferencedSOPClassUID, SopClassUid);
        item.SetString(Tags.ReferencedSOPInstanceUID, SopInstanceUid);
        return item;
    }

    internal static SopReference? From(DataSet item) =>
        item.GetString(Tags.ReferencedSOPClassUID) is string sopClass && item.GetString(Tags.ReferencedSOPInstanceUID) is string instance ? new SopReference(sopClass, instance) : null;
}

/// <summary>An instance for whose safekeeping the archive does not vouch.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Reason">Failure Reason (PS3.3 C.14.1.1): 0110, 0112, 0119, 0122, 0131 or 0213.</param>
public sealed record CommitmentFailure(SopReference Instance, DimseStatus Reason);

/// <summary>What a user asks an archive to vouch for: the data set of N-ACTION (PS3.4 J.3.2.1).</summary>
/// <param name="TransactionUid">The request's own UID, by which its result is known.</param>
/// <param name="Instances">The instances.</param>
public sealed record CommitmentRequest(string TransactionUid, IReadOnlyList<SopReference> Instances)
{
    /// <summary>Action type "Request Storage Commitment".</summary>
    public const ushort ActionTypeId = 1;

    /// <summary>Instances of one request. A longer one is refused, as a resource limitation.</summary>
    public const int InstancesMax = 100_000;

    internal DataSet ToDataSet()
    {
        DataSet action = new();
        action.SetString(Tags.TransactionUID, TransactionUid);
        action.SetItems(Tags.ReferencedSOPSequence, [.. Instances.Select(instance => instance.ToItem())]);
        return action;
    }

    /// <summary>Reads what was asked; what cannot be answered is a <see cref="DimseStatusException"/> with the status of PS3.4 J.3.2.1.4.</summary>
    internal static CommitmentRequest Read(CommandSet command, DataSet? action)
    {
        if (command.RequestedSopClassUid != Uids.StorageCommitmentPushModel)
        {
            throw new DimseStatusException("N-ACTION", DimseStatus.SopClassNotSupported);
        }

        if (command.RequestedSopInstanceUid != Uids.StorageCommitmentPushModelSopInstance)
        {
            throw new DimseStatusException("N-ACTION", DimseStatus.NoSuchSopInstance);
        }

        if (command.ActionTypeId != ActionTypeId)
        {
            throw new DimseStatusException("N-ACTION", DimseStatus.NoSuchAction);
        }

        if (action?.GetString(Tags.TransactionUID) is not string transaction)
        {
            throw Invalid(Tags.TransactionUID);
        }

        IReadOnlyList<DataSet> items = action.Items(Tags.ReferencedSOPSequence);
        if (items.Count > InstancesMax)
        {
            throw new DimseStatusException("N-ACTION", DimseStatus.ResourceLimitation);
        }

        List<SopReference> instances = [.. items.Select(SopReference.From).OfType<SopReference>()];
        return instances.Count == items.Count && instances.Count > 0 ? new CommitmentRequest(transaction, instances) : throw Invalid(Tags.ReferencedSOPSequence);
    }

    private static DimseStatusException Invalid(Tag offending) =>
        new("N-ACTION", DimseStatus.InvalidArgumentValue) { OffendingElements = [offending], ErrorComment = "a value is missing" };
}

/// <summary>What an archive vouches for and what not: the data set of N-EVENT-REPORT (PS3.4 J.3.3.1).</summary>
/// <param name="TransactionUid">The request that it answers.</param>
/// <param name="Committed">What is safe.</param>
/// <param name="Failed">What is not, and why.</param>
public sealed record CommitmentResult(string TransactionUid, IReadOnlyList<SopReference> Committed, IReadOnlyList<CommitmentFailure> Failed)
{
    private const ushort EverythingCommitted = 1;
    private const ushort FailuresExist = 2;

    /// <summary>The AE title from which all of it can be retrieved, when the archive says so.</summary>
    public string? RetrieveAeTitle { get; init; }

    /// <summary>The result in which every instance of <paramref name="request"/> failed for one reason.</summary>
    public static CommitmentResult AllFailed(CommitmentRequest request, DimseStatus reason) =>
        new(request.TransactionUid, [], [.. request.Instances.Select(instance => new CommitmentFailure(instance, reason))]);

    /// <summary>The N-EVENT-REPORT request that carries this.</summary>
    internal CommandSet Report(ushort messageId) => new(CommandField.NEventReportRq)
    {
        AffectedSopClassUid = Uids.StorageCommitmentPushModel,
        MessageId = messageId,
        HasDataSet = true,
        AffectedSopInstanceUid = Uids.StorageCommitmentPushModelSopInstance,
        EventTypeId = Failed.Count == 0 ? EverythingCommitted : FailuresExist,
    };

    internal DataSet ToDataSet()
    {
        DataSet report = new();
        if (RetrieveAeTitle is not null)
        {
            report.SetString(Tags.RetrieveAETitle, RetrieveAeTitle);
        }

        report.SetString(Tags.TransactionUID, TransactionUid);
        if (Failed.Count > 0)
        {
            report.SetItems(Tags.FailedSOPSequence, [.. Failed.Select(failure =>
            {
                DataSet item = failure.Instance.ToItem();
                item.SetUshort(Tags.FailureReason, failure.Reason.Code);
                return item;
            })]);
        }

        if (Committed.Count > 0)
        {
            report.SetItems(Tags.ReferencedSOPSequence, [.. Committed.Select(instance => instance.ToItem())]);
        }

        return report;
    }

    /// <summary>Reads a report; what is none is a <see cref="DimseStatusException"/>.</summary>
    internal static CommitmentResult Read(ushort? eventTypeId, DataSet? report)
    {
        if (eventTypeId is not (EverythingCommitted or FailuresExist))
        {
            throw new DimseStatusException("N-EVENT-REPORT", DimseStatus.NoSuchEventType);
        }

        if (report?.GetString(Tags.TransactionUID) is not string transaction)
        {
            throw new DimseStatusException("N-EVENT-REPORT", DimseStatus.InvalidArgumentValue) { OffendingElements = [Tags.TransactionUID] };
        }

        return new CommitmentResult(
            transaction,
            [.. report.Items(Tags.ReferencedSOPSequence).Select(SopReference.From).OfType<SopReference>()],
            [.. report.Items(Tags.FailedSOPSequence).Select(item => SopReference.From(item) is SopReference instance
                ? new CommitmentFailure(instance, new DimseStatus((ushort)(item.GetInt(Tags.FailureReason) ?? DimseStatus.ProcessingFailure.Code)))
                : null).OfType<CommitmentFailure>()])
        {
            RetrieveAeTitle = report.GetString(Tags.RetrieveAETitle),
        };
    }
}

/// <summary>A request for storage commitment that a provider received.</summary>
/// <param name="Association">Who asks.</param>
/// <param name="Request">What for.</param>
public sealed record CommitmentRequested(AssociationRequest Association, CommitmentRequest Request);

/// <summary>What a provider says to a <see cref="CommitmentRequested"/>.</summary>
/// <param name="Result">What is safe and what not.</param>
/// <param name="ReportTo">Where the user listens, for the report when its association has ended; null reports on that association or not at all.</param>
public sealed record CommitmentAnswer(CommitmentResult Result, (string Host, int Port)? ReportTo = null);
