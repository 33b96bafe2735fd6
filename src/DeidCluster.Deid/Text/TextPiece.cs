namespace DeidCluster.Deid;

/// <summary>What a piece of text is.</summary>
internal enum PieceKind
{
    /// <summary>Letters, with their accents.</summary>
    Word,

    /// <summary>Digits, with a decimal point or comma between them.</summary>
    Number,

    /// <summary>Letters and digits together.</summary>
    Mixed,

    /// <summary>What stands between: blanks, punctuation, line breaks.</summary>
    Gap,

    /// <summary>A stretch that a known identifier or a pattern has decided.</summary>
    Claimed,
}

/// <summary>A piece of a text that is being cleaned. The pieces of a text follow one another without holes.</summary>
internal sealed class TextPiece(int start, int length, PieceKind kind)
{
    /// <summary>Where it begins.</summary>
    public int Start { get; } = start;

    /// <summary>Characters.</summary>
    public int Length { get; } = length;

    /// <summary>What it is.</summary>
    public PieceKind Kind { get; } = kind;

    /// <summary>Where the next piece begins.</summary>
    public int End => Start + Length;

    /// <summary>True when it does not stay.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>True for a stretch that is a known identifier.</summary>
    public bool IsKnown { get; init; }

    /// <summary>What takes its place; null where it stays as it is, or is removed.</summary>
    public string? Replacement { get; init; }

    /// <summary>The piece in the form in which words are compared.</summary>
    public string Folded { get; private set; } = "";

    /// <summary>True when it begins with a capital, or with a letter of a script that has none.</summary>
    public bool IsCapitalised { get; private set; }

    /// <summary>Reads its own text.</summary>
    public TextPiece Over(ReadOnlySpan<char> text)
    {
        if (Kind is PieceKind.Word or PieceKind.Mixed or PieceKind.Number)
        {
            Folded = FoldedText.Compact(text.Slice(Start, Length));
            IsCapitalised = Length > 0 && !char.IsLower(text[Start]) && !char.IsDigit(text[Start]);
        }

        return this;
    }
}

/// <summary>Cuts text into pieces.</summary>
internal static class TextPieces
{
    /// <summary>Adds the pieces of <paramref name="text"/> from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static void Add(List<TextPiece> pieces, ReadOnlySpan<char> text, int from, int to)
    {
        int at = from;
        while (at < to)
        {
            int end = at + 1;
            PieceKind kind = PieceKind.Gap;
            if (IsLetter(text[at]) || char.IsDigit(text[at]))
            {
                (end, kind) = ReadWord(text, at, to);
            }
            else
            {
                while (end < to && !IsLetter(text[end]) && !char.IsDigit(text[end]))
                {
                    end++;
                }
            }

            pieces.Add(new TextPiece(at, end - at, kind).Over(text));
            at = end;
        }
    }

    private static (int End, PieceKind Kind) ReadWord(ReadOnlySpan<char> text, int at, int to)
    {
        bool letters = false;
        bool digits = false;
        int end = at;
        for (; end < to; end++)
        {
            char here = text[end];
            bool isDigit = char.IsDigit(here);
            bool isDecimal = here is '.' or ',' && digits && !letters && end + 1 < to && char.IsDigit(text[end + 1]) && char.IsDigit(text[end - 1]);
            bool isHump = end > at && char.IsUpper(here) && char.IsLower(text[end - 1]);
            if (!(isDigit || isDecimal || IsLetter(here) || FoldedText.IsMark(here)) || (isHump && !digits))
            {
                break;
            }

            letters |= IsLetter(here);
            digits |= isDigit;
        }

        return (end, letters && digits ? PieceKind.Mixed : letters ? PieceKind.Word : PieceKind.Number);
    }

    private static bool IsLetter(char here) => char.IsLetter(here) || char.IsSurrogate(here);
}
