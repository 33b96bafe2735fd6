using System.Buffers;
using System.Globalization;
using System.Text;

namespace DeidCluster.Deid;

/// <summary>Brings text and identifiers into the one form in which they are compared.</summary>
internal static class SearchText
{
    private const int StackCharactersMax = 256;
    private const char PlainFrom = '\u00C0';
    private const char PlainTo = '\u0180';
    private const char FullWidthFrom = '\uFF01';
    private const char FullWidthTo = '\uFF5E';

    /// <summary>The letters of Latin-1 and Latin Extended-A without their accents, in upper case.</summary>
    private const string PlainLetters =
        "AAAAAAACEEEEIIIIDNOOOOO×OUUUUYTSAAAAAAACEEEEIIIIDNOOOOO÷OUUUUYTY"
        + "AAAAAACCCCCCCCDDDDEEEEEEEEEEGGGGGGGGHHHHIIIIIIIIIIIIJJKKKLLLLLLL"
        + "LLLNNNNNNNNNOOOOOOOORRRRRRSSSSSSSSTTTTTTUUUUUUUUUUUUWWYYYZZZZZZS";

    /// <summary>
    /// Upper case, with each run of white space, control characters and separators of names and values as one space; without accents and
    /// invisible characters, and with letters of other widths in their own, because people write names in all these ways. Bytes that are
    /// no text, <paramref name="isText"/> false, keep all letters apart: too many of them would be alike by chance.
    /// </summary>
    public static string Normalize(ReadOnlySpan<char> text, bool isText = true)
    {
        // No longer than the text: a gap stands for at least one character.
        char[]? rented = text.Length > StackCharactersMax ? ArrayPool<char>.Shared.Rent(text.Length) : null;
        Span<char> normal = rented ?? stackalloc char[StackCharactersMax];
        int length = 0;
        bool gap = false;
        foreach (char letter in text)
        {
            if (isText && IsMark(letter))
            {
                continue;
            }

            if (IsSeparator(letter))
            {
                gap = length > 0;
                continue;
            }

            if (gap)
            {
                normal[length++] = ' ';
                gap = false;
            }

            normal[length++] = isText ? Plain(letter) : char.ToUpperInvariant(letter);
        }

        string result = new(normal[..length]);
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        return result;
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

    // Written out, because a host without the Unicode library has no normal forms.
    private static char Plain(char letter) => letter switch
    {
        < PlainFrom => char.ToUpperInvariant(letter),
        < PlainTo => PlainLetters[letter - PlainFrom],
        >= FullWidthFrom and <= FullWidthTo => char.ToUpperInvariant((char)(letter - FullWidthFrom + '!')),
        _ => char.ToUpperInvariant(letter),
    };

    private static bool IsMark(char letter) =>
        !char.IsAscii(letter) && char.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format;

    private static bool IsSeparator(char letter) =>
        char.IsWhiteSpace(letter) || char.IsControl(letter) || letter is '^' or '=' or ',' or ';' or ':' or '/' or '\\' or '_' or '|';
}
