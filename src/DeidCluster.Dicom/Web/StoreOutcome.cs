namespace DeidCluster.Dicom;

/// <summary>How one instance of a STOW-RS request ended (PS3.18 10.5.3).</summary>
public enum StoreResult
{
    /// <summary>The server named it as stored.</summary>
    Stored,

    /// <summary>The server named it as stored, with a remark.</summary>
    StoredWithWarning,

    /// <summary>The server named it as not stored, or refused the whole request.</summary>
    Failed,

    /// <summary>The server answered success but did not name it: nothing is known. Some servers drop instances this way, so it must not be taken for stored.</summary>
    Unconfirmed,
}

/// <summary>What became of one instance.</summary>
/// <param name="SopClassUid">Its SOP class.</param>
/// <param name="SopInstanceUid">Its UID.</param>
/// <param name="Result">Whether it is stored.</param>
/// <param name="Reason">The server's Failure Reason (0008,1197) or Warning Reason (0008,1196), a DIMSE status (PS3.18 table I.2-1); null when it gave none.</param>
public sealed record StoredInstance(string SopClassUid, string SopInstanceUid, StoreResult Result, DimseStatus? Reason)
{
    /// <summary>Result and reason, no identifier.</summary>
    public override string ToString() => Reason is DimseStatus reason ? $"{Result} ({reason.Code:X4})" : $"{Result}";
}

/// <summary>How a STOW-RS request ended.</summary>
/// <param name="Instances">One row for each instance of the request, in its order.</param>
/// <param name="OtherFailures">Failures that the server could not assign to an instance (0008,119A).</param>
/// <param name="Status">The HTTP status: 200, 202 or 409, or another that came with a readable account.</param>
public sealed record StoreOutcome(IReadOnlyList<StoredInstance> Instances, IReadOnlyList<DimseStatus> OtherFailures, int Status)
{
    /// <summary>True when the server named every instance as stored, with or without a remark.</summary>
    public bool IsComplete => Instances.All(instance => instance.Result is StoreResult.Stored or StoreResult.StoredWithWarning);

    /// <summary>Counts and status, no identifier.</summary>
    public override string ToString() => string.Join(", ", Instances.GroupBy(instance => instance.Result).OrderBy(group => group.Key)
        .Select(group => $"{group.Count()} {group.Key}").Append($"HTTP {Status}"));
}
