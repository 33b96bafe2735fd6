using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// What is known of the people and the place of one instance: every name at any depth, every value that the profile's table takes out
/// whole, and what came with the request. Text is searched for them before any pattern is.
/// </summary>
internal sealed class KnownIdentifiers
{
    /// <summary>A shorter value stands in any text. Letters and digits.</summary>
    private const int ValueLettersMin = 3;

    /// <summary>A shorter name of letters that are no syllables is an initial. Letters.</summary>
    private const int NameLettersMin = 2;

    /// <summary>A longer value is a text itself. Characters.</summary>
    private const int ValueCharactersMax = 128;

    /// <summary>More characters between two letters of a value are another sentence.</summary>
    private const int BetweenCharactersMax = 3;

    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly HashSet<string> values = new(StringComparer.Ordinal);
    private readonly ProfileTable table;

    /// <summary>Of <paramref name="source"/>, by the rows of <paramref name="table"/>.</summary>
    public KnownIdentifiers(DataSet source, ProfileTable table, IEnumerable<string> given)
    {
        this.table = table;
        Collect(source);
        foreach (string value in given)
        {
            AddValue(value);
        }
    }

    /// <summary>True when <paramref name="word"/>, folded, is a part of somebody's name.</summary>
    public bool IsName(string word) => names.Contains(word);

    /// <summary>
    /// Finds the known values in <paramref name="text"/>, whatever punctuation stands between their letters and digits: where each begins
    /// and ends. They may overlap.
    /// </summary>
    public IEnumerable<(int Start, int End)> Find(string text)
    {
        if (values.Count == 0)
        {
            yield break;
        }

        (string compact, List<int> places) = Compact(text);
        foreach (string value in values)
        {
            for (int at = compact.IndexOf(value, StringComparison.Ordinal); at >= 0; at = compact.IndexOf(value, at + 1, StringComparison.Ordinal))
            {
                int start = places[at];
                int end = places[at + value.Length - 1] + 1;
                if (StandsAlone(text, start, end) && IsDense(places, at, value.Length))
                {
                    yield return (start, end);
                }
            }
        }
    }

    private void Collect(DataSet item)
    {
        foreach (Element element in item)
        {
            switch (element)
            {
                case SequenceElement sequence:
                    foreach (DataSet inner in sequence.Items)
                    {
                        Collect(inner);
                    }

                    break;
                case ValueElement value when value.Vr == Vr.PN || DicomDictionary.Find(value.Tag)?.Vr == Vr.PN:
                    foreach (string name in item.Strings(value))
                    {
                        AddName(name);
                    }

                    break;
                case ValueElement value when IsIdentifying(value):
                    foreach (string text in item.Strings(value))
                    {
                        AddValue(text);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    // What the table takes out whole. What an option would clean or keep as a characteristic is a description, and no identifier.
    private bool IsIdentifying(ValueElement element) =>
        element.Vr is Vr.LO or Vr.SH or Vr.ST or Vr.LT or Vr.UT or Vr.UC or Vr.AE or Vr.IS
        && element.Bytes.Length <= ValueCharactersMax
        && !element.Tag.IsPrivate
        && table.Find(element.Tag) is { } row
        && row.Under(ProfileOption.CleanDescriptors) is null && row.Under(ProfileOption.RetainPatientCharacteristics) is null;

    private void AddName(string value)
    {
        PersonName name = PersonName.Parse(value);
        foreach (PersonNameGroup group in name.Groups)
        {
            AddWords(group.FamilyName);
            AddWords(group.GivenName);
            AddWords(group.MiddleName);
            AddWords(group.Prefix);
            AddWords(group.Suffix);
            AddWhole(group.FamilyName + group.GivenName);
            AddWhole(group.GivenName + group.FamilyName);
        }
    }

    private void AddWords(string component)
    {
        int start = 0;
        for (int at = 0; at <= component.Length; at++)
        {
            if (at < component.Length && (char.IsLetter(component[at]) || char.IsSurrogate(component[at]) || FoldedText.IsMark(component[at])))
            {
                continue;
            }

            string word = component[start..at];
            start = at + 1;
            foreach (string form in Forms(word))
            {
                if (form.Length >= NameLettersMin && !PersonTitles.Contains(form))
                {
                    names.Add(form);
                }
            }
        }

        AddWhole(component);
    }

    private void AddWhole(string name)
    {
        foreach (string form in Forms(name))
        {
            if (form.Length > ValueLettersMin && !ClinicalVocabulary.Contains(form) && !PersonTitles.Contains(form))
            {
                values.Add(form);
            }
        }
    }

    private void AddValue(string value)
    {
        foreach (string form in Forms(value))
        {
            if (form.Length >= ValueLettersMin && !ClinicalVocabulary.Contains(form))
            {
                values.Add(form);
                if (form.TrimStart('0') is { Length: >= ValueLettersMin } number && number.Any(char.IsAsciiDigit))
                {
                    values.Add(number);
                }
            }
        }
    }

    private static IEnumerable<string> Forms(string text)
    {
        yield return FoldedText.Compact(text);
        if (FoldedText.Expanded(text) is { } spelled)
        {
            yield return spelled;
        }
    }

    private static (string Compact, List<int> Places) Compact(string text)
    {
        StringBuilder compact = new(text.Length);
        List<int> places = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsLetterOrDigit(text[i]) && !char.IsSurrogate(text[i]))
            {
                continue;
            }

            char letter = text[i];
            foreach (char plain in FoldedText.Of(in letter))
            {
                compact.Append(plain);
                places.Add(i);
            }
        }

        return (compact.ToString(), places);
    }

    private static bool IsDense(List<int> places, int at, int length)
    {
        for (int i = at + 1; i < at + length; i++)
        {
            if (places[i] - places[i - 1] > BetweenCharactersMax + 1)
            {
                return false;
            }
        }

        return true;
    }

    // A match must not begin or end inside a longer number or word.
    private static bool StandsAlone(string text, int start, int end) =>
        (start == 0 || !GoOn(text[start - 1], text[start])) && (end == text.Length || !GoOn(text[end - 1], text[end]));

    private static bool GoOn(char left, char right) =>
        (char.IsDigit(left) && char.IsDigit(right)) || (char.IsLetter(left) && char.IsLetter(right));
}
