using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Says which elements an action can do something with.</summary>
internal static class ActionFit
{
    private static readonly Vr[] Numbers = [Vr.DS, Vr.IS, Vr.US, Vr.SS, Vr.UL, Vr.SL, Vr.FL, Vr.FD];

    /// <summary>True when <paramref name="action"/> can do something with values of <paramref name="vr"/>.</summary>
    public static bool Fits(RuleAction action, Vr vr) => action switch
    {
        RuleAction.Hash or RuleAction.Pseudonym => IsFreeText(vr),
        RuleAction.CleanText => IsWords(vr) || vr == Vr.SQ,
        RuleAction.Truncate or RuleAction.ReplaceText => IsWords(vr),
        RuleAction.Uid => vr == Vr.UI,
        RuleAction.Shift or RuleAction.Floor => vr is Vr.DA or Vr.DT,
        RuleAction.AgeBand => vr == Vr.AS,
        RuleAction.Round => IsNumber(vr),
        RuleAction.Replace replace => CanHold(vr, replace.Value),
        RuleAction.Set set => CanHold(vr, set.Value),
        RuleAction.Dummy => vr is not (Vr.OB or Vr.OW),
        _ => true,
    };

    /// <summary>True for a VR that holds words of any kind.</summary>
    public static bool IsFreeText(Vr vr) => vr is Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.ST or Vr.UC or Vr.UR or Vr.UT;

    /// <summary>True for a VR of text, those of codes and titles included.</summary>
    public static bool IsWords(Vr vr) => vr is Vr.AE or Vr.CS || IsFreeText(vr);

    /// <summary>True for a VR of numbers.</summary>
    public static bool IsNumber(Vr vr) => Numbers.Contains(vr);

    private static bool CanHold(Vr vr, string text) => vr switch
    {
        _ when text.Length == 0 || IsWords(vr) => true,
        Vr.UI or Vr.DA or Vr.DT or Vr.TM or Vr.AS or Vr.DS or Vr.IS => HoldsWellFormed(vr, text),
        _ => IsNumber(vr) && Parse(text) is { } numbers && NumberElement.Make(default, vr, numbers) is not null,
    };

    private static bool HoldsWellFormed(Vr vr, string text)
    {
        DataSet one = [];
        one.SetString(default, vr, text);
        return ValueRules.IsWellFormed(one.Find(default)!);
    }

    private static double[]? Parse(string text)
    {
        string[] parts = text.Split('\\');
        double[] numbers = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }
}
