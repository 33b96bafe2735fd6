using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Cleans the values of content items by their concept name (PS3.15 E.3.4): of content trees, acquisition contexts, specimen preparations and
/// waveform annotations, at any depth.
/// </summary>
internal sealed class ContentItems(TextElements texts)
{
    /// <summary>Sequences whose items say with a concept name what their value is.</summary>
    private static readonly Tag[] Trees = [Tags.ContentSequence, Tags.AcquisitionContextSequence, Tags.SpecimenPreparationSequence, Tags.WaveformAnnotationSequence];

    /// <summary>Schemes of the standard, whose meanings are no sentences of a person (PS3.16 table 8-1).</summary>
    private static readonly string[] PublicSchemes = ["DCM", "SCT", "SRT", "SNM3", "LN", "UCUM", "FMA", "RADLEX", "MDC", "NCIt", "UMLS", "99SDM", "BARI", "NEU", "I9C", "I10", "ICDO3", "ACR", "MA", "CPT4", "RXNORM"];

    /// <summary>True when the items of the sequence at <paramref name="parent"/> stand in a content tree.</summary>
    public static bool Holds(ElementPlace? parent)
    {
        for (ElementPlace? around = parent; around is not null; around = around.Parent)
        {
            if (Array.IndexOf(Trees, around.Tag) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>True when the element of <paramref name="item"/> is decided here and not by the profile's table.</summary>
    public static bool Decides(Element element, DataSet item) =>
        element.Tag == Tags.TextValue || element.Tag == Tags.UnformattedTextValue || element.Tag == Tags.CodeValue || element.Tag == Tags.LongCodeValue
        || (TextElements.CanClean(element.Vr) && element.Tag == Tags.AnnotationGroupLabel)
        || (element is SequenceElement && element.Tag == Tags.MeasuredValueSequence && IdentityConcepts.Of(item) != ConceptKind.Clinical)
        || (element is SequenceElement && element.Tag == Tags.ConceptCodeSequence && IdentityConcepts.Of(item) == ConceptKind.Identifying)
        || (element.Tag == Tags.NumericValue && IdentityConcepts.Of(item) != ConceptKind.Clinical)
        || ((element.Vr is Vr.DA or Vr.DT) && IdentityConcepts.Of(item) == ConceptKind.Identifying);

    /// <summary>What takes its place; for a sequence, before its items are cleaned.</summary>
    public Element Clean(Element element, DataSet item)
    {
        if (element.Tag == Tags.CodeValue || element.Tag == Tags.LongCodeValue)
        {
            Element? value = texts.Clean(element, item, TextTrust.Warranted);
            return value is ValueElement after && element is ValueElement before && after.Bytes.Span.SequenceEqual(before.Bytes.Span) ? value : DummyValues.Of(element);
        }

        ConceptKind kind = IdentityConcepts.Of(item);
        return element switch
        {
            SequenceElement sequence when kind == ConceptKind.Age => new SequenceElement(sequence.Tag, Vr.SQ, [.. sequence.Items.Select(CapAge)], sequence.UndefinedLength),
            SequenceElement sequence when sequence.Tag == Tags.MeasuredValueSequence => new SequenceElement(sequence.Tag),
            SequenceElement sequence => new SequenceElement(sequence.Tag, Vr.SQ, [.. sequence.Items.Select(DummyCode)], sequence.UndefinedLength),
            _ when element.Tag == Tags.NumericValue && kind == ConceptKind.Age => CapAge(item).Find(Tags.NumericValue)!,
            _ when kind == ConceptKind.Clinical => texts.Clean(element, item, TextTrust.Vocabulary) ?? DummyValues.Of(element),
            _ => DummyValues.Of(element),
        };
    }

    /// <summary>True for a code of a public scheme: its meaning is the scheme's own, one of a private scheme is somebody's (PS3.3 8.2).</summary>
    public static bool IsPublic(DataSet code) =>
        code.GetString(Tags.CodingSchemeDesignator) is { } scheme && Array.Exists(PublicSchemes, known => string.Equals(known, scheme, StringComparison.OrdinalIgnoreCase));

    private static DataSet CapAge(DataSet item)
    {
        DataSet copy = item.DeepCopy();
        if (copy.GetString(Tags.NumericValue) is not { } text)
        {
            return copy;
        }

        string unit = copy.Items(Tags.MeasurementUnitsCodeSequence) is [var first, ..] ? first.GetString(Tags.CodeValue) ?? "a" : "a";
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double age);
        double years = unit switch { "mo" => age / 12, "wk" => age * 7 / 365.25, "d" => age / 365.25, "h" => age / 24 / 365.25, _ => age };
        if (!isNumber || years >= RuleAction.AgeBand.AgeCapYears)
        {
            double cap = RuleAction.AgeBand.AgeCapYears * (unit switch { "mo" => 12, "wk" => 52.18, "d" => 365.25, "h" => 24 * 365.25, _ => 1 });
            copy.SetString(Tags.NumericValue, cap.ToString("0", CultureInfo.InvariantCulture));
            copy.Remove(Tags.FloatingPointValue);
            copy.Remove(Tags.RationalNumeratorValue);
            copy.Remove(Tags.RationalDenominatorValue);
        }

        return copy;
    }

    private static DataSet DummyCode(DataSet code)
    {
        DataSet dummy = [];
        dummy.SetString(Tags.CodeValue, DummyCodeValue);
        dummy.SetString(Tags.CodingSchemeDesignator, "99DEID");
        dummy.SetString(Tags.CodeMeaning, "Removed");
        return dummy;
    }

    private const string DummyCodeValue = "REMOVED";
}
