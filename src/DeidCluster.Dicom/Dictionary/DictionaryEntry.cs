namespace DeidCluster.Dicom;

/// <summary>
/// A row of the data dictionary (PS3.6 chapters 6 to 9, PS3.7 annex E). <paramref name="Tag"/> is the first tag of a repeating group.
/// <paramref name="Vrs"/> are the allowed value representations, the first the preferred; none for retired rows that never had one.
/// <paramref name="Vm"/> is the value multiplicity as the standard writes it, e.g. "1-n".
/// </summary>
public sealed record DictionaryEntry(Tag Tag, string Keyword, string Name, IReadOnlyList<Vr> Vrs, string Vm, bool Retired)
{
    private const string CurveData = "CurveData";

    /// <summary>The first allowed value representation; UN when there is none.</summary>
    public Vr Vr { get; } = Vrs.Count == 0 ? Vr.UN : Vrs[0];

    /// <summary>
    /// The representation in implicit VR; of several, as PS3.5 A.1 says: OW where it is one of them, except for points of curves, which are
    /// little endian in each syntax (PS3.5-2004 A.1). <see cref="DicomDictionary.UnsignedOrSigned"/> where another attribute decides.
    /// </summary>
    internal Vr ImplicitVr { get; } = Vrs.Count switch
    {
        0 => Vr.UN,
        1 => Vrs[0],
        _ when Keyword == CurveData => Vr.OB,
        _ when Vrs.Contains(Vr.OW) => Vr.OW,
        _ => DicomDictionary.UnsignedOrSigned,
    };
}
