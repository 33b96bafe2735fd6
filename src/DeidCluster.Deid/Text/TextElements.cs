using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Cleans the values of elements of text.</summary>
internal sealed class TextElements(TextCleaner cleaner)
{
    /// <summary>True for a VR whose values can be cleaned.</summary>
    public static bool CanClean(Vr vr) => vr is Vr.LO or Vr.LT or Vr.SH or Vr.ST or Vr.UC or Vr.UT;

    /// <summary>
    /// <paramref name="element"/> of <paramref name="level"/> with what may stay of its values; null when nothing may, or when it cannot be
    /// read for certain: whoever asks then does what would be done without cleaning.
    /// </summary>
    public Element? Clean(Element element, DataSet level, TextTrust trust)
    {
        if (element is not ValueElement value || !CanClean(value.Vr)
            || !level.CharacterSet.TryDecode(value.Bytes.Span, value.Vr, out _))
        {
            return null;
        }

        IReadOnlyList<string> before = level.Strings(value);
        string[] after = new string[before.Count];
        bool keepsAny = before.Count == 0;
        bool changes = false;
        for (int i = 0; i < after.Length; i++)
        {
            string clean = before[i].Length == 0 ? "" : cleaner.Clean(before[i], trust) ?? "";
            after[i] = Shortened(clean, LengthMax(value.Vr));
            keepsAny |= after[i].Length > 0;
            changes |= after[i] != before[i];
        }

        return !keepsAny ? null : changes ? Encode(value, level, string.Join('\\', after)) : value;
    }

    // Kept words are written in the character set that they came in.
    private static ValueElement Encode(ValueElement element, DataSet level, string text)
    {
        byte[] bytes = level.CharacterSet.EncodeOrSubstitute(text, element.Vr);
        if (bytes.Length % 2 == 1)
        {
            Array.Resize(ref bytes, bytes.Length + 1);
            bytes[^1] = element.Vr.PaddingByte();
        }

        return new ValueElement(element.Tag, element.Vr, bytes);
    }

    private static string Shortened(string text, int lengthMax) =>
        text.Length <= lengthMax ? text : text[..(char.IsHighSurrogate(text[lengthMax - 1]) ? lengthMax - 1 : lengthMax)];

    // PS3.5 table 6.2-1. Characters.
    private static int LengthMax(Vr vr) => vr switch { Vr.SH => 16, Vr.LO => 64, Vr.ST => 1024, Vr.LT => 10240, _ => TextCleaner.CharactersMax };
}
