namespace DeidCluster.Pipeline;

/// <summary>A place that de-identified instances are handed to. Handing over the same bytes again changes nothing there.</summary>
public interface IDestination
{
    /// <summary>The configured name.</summary>
    string Name { get; }

    /// <summary>
    /// Hands over <paramref name="instances"/> and yields one <see cref="Confirmation"/> for each that the destination has taken
    /// for good, in any order. What concerns one instance is told there; what concerns the destination as a whole is thrown.
    /// </summary>
    IAsyncEnumerable<Confirmation> DeliverAsync(IReadOnlyList<OutgoingInstance> instances, CancellationToken cancellation);
}

/// <summary>A verified result on its way out; carries new UIDs only.</summary>
/// <param name="Path">The result in staging.</param>
/// <param name="Digest">SHA-256 of what was verified, lower-case hexadecimal; checked again while the bytes leave.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="SopClassUid">SOP class.</param>
/// <param name="SopInstanceUid">New SOPInstanceUID.</param>
/// <param name="SeriesUid">New SeriesInstanceUID.</param>
/// <param name="StudyUid">New StudyInstanceUID.</param>
public sealed record OutgoingInstance(
    string Path, string Digest, long Bytes, string SopClassUid, string SopInstanceUid, string SeriesUid, string StudyUid);

/// <summary>What became of one instance at a destination.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Refusal">Why the destination does not want it, ever; null when it has it.</param>
/// <param name="Note">A warning that came with the success; null for none.</param>
public sealed record Confirmation(OutgoingInstance Instance, string? Refusal = null, string? Note = null);
