using System.Collections.Concurrent;

namespace DeidCluster.Deid;

/// <summary>Meanings of codes that are made of clinical words alone. They are asked for with every code, so the answers are remembered.</summary>
internal static class PlainMeanings
{
    /// <summary>Files choose what they ask for; so many answers are remembered.</summary>
    private const int AnswersMax = 20_000;

    /// <summary>A longer text is no meaning (LO, PS3.5 6.2). Characters.</summary>
    private const int CharactersMax = 64;

    private static readonly ConcurrentDictionary<string, bool> Answers = new(StringComparer.Ordinal);

    /// <summary>True when every word of <paramref name="meaning"/> is one of the vocabulary and it holds no number.</summary>
    public static bool Contains(string? meaning)
    {
        if (meaning is not { Length: > 0 and <= CharactersMax })
        {
            return meaning is null or "";
        }

        if (Answers.TryGetValue(meaning, out bool isPlain))
        {
            return isPlain;
        }

        List<TextPiece> pieces = [];
        TextPieces.Add(pieces, meaning, 0, meaning.Length);
        isPlain = pieces.TrueForAll(piece => piece.Kind == PieceKind.Gap || (piece.Kind == PieceKind.Word && ClinicalVocabulary.Contains(piece.Folded)));
        if (Answers.Count < AnswersMax)
        {
            Answers.TryAdd(meaning, isPlain);
        }

        return isPlain;
    }
}
