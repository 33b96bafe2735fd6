namespace DeidCluster.Dicom;

/// <summary>
/// A row of the data dictionary (PS3.6 chapters 6 to 9, PS3.7 annex E). <paramref name="Tag"/> is the first tag of a repeating group.
/// <paramref name="Vrs"/> are the allowed value representations, the first the preferred; none for retired rows that never had one.
/// <paramref name="Vm"/> is the value multiplicity as the standard writes it, e.g. "1-n".
/// </summary>
public sealed record DictionaryEntry(Tag Tag, string Keyword, string Name, IReadOnlyList<Vr> Vrs, string Vm, bool Retired)
{
    /// <summary>The first allowed value representation; UN when there is none.</summary>
    public Vr Vr => Vrs.Count == 0 ? Vr.UN : Vrs[0];
}
