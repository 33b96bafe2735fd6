using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace DeidCluster.Deid;

/// <summary>How much of a text stays.</summary>
internal enum TextTrust
{
    /// <summary>Only what the clinical vocabulary knows, and small numbers.</summary>
    Vocabulary,

    /// <summary>Everything but known identifiers and what identifies by its form: text of which somebody warrants that it is no person's.</summary>
    Warranted,
}

/// <summary>
/// Takes names, numbers, addresses and dates out of the texts of one instance and leaves the clinical words: known identifiers first, forms
/// second, the vocabulary third. Pure: the same text, instance and identity give the same result.
/// </summary>
internal sealed class TextCleaner(KnownIdentifiers known, DatePolicy dates, int shiftDays, Func<string, string> mapUid, DateOnly? birthDate = null)
{
    /// <summary>Stands where something was removed.</summary>
    public const string Removed = "***";

    /// <summary>A longer text is not cleaned, but removed. Characters.</summary>
    public const int CharactersMax = 1024 * 1024;

    /// <summary>A longer number without a unit is an identifier. Digits.</summary>
    private const int PlainDigitsMax = 3;

    /// <summary>A longer number is one, whatever stands behind it. Digits.</summary>
    private const int CountDigitsMax = 5;

    /// <summary>Fewer letters and more runs than this make a code, not a term. Runs of letters or digits.</summary>
    private const int MixedRunsMax = 4;

    /// <summary>So many names follow one title or label.</summary>
    private const int NamesAfterTitleMax = 4;

    /// <summary>Names, titles and what stands between them reach no farther. Pieces.</summary>
    private const int PiecesAfterTitleMax = 12;

    /// <summary>More characters between two removed pieces stay. Characters.</summary>
    private const int JoinedGapMax = 3;

    /// <summary>What stays of <paramref name="text"/>; null when nothing does.</summary>
    public string? Clean(string text, TextTrust trust = TextTrust.Vocabulary)
    {
        if (text.Length > CharactersMax)
        {
            return null;
        }

        List<TextPiece> pieces = Cut(text);
        if (trust == TextTrust.Vocabulary)
        {
            JudgeWords(pieces, text);
        }

        RemoveKnownNames(pieces);
        RemoveAfterTitles(pieces, text);
        while (RemoveNeighbours(pieces, text, trust))
        {
            // Each turn removes at least one piece, so it ends.
        }

        return Join(pieces, text);
    }

    /// <summary>True when a warranted text has nothing to remove or change.</summary>
    public bool IsClean(string text) => text.Length <= CharactersMax && Clean(text, TextTrust.Warranted) == text;

    private static readonly SearchValues<char> AddressSigns = SearchValues.Create("@:/\\");

    private List<TextPiece> Cut(string text)
    {
        List<TextPiece> pieces = [];
        int at = 0;
        foreach (TextPiece claim in Claims(text))
        {
            TextPieces.Add(pieces, text, at, claim.Start);
            pieces.Add(claim);
            at = claim.End;
        }

        TextPieces.Add(pieces, text, at, text.Length);
        return pieces;
    }

    // In the order of certainty; what one has claimed is not asked about again.
    private List<TextPiece> Claims(string text)
    {
        List<TextPiece> claims = [];
        bool[] claimed = new bool[text.Length];
        void Claim(int start, int end, string? replacement, bool isKnown = false)
        {
            Span<bool> place = claimed.AsSpan(start, end - start);
            if (!place.Contains(true))
            {
                place.Fill(true);
                claims.Add(new TextPiece(start, end - start, PieceKind.Claimed) { IsRemoved = replacement is null, Replacement = replacement, IsKnown = isKnown });
            }
        }

        // A form may say which part of it identifies.
        void ClaimAll(Regex form, bool mayBeThere, Func<Match, string?> instead)
        {
            if (!mayBeThere)
            {
                return;
            }

            for (Match match = form.Match(text); match.Success; match = match.NextMatch())
            {
                Group part = match.Groups["value"] is { Success: true } value ? value : match;
                Claim(part.Index, part.Index + part.Length, instead(match));
            }
        }

        // Its sign belongs to a telephone number.
        foreach ((int start, int end) in known.Find(text).Select(found => found.Start > 0 && text[found.Start - 1] == '+' ? (found.Start - 1, found.End) : found).OrderByDescending(found => found.Item2 - found.Item1))
        {
            Claim(start, end, null, isKnown: true);
        }

        // Most descriptions hold no digit, and nothing that these look for.
        bool digits = text.AsSpan().IndexOfAnyInRange('0', '9') >= 0;
        ClaimAll(TextPatterns.Uid(), digits && text.Contains('.', StringComparison.Ordinal), match => UidInstead(match.Value));
        ClaimAll(TextPatterns.Address(), text.AsSpan().ContainsAny(AddressSigns) || text.Contains("www", StringComparison.OrdinalIgnoreCase), _ => null);
        ClaimAll(TextDates.Any(), digits, DateInstead);
        ClaimAll(TextPatterns.HighAge(), digits, _ => $"{RuleAction.AgeBand.AgeCapYears}");
        ClaimAll(TextPatterns.LabelledNumber(), digits, _ => null);
        ClaimAll(TextPatterns.Street(), digits, _ => null);
        ClaimAll(TextPatterns.Telephone(), digits, _ => null);
        ClaimAll(TextPatterns.Clock(), digits && text.Contains(':', StringComparison.Ordinal), match => dates.Treatment is DateTreatment.Shift or DateTreatment.Keep ? match.Value : null);
        claims.Sort((left, right) => left.Start.CompareTo(right.Start));
        return claims;
    }

    // Four numbers of three digits are the address of a host.
    private string? UidInstead(string text) => text.Length <= UidLengthMax && text.Split('.').Length > HostParts ? mapUid(text) : null;

    private const int UidLengthMax = 64;
    private const int HostParts = 4;

    private string? DateInstead(Match match)
    {
        DateOnly? day = TextDates.DayOf(match);
        if (dates.Treatment == DateTreatment.Keep)
        {
            return day is { } kept && kept == birthDate ? null : match.Value;
        }

        return dates.Treatment == DateTreatment.Shift && day is { } date && date != birthDate && DateValues.Move(date, shiftDays) is { } moved ? TextDates.Rewrite(match, moved) : null;
    }

    private static void JudgeWords(List<TextPiece> pieces, string text)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            TextPiece piece = pieces[i];
            piece.IsRemoved |= piece.Kind switch
            {
                PieceKind.Word => !(piece.Folded.Length == 1 && char.IsAsciiLetter(piece.Folded[0])) && !ClinicalVocabulary.Contains(piece.Folded) && !IsUnitOfNumber(pieces, i, text),
                PieceKind.Number => !IsMeasure(pieces, i, text),
                PieceKind.Mixed => !IsTerm(piece.Folded),
                _ => false,
            };
        }
    }

    private static bool IsUnitOfNumber(List<TextPiece> pieces, int at, string text) =>
        ClinicalVocabulary.IsUnit(pieces[at].Folded) && Before(pieces, at, text) is { Kind: PieceKind.Number, IsRemoved: false };

    private static bool IsMeasure(List<TextPiece> pieces, int at, string text)
    {
        string number = text.Substring(pieces[at].Start, pieces[at].Length);
        int point = number.IndexOfAny(['.', ',']);
        int whole = point < 0 ? number.Length : point;
        return whole <= PlainDigitsMax && number.Length - whole <= PlainDigitsMax + 1
            || (whole <= CountDigitsMax && After(pieces, at, text) is { Kind: PieceKind.Word } unit && ClinicalVocabulary.IsUnit(unit.Folded));
    }

    /// <summary>True for T2W, L5S1, 3D, 5MM, FLAIR3D, B1000: terms of letters that are known and few digits.</summary>
    private static bool IsTerm(string folded)
    {
        int runs = 0;
        int at = 0;
        while (at < folded.Length)
        {
            bool digits = char.IsDigit(folded[at]);
            int end = at;
            while (end < folded.Length && (char.IsDigit(folded[end]) || folded[end] is '.' or ',') == digits)
            {
                end++;
            }

            string run = folded[at..end];
            int digitsMax = at > 0 && at == 1 && folded[0] != 'B' ? 2 : at == 1 ? PlainDigitsMax + 1 : PlainDigitsMax;
            bool isKnown = digits
                ? run.Length <= digitsMax || (run.Length <= CountDigitsMax && at == 0 && end < folded.Length && ClinicalVocabulary.IsUnit(folded[end..]))
                : run.Length == 1 || ClinicalVocabulary.Contains(run) || (at > 0 && ClinicalVocabulary.IsUnit(run));
            if (!isKnown || ++runs > MixedRunsMax)
            {
                return false;
            }

            at = end;
        }

        return true;
    }

    private void RemoveKnownNames(List<TextPiece> pieces)
    {
        foreach (TextPiece piece in pieces)
        {
            // "an" and "do" are somebody's names: in small letters they are words.
            piece.IsRemoved |= piece.Kind == PieceKind.Word && known.IsName(piece.Folded)
                && (piece.IsCapitalised || piece.Folded.Length > 3 || !ClinicalVocabulary.Contains(piece.Folded));
        }
    }

    private static void RemoveAfterTitles(List<TextPiece> pieces, string text)
    {
        for (int i = 0; i < pieces.Count; i++)
        {
            if (pieces[i].Kind != PieceKind.Word)
            {
                continue;
            }

            string word = pieces[i].Folded;
            string gap = i + 1 < pieces.Count && pieces[i + 1].Kind == PieceKind.Gap ? text.Substring(pieces[i + 1].Start, pieces[i + 1].Length) : "";
            if (PersonTitles.IsTitle(word) && gap.Trim(' ', '.', '\t').Length == 0)
            {
                RemoveNames(pieces, text, i, always: PersonTitles.IsCertain(word));
            }
            else if (PersonTitles.IsLabel(word) && gap.TrimStart() is [':' or '=', ..])
            {
                RemoveNames(pieces, text, i, always: false);
            }
            else if (word is "BY" or "VON" && Before(pieces, i, text) is { Kind: PieceKind.Word } doing && PersonTitles.IsDoing(doing.Folded))
            {
                RemoveNames(pieces, text, i, always: true);
            }
        }
    }

    // Capitalised words behind a title: the first always where the title is certain, then names, initials and particles as long as they follow.
    private static void RemoveNames(List<TextPiece> pieces, string text, int from, bool always)
    {
        int names = 0;
        for (int i = from + 1; i < Math.Min(pieces.Count, from + 1 + PiecesAfterTitleMax) && names < NamesAfterTitleMax; i++)
        {
            TextPiece piece = pieces[i];
            if (piece.Kind == PieceKind.Gap)
            {
                if (text.AsSpan(piece.Start, piece.Length).ContainsAny('\n', '\r', ';') || (piece.Length > JoinedGapMax && names > 0))
                {
                    return;
                }

                continue;
            }

            bool mayBeName = piece.Kind == PieceKind.Word && (piece.IsCapitalised || piece.IsRemoved)
                && (piece.IsRemoved || piece.Folded.Length == 1 || PersonTitles.IsParticle(piece.Folded) || ClinicalVocabulary.IsAlsoName(piece.Folded) || (always && names == 0));
            if (piece.Kind == PieceKind.Word && PersonTitles.IsTitle(piece.Folded) && names == 0)
            {
                continue;
            }

            if (!mayBeName && !PersonTitles.IsParticle(piece.Folded))
            {
                return;
            }

            piece.IsRemoved |= mayBeName;
            names++;
        }
    }

    // Initials, particles and words that are names too go with a name beside them; digits go with what they are joined to.
    private static bool RemoveNeighbours(List<TextPiece> pieces, string text, TextTrust trust)
    {
        bool removed = false;
        for (int i = 0; i < pieces.Count; i++)
        {
            removed |= RemoveNeighbour(pieces, i, text);
        }

        // Backwards too, or a long row of initials would cost a turn for each.
        for (int i = pieces.Count - 1; i >= 0; i--)
        {
            removed |= RemoveNeighbour(pieces, i, text);
        }

        return removed && trust == TextTrust.Vocabulary;
    }

    private static bool RemoveNeighbour(List<TextPiece> pieces, int at, string text)
    {
        TextPiece piece = pieces[at];
        return !piece.IsRemoved && piece.Kind is not (PieceKind.Gap or PieceKind.Claimed)
            && (piece.IsRemoved = GoesWith(piece, Before(pieces, at, text), text) || GoesWith(piece, After(pieces, at, text), text));
    }

    private static bool GoesWith(TextPiece piece, TextPiece? other, string text)
    {
        if (other is not { IsRemoved: true })
        {
            return false;
        }

        if (piece.Kind is PieceKind.Number or PieceKind.Mixed)
        {
            return IsJoined(piece, other, text);
        }

        bool isName = other.IsKnown || (other.Kind == PieceKind.Word && other.IsCapitalised);
        return isName && piece.IsCapitalised && (piece.Folded.Length == 1 ? IsInitial(piece, other, text) : PersonTitles.IsParticle(piece.Folded) || ClinicalVocabulary.IsAlsoName(piece.Folded))
            || (PersonTitles.IsParticle(piece.Folded) && other.Kind is PieceKind.Word or PieceKind.Claimed && piece.End <= other.Start && IsBeforeName(piece, other, text));
    }

    private static bool IsInitial(TextPiece piece, TextPiece other, string text) => Between(piece, other, text).IndexOfAny(['\n', ';', ':']) < 0;

    private static bool IsBeforeName(TextPiece piece, TextPiece other, string text) =>
        (other.IsKnown || PersonTitles.IsParticle(other.Folded) || (other.IsCapitalised && !ClinicalVocabulary.Contains(other.Folded)))
        && Between(piece, other, text).Trim([' ', '-', '\'', '.']).Length == 0;

    private static bool IsJoined(TextPiece piece, TextPiece other, string text)
    {
        ReadOnlySpan<char> between = Between(piece, other, text);
        return other.Kind != PieceKind.Claimed && between.Length <= 1 && (between.Length == 0 || between[0] is '-' or '/' or '_' or '#' or '.' or ':');
    }

    private static ReadOnlySpan<char> Between(TextPiece one, TextPiece other, string text) =>
        one.End <= other.Start ? text.AsSpan(one.End, other.Start - one.End) : text.AsSpan(other.End, one.Start - other.End);

    // The next piece that is no gap, if it is near.
    private static TextPiece? After(List<TextPiece> pieces, int at, string text) => Near(pieces, at, 1, text);

    private static TextPiece? Before(List<TextPiece> pieces, int at, string text) => Near(pieces, at, -1, text);

    private static TextPiece? Near(List<TextPiece> pieces, int at, int step, string text)
    {
        int next = at + step;
        if (next >= 0 && next < pieces.Count && pieces[next].Kind == PieceKind.Gap)
        {
            if (pieces[next].Length > JoinedGapMax || text.AsSpan(pieces[next].Start, pieces[next].Length).Contains('\n'))
            {
                return null;
            }

            next += step;
        }

        return next >= 0 && next < pieces.Count && pieces[next].Kind != PieceKind.Gap ? pieces[next] : null;
    }

    private static string? Join(List<TextPiece> pieces, string text)
    {
        if (!pieces.Exists(piece => piece.IsRemoved || piece.Replacement is not null))
        {
            return text;
        }

        StringBuilder clean = new(text.Length);
        bool keepsAny = false;
        bool inRun = false;
        for (int i = 0; i < pieces.Count; i++)
        {
            TextPiece piece = pieces[i];
            if (piece.IsRemoved)
            {
                clean.Append(inRun ? "" : Removed);
                inRun = true;
            }
            else if (piece.Kind == PieceKind.Gap)
            {
                // Between two removed pieces of one run the punctuation goes too: it would show what kind of thing they were.
                bool joins = inRun && i + 1 < pieces.Count && pieces[i + 1].IsRemoved && piece.Length <= JoinedGapMax && !text.AsSpan(piece.Start, piece.Length).Contains('\n');
                clean.Append(joins ? "" : text.AsSpan(piece.Start, piece.Length));
                inRun = joins;
            }
            else
            {
                clean.Append(piece.Replacement ?? text.AsSpan(piece.Start, piece.Length));
                inRun = false;
                keepsAny = true;
            }
        }

        return keepsAny ? clean.ToString() : null;
    }
}
