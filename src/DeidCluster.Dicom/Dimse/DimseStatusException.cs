namespace DeidCluster.Dicom;

/// <summary>An operation ended with a failure status, or is to end with one when a provider's handler throws it.</summary>
public sealed class DimseStatusException(string operation, DimseStatus status) : Exception($"{operation} ended with status {status}")
{
    /// <summary>The longest Error Comment (PS3.7 C.5, VR LO). Characters.</summary>
    public const int ErrorCommentCharactersMax = 64;

    /// <summary>The final status.</summary>
    public DimseStatus Status { get; } = status;

    /// <summary>Error Comment (0000,0902) for the peer; cut to <see cref="ErrorCommentCharactersMax"/>. It must hold no identifying value.</summary>
    public string? ErrorComment { get; init; }

    /// <summary>Offending Element (0000,0901): where the fault was found.</summary>
    public IReadOnlyList<Tag> OffendingElements { get; init; } = [];
}
