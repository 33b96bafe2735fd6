using System.Text;

namespace DeidCluster.Dicom;

/// <summary>Single value and wild card matching of text (PS3.4 C.2.2.2.1, C.2.2.2.4), and of names, which have rules of their own.</summary>
public static class TextMatching
{
    /// <summary>The base letters of U+00C0 to U+017F, so that names match without accents; a letter that has none stands for itself.</summary>
    private const string BaseLetters =
        "AAAAAAÆCEEEEIIIIÐNOOOOO×OUUUUYÞßaaaaaaæceeeeiiiiðnooooo÷ouuuuyþy"
        + "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiĲĳJjKkĸLlLlLlLlLlNnNnNnŉŊŋOoOoOoŒœRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzſ";

    private const char FirstAccented = '\u00C0';

    /// <summary>True for the representations in which * and ? are wild cards (PS3.4 C.2.2.2.4).</summary>
    public static bool HasWildCards(Vr vr) => vr is Vr.AE or Vr.CS or Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or Vr.UC or Vr.UR or Vr.UT;

    /// <summary>True when <paramref name="value"/> is as <paramref name="pattern"/> says: * is any text, ? any one character, case counts. Takes time in proportion to both lengths.</summary>
    public static bool Like(ReadOnlySpan<char> pattern, ReadOnlySpan<char> value)
    {
        int at = 0;
        int next = 0;
        int star = -1;
        int retry = 0;
        while (at < value.Length)
        {
            if (next < pattern.Length && pattern[next] == '*')
            {
                star = next++;
                retry = at;
            }
            else if (next < pattern.Length && (pattern[next] == '?' || pattern[next] == value[at]))
            {
                next++;
                at++;
            }
            else if (star >= 0)
            {
                next = star + 1;
                at = ++retry;
            }
            else
            {
                return false;
            }
        }

        return pattern[next..].TrimStart('*').IsEmpty;
    }

    /// <summary>
    /// True when the name <paramref name="value"/> is as <paramref name="pattern"/> says, without regard to case, accents and empty
    /// components at the end. A pattern without "=" may match any one component group.
    /// </summary>
    public static bool NameLike(string pattern, string value)
    {
        string wanted = Folded(pattern);
        string stored = Folded(value);
        return Like(wanted, stored)
            || (!wanted.Contains('=', StringComparison.Ordinal) && stored.Contains('=', StringComparison.Ordinal) && stored.Split('=').Any(group => Like(wanted, group)));
    }

    /// <summary>True when each word of <paramref name="key"/> begins a word of <paramref name="value"/>: our fuzzy semantic matching.</summary>
    public static bool NameResembles(string key, string value)
    {
        char[] delimiters = ['^', '=', ' ', '-', ',', '.'];
        string[] stored = Folded(value).Split(delimiters, StringSplitOptions.RemoveEmptyEntries);
        return Folded(key).Split(delimiters, StringSplitOptions.RemoveEmptyEntries).All(word => stored.Any(part => Like(word + "*", part)));
    }

    /// <summary>The name in capitals, without accents, spaces around components, and delimiters behind the last component.</summary>
    private static string Folded(string name) => string.Join('=', name.Split('=')
        .Select(group => string.Join('^', group.Split('^').Select(FoldedComponent)).TrimEnd('^'))).TrimEnd('=');

    private static string FoldedComponent(string component)
    {
        StringBuilder folded = new(component.Length);
        foreach (char letter in component.AsSpan().Trim())
        {
            bool isCombiningMark = letter is >= '\u0300' and <= '\u036F';
            if (!isCombiningMark)
            {
                int accented = letter - FirstAccented;
                folded.Append(char.ToUpperInvariant(accented >= 0 && accented < BaseLetters.Length ? BaseLetters[accented] : letter));
            }
        }

        return folded.ToString();
    }
}
