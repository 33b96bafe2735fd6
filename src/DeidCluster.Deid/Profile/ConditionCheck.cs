using System.Globalization;
using System.Text.RegularExpressions;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>A condition that is ready to be asked. A pattern that takes too long throws <see cref="RegexMatchTimeoutException"/>.</summary>
internal sealed class ConditionCheck
{
    // A pattern that takes longer on one value is hostile.
    private static readonly TimeSpan MatchTimeMax = TimeSpan.FromMilliseconds(250);

    private readonly RuleCondition condition;
    private readonly Func<string, bool> holdsFor;
    private readonly ConditionCheck[] any;

    public ConditionCheck(RuleCondition condition)
    {
        this.condition = condition;
        any = [.. condition.Any.Select(one => new ConditionCheck(one))];
        holdsFor = Test(condition);
    }

    /// <summary>True when it holds for <paramref name="instance"/>.</summary>
    public bool Holds(DataSet instance) => HoldsAsWritten(instance) != condition.Negated;

    private bool HoldsAsWritten(DataSet instance) =>
        any.Length > 0 ? any.Any(one => one.Holds(instance))
        : condition.Path is { } path ? HoldsInside(instance, path, 0, null)
        : instance.Find(condition.Tag) is { } element && HoldsFor(instance, element);

    private bool HoldsInside(DataSet level, RuleSelector path, int step, ElementPlace? parent)
    {
        foreach (Element element in level.Elements)
        {
            ElementPlace place = new(element.Tag, element.Vr, level.PrivateCreator(element.Tag), parent);
            if (!path.Steps[step].Matches(place))
            {
                continue;
            }

            bool holds = step == path.Steps.Count - 1
                ? HoldsFor(level, element)
                : element is SequenceElement sequence && sequence.Items.Any(item => HoldsInside(item, path, step + 1, place));
            if (holds)
            {
                return true;
            }
        }

        return false;
    }

    private bool HoldsFor(DataSet level, Element element) => condition.Test == ConditionTest.Present
        ? element switch
        {
            ValueElement value => value.Bytes.Length > 0,
            SequenceElement sequence => sequence.Items.Count > 0,
            _ => true,
        }
        : element is ValueElement text && level.Strings(text).Any(holdsFor);

    private static Func<string, bool> Test(RuleCondition condition)
    {
        string text = condition.Text;
        switch (condition.Test)
        {
            case ConditionTest.Equals:
                return value => value == text;
            case ConditionTest.Contains:
                return value => value.Contains(text, StringComparison.OrdinalIgnoreCase);
            case ConditionTest.Matches:
                Regex pattern = Compile(text);
                return pattern.IsMatch;
            case ConditionTest.Word:
                Regex word = Compile($@"(?<!\w){Regex.Escape(text)}(?!\w)");
                return word.IsMatch;
            case ConditionTest.AtLeast:
                double least = double.Parse(text, CultureInfo.InvariantCulture);
                return value => Number(value) >= least;
            case ConditionTest.AtMost:
                double most = double.Parse(text, CultureInfo.InvariantCulture);
                return value => Number(value) <= most;
            default:
                return _ => true;
        }
    }

    private static Regex Compile(string pattern) => new(pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchTimeMax);

    private static double Number(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
}
