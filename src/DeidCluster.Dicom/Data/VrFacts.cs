namespace DeidCluster.Dicom;

/// <summary>What PS3.5 6.2 and 7.1.2 say about each value representation.</summary>
public static class VrFacts
{
    /// <summary>The longest value of a representation whose length field has 16 bits; values have even length. Bytes.</summary>
    public const int ShortLengthBytesMax = 0xFFFE;

    /// <summary>True for character strings (PS3.5 6.2), whatever their repertoire.</summary>
    public static bool IsText(this Vr vr) => vr is Vr.AE or Vr.AS or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.IS or Vr.LO or Vr.LT or Vr.PN
        or Vr.SH or Vr.ST or Vr.TM or Vr.UC or Vr.UI or Vr.UR or Vr.UT;

    /// <summary>True for text in the repertoire that Specific Character Set (0008,0005) names (PS3.5 6.1.2.3).</summary>
    public static bool UsesCharacterSet(this Vr vr) => vr is Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or Vr.UC or Vr.UT;

    /// <summary>True for text that is one value, in which a backslash is a character and not a delimiter (PS3.5 6.4).</summary>
    public static bool IsSingleText(this Vr vr) => vr is Vr.LT or Vr.ST or Vr.UR or Vr.UT;

    /// <summary>
    /// True where an explicit-VR element has two reserved bytes and a 32-bit length (PS3.5 table 7.1-1). Also true for representations
    /// unknown today: PS3.5 7.1.2 promises this form for all that are added.
    /// </summary>
    public static bool HasLongLength(this Vr vr) => !HasShortLength(vr);

    /// <summary>The byte that makes a value's length even: NUL for UI and binary values, else a space (PS3.5 6.2).</summary>
    public static byte PaddingByte(this Vr vr) => vr.IsText() && vr != Vr.UI ? (byte)' ' : (byte)0;

    /// <summary>The size of the words whose bytes are in the order of the transfer syntax: 1, 2, 4 or 8 (PS3.5 7.3).</summary>
    public static int UnitBytes(this Vr vr) => vr switch
    {
        Vr.AT or Vr.OW or Vr.SS or Vr.US => 2,
        Vr.FL or Vr.OF or Vr.OL or Vr.SL or Vr.UL => 4,
        Vr.FD or Vr.OD or Vr.OV or Vr.SV or Vr.UV => 8,
        _ => 1,
    };

    /// <summary>Reads the two letters of an explicit-VR element; false when the standard has no such representation.</summary>
    public static bool TryParse(byte first, byte second, out Vr vr)
    {
        vr = (Vr)((first << 8) | second);
        return IsKnown(vr);
    }

    /// <summary>True for the representations of PS3.5 table 6.2-1.</summary>
    public static bool IsKnown(this Vr vr) => vr.HasShortLength() || vr is Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.SQ or Vr.SV
        or Vr.UC or Vr.UN or Vr.UR or Vr.UT or Vr.UV;

    /// <summary>The two letters as they stand in an explicit-VR data set, also those of no standard representation.</summary>
    public static string Letters(this Vr vr) => $"{(char)((int)vr >> 8)}{(char)((int)vr & 0xFF)}";

    /// <summary>How the length stands behind two letters of an explicit-VR element.</summary>
    internal static VrForm FormOf(byte first, byte second)
    {
        uint row = (uint)(first - 'A');
        uint column = (uint)(second - 'A');
        return row < LettersCount && column < LettersCount ? Forms[(row * LettersCount) + column] : VrForm.None;
    }

    private const int LettersCount = 26;

    /// <summary>Two capitals that are no representation today have the long form that PS3.5 7.1.2 promises for all that are added.</summary>
    private static readonly VrForm[] Forms =
    [
        .. from first in Enumerable.Range('A', LettersCount)
           from second in Enumerable.Range('A', LettersCount)
           select ((Vr)((first << 8) | second)).HasShortLength() ? VrForm.Short : VrForm.Long,
    ];

    private static bool HasShortLength(this Vr vr) => vr is Vr.AE or Vr.AS or Vr.AT or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.FD or Vr.FL or Vr.IS
        or Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.SL or Vr.SS or Vr.ST or Vr.TM or Vr.UI or Vr.UL or Vr.US;
}

/// <summary>How the length stands behind a VR in explicit VR (PS3.5 7.1.2).</summary>
internal enum VrForm : byte
{
    /// <summary>The two bytes are no VR.</summary>
    None,

    /// <summary>16 bits.</summary>
    Short,

    /// <summary>Two reserved bytes, then 32 bits.</summary>
    Long,
}
