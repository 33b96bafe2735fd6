using System.Globalization;
using System.Text;

namespace DeidCluster.Deid;

/// <summary>
/// The form in which words of text are compared while they are cleaned: upper case, without accents and invisible characters. Written out,
/// because a host without the Unicode library has no normal forms; verification has a form of its own.
/// </summary>
internal static class FoldedText
{
    /// <summary>Each line: the plain letters, then the letters that stand for them.</summary>
    private static readonly string[] Letters =
    [
        "A:ÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦẠẢẤẦẨẪẬẮẰẲẴẶ", "AE:ÆǢǼ", "C:ÇĆĈĊČ", "D:ÐĎĐ", "E:ÈÉÊËĒĔĖĘĚẸẺẼẾỀỂỄỆ", "G:ĜĞĠĢǦ", "H:ĤĦȞ", "I:ÌÍÎÏĨĪĬĮİıỈỊ", "J:Ĵ",
        "K:ĶǨ", "L:ĹĻĽĿŁ", "N:ÑŃŅŇŊ", "O:ÒÓÔÕÖØŌŎŐƠǑǾỌỎỐỒỔỖỘỚỜỞỠỢ", "OE:Œ", "R:ŔŖŘ", "S:ŚŜŞŠȘ", "SS:ßẞ", "T:ŢŤŦȚ", "TH:Þ", "U:ÙÚÛÜŨŪŬŮŰŲƯǓỤỦỨỪỬỮỰ",
        "W:ŴẀẂẄ", "Y:ÝŶŸỲỴỶỸ", "Z:ŹŻŽ",
    ];

    /// <summary>Umlauts as people write them where they cannot type them.</summary>
    private static readonly Dictionary<char, string> Spelled = new() { ['Ä'] = "AE", ['Ö'] = "OE", ['Ü'] = "UE", ['Å'] = "AA", ['Ø'] = "OE" };

    private static readonly Dictionary<char, string> Plain = Load();

    /// <summary>The letters and digits of <paramref name="text"/> alone, folded.</summary>
    public static string Compact(ReadOnlySpan<char> text)
    {
        StringBuilder compact = new(text.Length);
        foreach (char letter in text)
        {
            if (char.IsLetterOrDigit(letter) || char.IsSurrogate(letter))
            {
                compact.Append(Of(letter));
            }
        }

        return compact.ToString();
    }

    /// <summary>As <see cref="Compact"/>, with umlauts spelled out; null when that makes no difference.</summary>
    public static string? Expanded(string text) =>
        text.Any(letter => Spelled.ContainsKey(char.ToUpperInvariant(letter)))
            ? Compact(string.Concat(text.Select(letter => Spelled.TryGetValue(char.ToUpperInvariant(letter), out string? two) ? two : letter.ToString())))
            : null;

    /// <summary>The folded form of one letter or digit: one or two characters; none for an accent that stands alone.</summary>
    public static ReadOnlySpan<char> Of(in char letter)
    {
        if (char.IsAscii(letter))
        {
            return Ascii.AsSpan(letter, 1);
        }

        if (letter is >= '\uFF01' and <= '\uFF5E')
        {
            return Ascii.AsSpan(letter - '\uFF01' + '!', 1);
        }

        char upper = char.ToUpperInvariant(letter);
        return Plain.TryGetValue(upper, out string? plain) ? plain
            : IsMark(letter) ? default
            : upper == letter ? new ReadOnlySpan<char>(in letter)
            : upper.ToString();
    }

    /// <summary>True for accents and other signs that belong to the letter before them.</summary>
    public static bool IsMark(char letter) =>
        !char.IsAscii(letter) && char.GetUnicodeCategory(letter) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.Format;

    private static readonly string Ascii = string.Concat(Enumerable.Range(0, 128).Select(code => char.ToUpperInvariant((char)code)));

    private static Dictionary<char, string> Load()
    {
        Dictionary<char, string> plain = [];
        foreach (string line in Letters)
        {
            string[] parts = line.Split(':');
            foreach (char letter in parts[1])
            {
                plain[letter] = parts[0];
            }
        }

        return plain;
    }
}
