namespace DeidCluster.Dicom;

/// <summary>Values of the text representations (PS3.5 6.2): split, freed from padding, and back.</summary>
internal static class TextValues
{
    /// <summary>The decoded values in <paramref name="bytes"/>.</summary>
    public static IReadOnlyList<string> Split(CharacterSet characterSet, Vr vr, ReadOnlySpan<byte> bytes)
    {
        string text = Decode(characterSet, vr, bytes);
        if (vr.IsSingleText())
        {
            text = Trim(vr, text);
            return text.Length == 0 ? [] : [text];
        }

        // Decoded first: in a multi-byte set the code of the backslash may be the second byte of a character (PS3.5 6.1.2.5.3).
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            text = Trim(vr, text);
            return text.Length == 0 ? [] : [text];
        }

        string[] values = text.Split('\\');
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Trim(vr, values[i]);
        }

        return values;
    }

    /// <summary>The whole text in <paramref name="bytes"/>, padding included.</summary>
    public static string Decode(CharacterSet characterSet, Vr vr, ReadOnlySpan<byte> bytes) =>
        (vr.UsesCharacterSet() ? characterSet : CharacterSet.Default).Decode(bytes, vr);

    /// <summary>The value field of <paramref name="tag"/> for <paramref name="text"/>, padded to even length.</summary>
    /// <exception cref="CharacterSetException">A character cannot be written.</exception>
    public static byte[] Encode(Tag tag, CharacterSet characterSet, Vr vr, string text)
    {
        CharacterSet own = vr.UsesCharacterSet() ? characterSet : CharacterSet.Default;
        byte[] bytes = own.TryEncode(text, vr) ?? throw new CharacterSetException(tag, own);
        if (bytes.Length % 2 == 1)
        {
            Array.Resize(ref bytes, bytes.Length + 1);
            bytes[^1] = vr.PaddingByte();
        }

        return bytes;
    }

    /// <summary>Without what PS3.5 table 6.2-1 calls not significant. Trailing NULs are no text in any representation.</summary>
    private static string Trim(Vr vr, string text) =>
        HasSignificantLeadingSpaces(vr) ? text.TrimEnd(' ', '\0') : text.TrimEnd('\0', ' ').TrimStart(' ');

    /// <summary>The same for text in ASCII or UTF-8.</summary>
    public static ReadOnlySpan<byte> Trim(Vr vr, ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> text = utf8.TrimEnd(" \0"u8);
        return HasSignificantLeadingSpaces(vr) ? text : text.TrimStart((byte)' ');
    }

    private static bool HasSignificantLeadingSpaces(Vr vr) => vr is Vr.LT or Vr.ST or Vr.UT or Vr.UC or Vr.UR or Vr.TM or Vr.DA or Vr.DT;
}
