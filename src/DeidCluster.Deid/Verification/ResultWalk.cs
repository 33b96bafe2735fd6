using System.Buffers;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Looks at every element of a result, at every depth, beside what stands at the same place in the source.</summary>
internal sealed class ResultWalk(DicomFile result, ProjectProfile profile, ProjectRules rules, IdentifierSearch search, Identity identity)
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Two buffers overlap by this much, so that an identifier across their border is seen. Longer ones may be missed there.</summary>
    private const int OverlapBytes = 256;

    /// <summary>Shorter numbers in IS and DS say nothing about anybody. Characters.</summary>
    private const int NumberLettersMin = 6;

    private readonly List<Finding> findings = [];

    /// <summary>The source's top level, which says what its private blocks hold.</summary>
    private DataSet root = [];

    /// <summary>What was found, in the order of the data set.</summary>
    public IReadOnlyList<Finding> Findings => findings;

    /// <summary>Looks at <paramref name="item"/>, which <paramref name="before"/> has become.</summary>
    public void Check(DataSet item, DataSet before)
    {
        root = before;
        Check(item, before, parent: null, path: "");
    }

    private void Check(DataSet item, DataSet? before, ElementPlace? parent, string path)
    {
        foreach (Element element in item)
        {
            if (findings.Count > Verifier.FindingsMax)
            {
                return;
            }

            ElementPlace place = new(element.Tag, element.Vr, ProjectRules.CreatorOf(item, element.Tag), parent);
            string at = path + element.Tag;
            CheckPrivate(place, at);
            if (element is SequenceElement sequence)
            {
                IReadOnlyList<DataSet> itemsBefore = before?.Items(element.Tag) ?? [];
                for (int i = 0; i < sequence.Items.Count; i++)
                {
                    Check(sequence.Items[i], i < itemsBefore.Count ? itemsBefore[i] : null, place, $"{at}[{i}].");
                }
            }
            else if (parent is not null || element.Tag != Tags.PixelData || element is FragmentsElement)
            {
                CheckValue(item, element, at);
                CheckDate(item, before, place, at);
            }
        }
    }

    private void CheckPrivate(ElementPlace place, string at)
    {
        if (place.Tag.IsPrivate && !place.Tag.IsPrivateCreator && rules.ActionAt(place) is null
            && !(profile.Options.Contains(ProfileOption.RetainSafePrivate) && PrivateCheck.MayStay(place, root)))
        {
            findings.Add(new Finding(at, FindingKind.Private, "a private element that no rule of the project keeps"));
        }
    }

    private void CheckValue(DataSet item, Element element, string at)
    {
        FindingKind? kind = element.Vr switch
        {
            Vr.LO or Vr.SH or Vr.ST or Vr.LT or Vr.UT or Vr.UC or Vr.UR or Vr.PN => InTexts(item.GetStrings(element.Tag)) ?? InRaw(element),
            Vr.CS or Vr.AE => InRaw(element),
            Vr.UI => InUids(item.GetStrings(element.Tag)) ?? InWords(item.GetStrings(element.Tag)),
            Vr.IS or Vr.DS => AsNumber(item.GetStrings(element.Tag)) ?? InWords(item.GetStrings(element.Tag)),
            Vr.AS or Vr.DA or Vr.DT or Vr.TM => InWords(item.GetStrings(element.Tag)),
            _ => InRaw(element),
        };
        if (kind is { } found)
        {
            findings.Add(new Finding(at, found, $"{Words(found)} of the source is still here"));
        }
    }

    private void CheckDate(DataSet item, DataSet? before, ElementPlace place, string at)
    {
        if (before is null || place.Vr is not (Vr.DA or Vr.DT))
        {
            return;
        }

        DatePolicy policy = profile.Dates;
        switch (rules.ActionAt(place))
        {
            case RuleAction.Shift when place.Tag == Tags.PatientBirthDate && IsAbove89(before):
                // Such a birth moves to the cap, and to no day that could be expected.
                policy = new DatePolicy(DateTreatment.Remove);
                break;
            case RuleAction.Shift:
                policy = policy with { Treatment = DateTreatment.Shift };
                break;
            case not null:
                return;
            case null when policy.Treatment == DateTreatment.Keep && place.Tag != Tags.PatientBirthDate:
                return;
        }

        if (DateCheck.Compare(before.GetStrings(place.Tag), item.GetStrings(place.Tag), policy, identity.ShiftDays) is { } problem)
        {
            findings.Add(new Finding(at, FindingKind.Date, problem));
        }
    }

    private static bool IsAbove89(DataSet source) =>
        source.GetString(Tags.PatientBirthDate) is { Length: >= 4 } birth && source.GetString(Tags.StudyDate) is { Length: >= 4 } study
        && int.TryParse(birth.AsSpan(0, 4), out int born) && int.TryParse(study.AsSpan(0, 4), out int examined) && examined - born >= RuleAction.AgeBand.AgeCapYears;

    private FindingKind? InTexts(IReadOnlyList<string> values)
    {
        foreach (string value in values)
        {
            if ((search.AsWholeValue(value) ?? search.InText(value)) is { } kind)
            {
                return kind;
            }
        }

        return null;
    }

    private FindingKind? InUids(IReadOnlyList<string> values) =>
        values.Any(value => search.AsWholeValue(value) is FindingKind.Uid || search.InText(value) is FindingKind.Uid) ? FindingKind.Uid : null;

    /// <summary>Words where there should be none. Values of digits are those of their own place, and are compared there.</summary>
    private FindingKind? InWords(IReadOnlyList<string> values) => InTexts([.. values.Where(value => value.Any(char.IsLetter))]);

    private FindingKind? AsNumber(IReadOnlyList<string> values)
    {
        foreach (string value in values)
        {
            if (value.Length >= NumberLettersMin && search.AsWholeValue(value) is FindingKind.Number)
            {
                return FindingKind.Number;
            }
        }

        return null;
    }

    private FindingKind? InRaw(Element element) => element switch
    {
        ValueElement value => search.InBytes(value.Bytes.Span),
        RangeElement => InBulk(BulkValue.Of(element, result)!.Value),
        FragmentsElement => InBulk(BulkValue.Of(element, result)!.Value, isCompressed: true),
        _ => null,
    };

    private FindingKind? InBulk(BulkValue value, bool isCompressed = false)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            for (long at = 0; at < value.Length; at += BufferBytes - OverlapBytes)
            {
                Span<byte> part = buffer.AsSpan(0, (int)Math.Min(BufferBytes, value.Length - at));
                value.Read(at, part);
                if ((isCompressed ? search.InCompressed(part) : search.InBytes(part)) is { } kind)
                {
                    return kind;
                }
            }

            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string Words(FindingKind kind) => kind switch
    {
        FindingKind.Name => "a name",
        FindingKind.Number => "a number of the patient, order or visit",
        FindingKind.Uid => "a UID",
        FindingKind.Date => "a date",
        FindingKind.Address => "an address or telephone number",
        _ => "the institution or station",
    };
}
