namespace DeidCluster.Dicom;

/// <summary>The data set that answers a STOW-RS request (Store Instances Response Module, PS3.18 annex I.2), read and written.</summary>
internal static class StoreAccount
{
    /// <summary>True when <paramref name="dataSet"/> tells of instances, and is no error page that happens to be JSON.</summary>
    public static bool Is(DataSet dataSet) =>
        dataSet.Contains(Tags.ReferencedSOPSequence) || dataSet.Contains(Tags.FailedSOPSequence) || dataSet.Contains(Tags.OtherFailuresSequence);

    /// <summary>
    /// What <paramref name="account"/> says about each of <paramref name="sent"/>. An instance that it does not name is unconfirmed after a
    /// success and failed after any other <paramref name="status"/>. A failure outweighs a success for the same instance.
    /// </summary>
    public static StoreOutcome Read(DataSet? account, IReadOnlyList<OutgoingInstance> sent, int status)
    {
        Dictionary<string, StoredInstance> named = new(StringComparer.Ordinal);
        List<DimseStatus> others = [];
        foreach (DataSet item in account?.Items(Tags.ReferencedSOPSequence) ?? [])
        {
            DimseStatus? remark = Reason(item, Tags.WarningReason);
            Name(named, item, remark is null ? StoreResult.Stored : StoreResult.StoredWithWarning, remark);
        }

        foreach (DataSet item in account?.Items(Tags.FailedSOPSequence) ?? [])
        {
            if (!Name(named, item, StoreResult.Failed, Reason(item, Tags.FailureReason)))
            {
                others.Add(Reason(item, Tags.FailureReason) ?? DimseStatus.ProcessingFailure);
            }
        }

        others.AddRange((account?.Items(Tags.OtherFailuresSequence) ?? []).Select(item => Reason(item, Tags.FailureReason) ?? DimseStatus.ProcessingFailure));
        StoreResult unnamed = status is >= 200 and < 300 ? StoreResult.Unconfirmed : StoreResult.Failed;
        return new StoreOutcome(
            [.. sent.Select(instance => named.GetValueOrDefault(instance.SopInstanceUid) is { } known
                ? known with { SopClassUid = instance.SopClassUid }
                : new StoredInstance(instance.SopClassUid, instance.SopInstanceUid, unnamed, null))],
            others,
            status);
    }

    /// <summary>The data set that tells <paramref name="instances"/> and <paramref name="others"/>.</summary>
    public static DataSet Write(IReadOnlyList<StoredInstance> instances, IReadOnlyList<DimseStatus> others)
    {
        DataSet account = new();
        account.SetItems(Tags.FailedSOPSequence, [.. instances.Where(instance => instance.Result == StoreResult.Failed).Select(instance =>
            Item(instance, Tags.FailureReason, instance.Reason ?? DimseStatus.ProcessingFailure))]);
        account.SetItems(Tags.ReferencedSOPSequence, [.. instances.Where(instance => instance.Result is StoreResult.Stored or StoreResult.StoredWithWarning).Select(instance => Item(instance, Tags.WarningReason, instance.Reason))]);
        if (others.Count > 0)
        {
            account.SetItems(Tags.OtherFailuresSequence, [.. others.Select(reason =>
            {
                DataSet item = new();
                item.SetUshort(Tags.FailureReason, reason.Code);
                return item;
            })]);
        }

        return account;
    }

    private static DataSet Item(StoredInstance instance, Tag reasonTag, DimseStatus? reason)
    {
        DataSet item = new();
        item.SetString(Tags.ReferencedSOPClassUID, instance.SopClassUid);
        item.SetString(Tags.ReferencedSOPInstanceUID, instance.SopInstanceUid);
        if (reason is DimseStatus code)
        {
            item.SetUshort(reasonTag, code.Code);
        }

        return item;
    }

    private static bool Name(Dictionary<string, StoredInstance> named, DataSet item, StoreResult result, DimseStatus? reason)
    {
        if (item.GetString(Tags.ReferencedSOPInstanceUID) is not string uid)
        {
            return false;
        }

        named[uid] = new StoredInstance(item.GetString(Tags.ReferencedSOPClassUID) ?? "", uid, result, reason);
        return true;
    }

    private static DimseStatus? Reason(DataSet item, Tag tag) => item.GetInt(tag) is int code and > 0 and <= ushort.MaxValue ? new DimseStatus((ushort)code) : null;
}
