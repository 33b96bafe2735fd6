namespace DeidCluster.Dicom;

/// <summary>How far a C-MOVE is (PS3.7 9.1.4). An archive that does not count says 0.</summary>
/// <param name="Remaining">Sub-operations to come.</param>
/// <param name="Completed">Instances sent.</param>
/// <param name="Failed">Instances that could not be sent.</param>
/// <param name="Warning">Instances that were sent and answered with a warning.</param>
public readonly record struct SubOperations(int Remaining, int Completed, int Failed, int Warning);

/// <summary>How a C-MOVE ended. The counts are the archive's word; what arrived is known only to the destination.</summary>
/// <param name="Status">The final status.</param>
/// <param name="SubOperations">The final counts; Remaining is 0 unless the move was cancelled.</param>
/// <param name="FailedSopInstanceUids">What the archive says it could not send (0008,0058); empty when it does not say.</param>
public sealed record MoveOutcome(DimseStatus Status, SubOperations SubOperations, IReadOnlyList<string> FailedSopInstanceUids);

/// <summary>The C-MOVE on whose behalf an instance is stored (PS3.7 9.1.1.1).</summary>
/// <param name="AeTitle">Who asked for the move.</param>
/// <param name="MessageId">The message id of its request.</param>
public readonly record struct MoveOriginator(string AeTitle, ushort MessageId);
