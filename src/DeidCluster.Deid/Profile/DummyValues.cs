using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Values that say nothing and are valid for their VR (action D of PS3.15 table E.1-1a). The same for every instance.</summary>
internal static class DummyValues
{
    private const string Text = "ANONYMIZED";

    /// <summary>Longer binary values are replaced by a single zero word. Bytes.</summary>
    private const int BinaryBytesMax = 64 * 1024;

    /// <summary>A dummy in place of <paramref name="element"/>, which is no sequence and no UI. Numbers keep their count.</summary>
    public static ValueElement Of(Element element) => new(element.Tag, element.Vr, element.Vr switch
    {
        Vr.AE or Vr.CS or Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or Vr.UC or Vr.UT => Encode(TextOf(element.Tag)),
        Vr.AS => Encode("000Y"),
        Vr.DA => Encode("19000101"),
        Vr.DT => Encode("19000101000000"),
        Vr.TM => Encode("000000"),
        Vr.UR => Encode("urn:anonymized"),
        Vr.DS or Vr.IS => Encode(string.Join('\\', Enumerable.Repeat("0", CountOf(element)))),
        _ => Zeros(element),
    });

    // Without a scheme a code is no code, and the names of private schemes start with 99 (PS3.3 8.2).
    private static string TextOf(Tag tag) => tag == Tags.CodingSchemeDesignator ? "99" + Text : Text;

    private static int CountOf(Element element) => element is ValueElement value ? value.Bytes.Span.Count((byte)'\\') + 1 : 1;

    private static byte[] Zeros(Element element) =>
        new byte[element is ValueElement { Bytes.Length: > 0 and <= BinaryBytesMax } value ? value.Bytes.Length : Math.Max(2, element.Vr.UnitBytes())];

    private static byte[] Encode(string text) => Encoding.ASCII.GetBytes(text.Length % 2 == 0 ? text : text + ' ');
}
