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

    /// <summary>
    /// The bytes as the texts that they can be: Latin-1, in which ASCII shows in any encoding that contains it; UTF-8 where a byte is
    /// beyond ASCII; without every zero, in which text stored as UTF-16 shows.
    /// </summary>
    public static IReadOnlyList<string> Views(ReadOnlySpan<byte> bytes)
    {
        List<string> views = [Encoding.Latin1.GetString(bytes)];
        if (bytes.ContainsAnyInRange((byte)0x80, byte.MaxValue))
        {
            views.Add(Encoding.UTF8.GetString(bytes));
        }

        if (bytes.TrimEnd((byte)0).Contains((byte)0))
        {
            views.Add(views[0].Replace("\0", "", StringComparison.Ordinal));
        }

        return views;
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
