using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Makes the element that takes another's place.</summary>
internal sealed class ElementChanger(InstanceContext context)
{
    /// <summary>A longer value is not read to be changed: it is removed or replaced instead. Bytes.</summary>
    private const int ChangedBytesMax = 16 * 1024 * 1024;

    /// <summary>Larger numbers are not rounded but taken out.</summary>
    private const double RoundedMax = 1e12;

    // Written with the same bytes whatever Specific Character Set says (PS3.5 6.1.2.1).
    private static readonly SearchValues<char> SameInEverySet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_. ^");

    // A pattern that takes longer on one value is hostile.
    private static readonly TimeSpan MatchTimeMax = TimeSpan.FromMilliseconds(250);

    /// <summary>The element without a value.</summary>
    public static Element Empty(Element element) =>
        element is SequenceElement ? new SequenceElement(element.Tag) : new ValueElement(element.Tag, element.Vr, default);

    /// <summary>An element of text, in the character set of <paramref name="level"/>.</summary>
    public static Element Text(Tag tag, Vr vr, string value, DataSet level)
    {
        if (!value.AsSpan().ContainsAnyExcept(SameInEverySet))
        {
            return Ascii(tag, vr, value);
        }

        DataSet one = [];
        one.SetString(Tags.SpecificCharacterSet, [.. level.CharacterSet.Terms]);
        one.SetString(tag, vr, value);
        return one.Find(tag)!;
    }

    /// <summary>UIDs mapped one by one.</summary>
    public Element? Uid(Element element, DataSet level) => Map(element, level, context.MapUid);

    /// <summary>Dates as the project's policy wants them; null when one of its values is no date, or when they go.</summary>
    public Element? Date(Element element, DataSet level) => context.Dates.Treatment switch
    {
        DateTreatment.Keep => Map(element, level, value => ValueRules.IsTemporal(element.Vr, value) ? value : null),
        DateTreatment.Shift => Shift(element, level),
        DateTreatment.Floor => element.Vr is Vr.DA or Vr.DT ? Map(element, level, date => DateValues.Floor(element.Vr, date, context.Dates.FloorTo)) : null,
        _ => null,
    };

    /// <summary>Dates moved, times left; null when one of its values is malformed. A birth that tells an age over 89 moves to the cap.</summary>
    public Element? Shift(Element element, DataSet level) => element.Vr switch
    {
        Vr.TM => Map(element, level, time => DateValues.IsTime(time) ? time : null),
        Vr.DA or Vr.DT => Map(element, level, date => DateValues.Shift(
            element.Vr, element.Tag == Tags.PatientBirthDate ? BirthDates.Capped(date, context.Header) : date, context.Identity.ShiftDays)),
        _ => null,
    };

    /// <summary>Ages over 89 as 90 years; null when one is malformed.</summary>
    public Element? CappedAge(Element element, DataSet level) => Map(element, level, AgeValues.Cap);

    /// <summary>The keyed hash of each value, which is equal where they were.</summary>
    public Element? Hashed(Element element, DataSet level) => Map(element, level, text => context.Deriver.Hash(text, AeTitleLengthMax));

    /// <summary>What a rule makes of the element; null when it is removed, also because the action does not fit its VR.</summary>
    public Element? ByRule(RuleAction action, Element element, DataSet level) => action switch
    {
        RuleAction.Empty => Empty(element),
        RuleAction.Replace replace => Replace(element, replace.Value, level),
        RuleAction.Set set => Replace(element, set.Value, level),
        RuleAction.Dummy => element is SequenceElement ? new SequenceElement(element.Tag) : DummyValues.Of(element),
        RuleAction.Truncate truncate => IsWords(element.Vr) ? Map(element, level, text => text[..Math.Min(text.Length, truncate.Length)]) : null,
        RuleAction.Round round => Round(element, round.To, level),
        RuleAction.ReplaceText replace => IsWords(element.Vr) ? Map(element, level, text => Rewrite(text, replace)) : null,
        RuleAction.Hash hash => IsFreeText(element.Vr) ? Map(element, level, text => context.Deriver.Hash(text, Math.Min(hash.Length, LengthMax(element.Vr)))) : null,
        RuleAction.Pseudonym => IsFreeText(element.Vr) ? Text(element.Tag, element.Vr, context.Identity.Pseudonym, level) : null,
        RuleAction.Uid => element.Vr == Vr.UI ? Map(element, level, context.MapUid) : null,
        RuleAction.Shift => Shift(element, level),
        RuleAction.Floor floor => element.Vr is Vr.DA or Vr.DT ? Map(element, level, date => DateValues.Floor(element.Vr, date, floor.To)) : null,
        RuleAction.AgeBand band => element.Vr == Vr.AS ? Map(element, level, age => AgeValues.Band(age, band.Years)) : null,
        _ => null,
    };

    private Element? Map(Element element, DataSet level, Func<string, string?> change)
    {
        if (!element.Vr.IsText() || Read(element) is not { } value)
        {
            return null;
        }

        IReadOnlyList<string> values = level.Strings(value);
        string[] changed = new string[values.Count];
        for (int i = 0; i < changed.Length; i++)
        {
            // An empty value among several holds a place.
            if ((values[i].Length == 0 ? "" : change(values[i])) is not { } text)
            {
                return null;
            }

            changed[i] = text;
        }

        return changed.Length == 0 ? Empty(element) : InItsSet(element, string.Join('\\', changed), level);
    }

    /// <summary>What was read in a character set goes back into it.</summary>
    private static Element InItsSet(Element element, string text, DataSet level)
    {
        if (!element.Vr.UsesCharacterSet() && System.Text.Ascii.IsValid(text))
        {
            return Ascii(element.Tag, element.Vr, text);
        }

        DataSet one = [];
        one.SetBytes(element.Tag, element.Vr, level.CharacterSet.EncodeOrSubstitute(text, element.Vr));
        return one.Find(element.Tag)!;
    }

    private static ValueElement Ascii(Tag tag, Vr vr, string text)
    {
        byte[] bytes = new byte[text.Length + (text.Length & 1)];
        Encoding.ASCII.GetBytes(text, bytes);
        if (bytes.Length > text.Length)
        {
            bytes[^1] = vr.PaddingByte();
        }

        return new ValueElement(tag, vr, bytes);
    }

    private ValueElement? Read(Element element)
    {
        switch (element)
        {
            case ValueElement value:
                return value;
            case RangeElement { Range: { Length: <= ChangedBytesMax, SwapBytes: 1 } range }:
                byte[] bytes = SegmentList.Of(context.Source, range.Offset, range.Length).ToArray();
                return new ValueElement(element.Tag, element.Vr, bytes);
            default:
                return null;
        }
    }

    private static Element? Replace(Element element, string value, DataSet level)
    {
        if (value.Length == 0)
        {
            return Empty(element);
        }

        if (element.Vr.IsText())
        {
            return Text(element.Tag, element.Vr, value, level);
        }

        string[] numbers = value.Split('\\');
        double[] parsed = new double[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!double.TryParse(numbers[i], NumberStyles.Float, CultureInfo.InvariantCulture, out parsed[i]))
            {
                return null;
            }
        }

        return NumberElement.Make(element.Tag, element.Vr, parsed);
    }

    /// <summary>An element for a place that has none; null when the value does not fit the attribute.</summary>
    public static Element? Make(Tag tag, string value, DataSet level) =>
        DicomDictionary.Find(tag) is { } entry ? Replace(new ValueElement(tag, entry.Vr, default), value, level) : null;

    // A pattern that takes too long leaves nothing of the value.
    private static string? Rewrite(string text, RuleAction.ReplaceText replace)
    {
        try
        {
            return Regex.Replace(text, replace.Pattern, replace.With, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchTimeMax);
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    private static Element? Round(Element element, double to, DataSet level)
    {
        IReadOnlyList<double> numbers = ActionFit.IsNumber(element.Vr) ? level.GetDoubles(element.Tag) : [];
        if (numbers.Count == 0)
        {
            return null;
        }

        // Decimal arithmetic: 0.3 stays 0.3. What it cannot hold is no measurement.
        string[] rounded = new string[numbers.Count];
        for (int i = 0; i < rounded.Length; i++)
        {
            if (!(Math.Abs(numbers[i]) < RoundedMax))
            {
                return null;
            }

            rounded[i] = (Math.Round((decimal)numbers[i] / (decimal)to, MidpointRounding.ToEven) * (decimal)to).ToString("0.############", CultureInfo.InvariantCulture);
        }

        return Replace(element, string.Join('\\', rounded), level);
    }

    private static bool IsFreeText(Vr vr) => ActionFit.IsFreeText(vr);

    private static bool IsWords(Vr vr) => ActionFit.IsWords(vr);

    private const int AeTitleLengthMax = 16;

    private static int LengthMax(Vr vr) => vr == Vr.SH ? 16 : PseudonymPolicy.HashLengthMax;
}
