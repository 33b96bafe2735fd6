using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Collects from a source, at every depth, what must not be in its result.</summary>
internal sealed class SourceIdentifiers
{
    /// <summary>Shorter words are found in any text, and are compared with whole values only. Characters.</summary>
    public const int WordLettersMin = 4;

    /// <summary>Shorter values say nothing about anybody. Characters.</summary>
    private const int LettersMin = 2;

    /// <summary>A shorter number without its punctuation is found in any text. Characters.</summary>
    private const int PlainLettersMin = 6;

    /// <summary>Shorter parts of an address are everyday words. Characters.</summary>
    private const int AddressPartLettersMin = 6;

    /// <summary>How people and devices write dates, after <see cref="SearchText.Normalize"/>.</summary>
    private static readonly string[] DateForms =
    [
        "yyyyMMdd", "yyyy-MM-dd", "yyyy MM dd", "yyyy.MM.dd", "dd.MM.yyyy", "dd-MM-yyyy", "dd MM yyyy", "MM dd yyyy", "MM-dd-yyyy",
        "d.M.yyyy", "d M yyyy", "M d yyyy", "d MMM yyyy", "dd MMM yyyy", "dd-MMM-yyyy", "ddMMMyyyy", "MMM d yyyy", "d MMMM yyyy", "MMMM d yyyy",
    ];

    /// <summary>More dates are written anew each time.</summary>
    private const int DatesKeptMax = 10_000;

    private static readonly ConcurrentDictionary<DateOnly, Identifier[]> FormsOfDates = new();

    private readonly HashSet<Identifier> found = [];

    /// <summary>Makers and models of the equipment, at any depth, with blanks around them: they name no person and no site.</summary>
    private readonly HashSet<string> equipment = new(StringComparer.Ordinal);

    private readonly ProjectProfile profile;
    private readonly ProjectRules rules;

    private SourceIdentifiers(ProjectProfile profile, ProjectRules rules)
    {
        this.profile = profile;
        this.rules = rules;
    }

    /// <summary>The identifiers of <paramref name="source"/> that <paramref name="profile"/> does not mean to keep.</summary>
    public static IReadOnlyCollection<Identifier> Collect(DicomFile source, ProjectProfile profile, ProjectRules rules)
    {
        SourceIdentifiers collection = new(profile, rules);
        collection.CollectEquipment(source.DataSet);
        collection.Collect(source.FileMeta, parent: null);
        collection.Collect(source.DataSet, parent: null);
        return collection.found;
    }

    private void CollectEquipment(DataSet item)
    {
        foreach (Element element in item)
        {
            if (element is SequenceElement sequence)
            {
                foreach (DataSet inner in sequence.Items)
                {
                    CollectEquipment(inner);
                }
            }
            else if (element.Tag == Tags.Manufacturer || element.Tag == Tags.ManufacturerModelName)
            {
                equipment.UnionWith(item.GetStrings(element.Tag).Select(text => $" {SearchText.Normalize(text)} "));
            }
        }
    }

    private void Collect(DataSet item, ElementPlace? parent)
    {
        foreach (Element element in item)
        {
            ElementPlace place = new(element.Tag, element.Vr, ProjectRules.CreatorOf(item, element.Tag), parent);
            if (element is SequenceElement sequence)
            {
                foreach (DataSet inner in sequence.Items)
                {
                    Collect(inner, place);
                }
            }
            else if (rules.ActionAt(place) is not RuleAction.Keep)
            {
                Collect(item, element);
            }
        }
    }

    private void Collect(DataSet item, Element element)
    {
        FindingKind? kind = IdentifyingTags.KindOf(element.Tag, profile.Options);
        if (kind is null && element.Vr is not (Vr.PN or Vr.UI or Vr.DA or Vr.DT))
        {
            return;
        }

        foreach (string value in item.GetStrings(element.Tag))
        {
            switch (element.Vr)
            {
                case Vr.PN:
                    AddName(value);
                    break;
                case Vr.UI:
                    AddUid(element.Tag, value);
                    break;
                case Vr.DA or Vr.DT:
                    AddDate(element.Tag, value);
                    break;
                default:
                    AddValue(kind!.Value, value);
                    break;
            }
        }
    }

    private void AddName(string value)
    {
        // Alphabetic, ideographic and phonetic representations are separate spellings (PS3.5 6.2.1).
        foreach (string group in value.Split('='))
        {
            string[] components = group.Split('^');
            Add(FindingKind.Name, group);
            if (components.Length > 1)
            {
                // Family and given name, as other people write them.
                Add(FindingKind.Name, $"{components[1]} {components[0]}");
            }

            foreach (string word in SearchText.Normalize(group, isText: false).Split(' '))
            {
                Add(FindingKind.Name, word);
            }
        }
    }

    private void AddUid(Tag tag, string value)
    {
        if (!profile.Options.Contains(ProfileOption.RetainUids) && IdentifyingTags.NamesOneThing(tag, value))
        {
            Add(FindingKind.Uid, value);
        }
    }

    private void AddDate(Tag tag, string value)
    {
        bool kept = profile.Dates.Treatment == DateTreatment.Keep && tag != Tags.PatientBirthDate;
        if (!kept && value.Length >= 8
            && DateOnly.TryParseExact(value.AsSpan(0, 8), "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date))
        {
            found.UnionWith(Forms(date));
        }
    }

    /// <summary>The forms of a date, which the instances of a study share.</summary>
    private static Identifier[] Forms(DateOnly date)
    {
        if (FormsOfDates.TryGetValue(date, out Identifier[]? known))
        {
            return known;
        }

        Identifier[] forms =
        [
            .. DateForms
                .Select(form => SearchText.Normalize(date.ToString(form, CultureInfo.InvariantCulture)))
                .Select(text => new Identifier(FindingKind.Date, text, text.Length < WordLettersMin || CommonWords.Contains(text))),
        ];
        return FormsOfDates.Count < DatesKeptMax ? FormsOfDates.GetOrAdd(date, forms) : forms;
    }

    private void AddValue(FindingKind kind, string value)
    {
        if (kind != FindingKind.Number && NamesEquipment(SearchText.Normalize(value)))
        {
            return;
        }

        Add(kind, value);
        AddDigits(kind, value);
        if (kind == FindingKind.Address)
        {
            foreach (string part in value.Split(['^', ',', ';', '\n']).Where(part => part.Trim().Length >= AddressPartLettersMin))
            {
                Add(kind, part);
            }
        }
    }

    // A number is written with other punctuation, or without its leading zeros. A single run of few digits is in any text.
    private void AddDigits(FindingKind kind, string value)
    {
        string plain = string.Concat(value.Where(char.IsAsciiLetterOrDigit)).TrimStart('0');
        if (kind is FindingKind.Number or FindingKind.Address && plain.Length >= PlainLettersMin && plain.Count(char.IsAsciiDigit) * 2 > plain.Length)
        {
            Add(kind, plain);
        }
    }

    private bool NamesEquipment(string text) => equipment.Any(name => name.Contains($" {text} ", StringComparison.Ordinal));

    private void Add(FindingKind kind, string value)
    {
        string text = SearchText.Normalize(value);
        if (text.Length >= LettersMin && !CommonWords.IsPlaceholder(text))
        {
            bool weak = text.Length < WordLettersMin || CommonWords.Contains(text) || (kind == FindingKind.Name && NamesEquipment(text));
            found.Add(new Identifier(kind, text, weak));

            // The same with its accents, as bytes that are no text are searched.
            if (!Ascii.IsValid(value) && SearchText.Normalize(value, isText: false) is { } accented && accented != text)
            {
                found.Add(new Identifier(kind, accented, weak));
            }
        }
    }
}
