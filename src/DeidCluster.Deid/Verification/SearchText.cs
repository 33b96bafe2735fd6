using System.Text;

namespace DeidCluster.Deid;

/// <summary>Brings text and identifiers into the one form in which they are compared.</summary>
internal static class SearchText
{
    /// <summary>Upper case, with each run of white space, control characters and separators of names and values as one space.</summary>
    public static string Normalize(ReadOnlySpan<char> text)
    {
        StringBuilder normal = new(text.Length);
        bool gap = false;
        foreach (char letter in text)
        {
            if (IsSeparator(letter))
            {
                gap = normal.Length > 0;
                continue;
            }

            if (gap)
            {
                normal.Append(' ');
                gap = false;
            }

            normal.Append(char.ToUpperInvariant(letter));
        }

        return normal.ToString();
    }

    /// <summary>The bytes as characters of the same code, so that ASCII identifiers are seen in any encoding that contains ASCII.</summary>
    public static string OfBytes(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>The form that text beyond ASCII takes when its UTF-8 bytes are seen by <see cref="OfBytes"/>.</summary>
    public static string AsUtf8Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The bytes without every zero, in which text stored as UTF-16 shows.</summary>
    public static string OfWideBytes(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length / 2);
        foreach (byte value in bytes)
        {
            if (value != 0)
            {
                text.Append((char)value);
            }
        }

        return text.ToString();
    }

    /// <summary>True when the bytes hold no control characters but line breaks, tabs, escapes and padding: they are some text.</summary>
    public static bool LooksLikeText(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes.TrimEnd((byte)0))
        {
            if (value < 0x20 && value is not (0x09 or 0x0A or 0x0C or 0x0D or 0x1B))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsSeparator(char letter) =>
        char.IsWhiteSpace(letter) || char.IsControl(letter) || letter is '^' or '=' or ',' or ';' or ':' or '/' or '\\' or '_' or '|';
}
