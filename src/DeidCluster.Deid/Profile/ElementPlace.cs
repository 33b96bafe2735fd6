using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Where an element stands: itself and the sequences around it, innermost first.</summary>
/// <param name="Tag">The element's tag.</param>
/// <param name="Vr">Its value representation.</param>
/// <param name="PrivateCreator">For a private element, the creator that reserves its block in the same item; null when none does.</param>
/// <param name="Parent">The sequence whose item holds it; null at the top level.</param>
public sealed record ElementPlace(Tag Tag, Vr Vr, string? PrivateCreator, ElementPlace? Parent);
