using System.Buffers;
using System.Text;

namespace DeidCluster.Deid;

/// <summary>Searches texts and bytes for all identifiers of one source at once. For one thread.</summary>
internal sealed class IdentifierSearch
{
    /// <summary>In bytes that are no text, shorter identifiers would be found by chance.</summary>
    public const int BinaryLettersMin = 6;

    private readonly Identifier[] inText;
    private readonly Identifier[] inBinary;
    private readonly Dictionary<string, FindingKind> wholeValues = new(StringComparer.Ordinal);

    // To prepare a search takes longer than most searches: it is done for the kinds of bytes that are there.
    private SearchValues<string>? textValues;
    private SearchValues<string>? binaryValues;
    private SearchValues<string>? compressedValues;

    public IdentifierSearch(IReadOnlyCollection<Identifier> identifiers)
    {
        foreach (Identifier identifier in identifiers)
        {
            wholeValues.TryAdd(identifier.Text, identifier.Kind);
        }

        inText = [.. identifiers.Where(identifier => !identifier.WholeValueOnly)];
        inBinary = [.. inText.Where(identifier => identifier.Text.Length >= BinaryLettersMin)];
    }

    /// <summary>How many identifiers are searched for inside text.</summary>
    public int SearchedCount => inText.Length;

    /// <summary>How many are compared with whole values only.</summary>
    public int WholeValueOnlyCount => wholeValues.Count - inText.Length;

    /// <summary>The kind of the first identifier in <paramref name="text"/>, or null.</summary>
    public FindingKind? InText(string text) => Find(SearchText.Normalize(text), inText, textValues ??= Values(inText))?.Kind;

    /// <summary>The kind of the identifier that <paramref name="value"/> as a whole is, or null.</summary>
    public FindingKind? AsWholeValue(string value) =>
        wholeValues.TryGetValue(SearchText.Normalize(value), out FindingKind kind) ? kind : null;

    /// <summary>The kind of the first identifier in <paramref name="bytes"/> of unknown encoding, or null.</summary>
    public FindingKind? InBytes(ReadOnlySpan<byte> bytes)
    {
        bool isText = SearchText.LooksLikeText(bytes);
        foreach (string view in SearchText.Views(bytes))
        {
            if ((isText ? InText(view) : InBinary(view)) is { } kind)
            {
                return kind;
            }
        }

        return null;
    }

    /// <summary>
    /// The kind of the first identifier in a piece of compressed pixel data, or null. Fast, because there is much of it: identifiers of one
    /// word, as they stand in comments and application segments.
    /// </summary>
    public FindingKind? InCompressed(ReadOnlySpan<byte> bytes)
    {
        compressedValues ??= SearchValues.Create([.. inBinary.Select(identifier => identifier.Text).Where(word => !word.Contains(' '))], StringComparison.OrdinalIgnoreCase);
        string text = Encoding.Latin1.GetString(bytes);
        int at = text.AsSpan().IndexOfAny(compressedValues);
        return at < 0 ? null : inBinary.First(identifier => text.AsSpan(at).StartsWith(identifier.Text, StringComparison.OrdinalIgnoreCase)).Kind;
    }

    private static SearchValues<string> Values(Identifier[] identifiers) => SearchValues.Create([.. identifiers.Select(identifier => identifier.Text)], StringComparison.Ordinal);

    private FindingKind? InBinary(string text) => Find(SearchText.Normalize(text, isText: false), inBinary, binaryValues ??= Values(inBinary))?.Kind;

    private static Identifier? Find(ReadOnlySpan<char> text, Identifier[] identifiers, SearchValues<string> values)
    {
        if (identifiers.Length == 0)
        {
            return null;
        }

        int from = 0;
        while (from < text.Length)
        {
            int at = text[from..].IndexOfAny(values);
            if (at < 0)
            {
                return null;
            }

            from += at;
            foreach (Identifier identifier in identifiers)
            {
                if (text[from..].StartsWith(identifier.Text, StringComparison.Ordinal) && StandsAlone(text, from, identifier.Text.Length))
                {
                    return identifier;
                }
            }

            from++;
        }

        return null;
    }

    /// <summary>True when the match does not begin or end inside a longer number or word: no digit goes on beside a digit, no letter beside a letter.</summary>
    private static bool StandsAlone(ReadOnlySpan<char> text, int start, int length)
    {
        int end = start + length;
        return (start == 0 || !GoesOn(text[start - 1], text[start])) && (end == text.Length || !GoesOn(text[end - 1], text[end]));
    }

    private static bool GoesOn(char left, char right) =>
        (char.IsAsciiDigit(left) && char.IsAsciiDigit(right)) || (char.IsLetter(left) && char.IsLetter(right));
}
