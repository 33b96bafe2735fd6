namespace DeidCluster.Dicom;

/// <summary>How far a C-MOVE or C-GET is (PS3.7 9.1.3, 9.1.4). An archive that does not count says 0.</summary>
/// <param name="Remaining">Sub-operations to come.</param>
/// <param name="Completed">Instances sent.</param>
/// <param name="Failed">Instances that could not be sent.</param>
/// <param name="Warning">Instances that were sent and answered with a warning: they arrived.</param>
public readonly record struct SubOperations(int Remaining, int Completed, int Failed, int Warning);

/// <summary>How a C-MOVE or C-GET ended. The counts are the archive's word; what arrived is known only to who received it.</summary>
/// <param name="Status">The final status.</param>
/// <param name="SubOperations">The final counts; Remaining is 0 unless the retrieval was cancelled.</param>
/// <param name="FailedSopInstanceUids">What the archive says it could not send (0008,0058); empty when it does not say.</param>
public sealed record RetrieveOutcome(DimseStatus Status, SubOperations SubOperations, IReadOnlyList<string> FailedSopInstanceUids)
{
    /// <summary>What the archive adds about an error, where it does; it may hold what belongs in no log.</summary>
    public string? ErrorComment { get; init; }

    /// <summary>
    /// True when the archive says that everything arrived: a success, or a warning status whose failed count is 0, since B000 is also
    /// the answer to sub-operations that ended with warnings only (PS3.4 C.4.2.1.5, C.4.3.1.4).
    /// </summary>
    public bool IsComplete => Status.Class == DimseStatusClass.Success || (Status.Class == DimseStatusClass.Warning && SubOperations is { Failed: 0, Remaining: 0 } && FailedSopInstanceUids.Count == 0);
}

/// <summary>The C-MOVE on whose behalf an instance is stored (PS3.7 9.1.1.1).</summary>
/// <param name="AeTitle">Who asked for the move.</param>
/// <param name="MessageId">The message id of its request.</param>
public readonly record struct MoveOriginator(string AeTitle, ushort MessageId);
