using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Deid;

/// <summary>Gives a profile its version: the SHA-256 of everything in it that can change an output byte, in one order and spelling.</summary>
internal static class ProfileVersion
{
    /// <summary>Changes when the canonical text below is written differently.</summary>
    private const string Form = "profile/2";

    /// <summary>64 hexadecimal digits. <see cref="ProjectProfile.Version"/> itself and the reasons of rules do not count.</summary>
    public static string Of(ProjectProfile profile)
    {
        StringBuilder text = new();
        Line(text, Form, profile.Name, profile.Edition);
        Line(text, "dates", profile.Dates.Treatment, profile.Dates.ShiftDaysMin, profile.Dates.ShiftDaysMax);
        if (profile.Dates.Treatment == DateTreatment.Floor)
        {
            Line(text, "floor", profile.Dates.FloorTo);
        }

        Line(text, "pseudonym", profile.Pseudonym.Prefix, profile.Pseudonym.HashLength, profile.Pseudonym.UseParticipantId);
        if (profile.Pseudonym.Kind != PseudonymKind.Hash)
        {
            Line(text, "pseudonym-kind", profile.Pseudonym.Kind, profile.Pseudonym.CounterDigits);
        }

        Line(text, "combine", profile.CombineByAccession);
        Line(text, "output", profile.OutputTransferSyntax ?? "");
        Line(text, ["options", .. profile.Options.Order().Select(option => (object)option)]);
        Append(text, profile.Selection);
        foreach (Rule rule in profile.Rules)
        {
            // Records of actions print their name and parameters.
            Line(text, "rule", rule.Selector.Text, rule.Action, rule.Action is RuleAction.Round round ? round.To : 0);
            Line(text, ["labels", .. rule.Labels]);
            Line(text, ["except-labels", .. rule.ExceptLabels]);
            Append(text, rule.When);
        }

        foreach (LabelRule label in profile.Labels)
        {
            Line(text, "label", label.Name);
            Append(text, label.When);
        }

        foreach (PixelRule rule in profile.PixelRules)
        {
            Append(text, rule);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static void Append(StringBuilder text, IReadOnlyList<RuleCondition> conditions)
    {
        foreach (RuleCondition condition in conditions)
        {
            Line(text, "when", condition.Tag, condition.Path?.Text ?? "", condition.Test, condition.Text, condition.Negated, condition.Any.Count);
            Append(text, condition.Any);
        }
    }

    private static void Append(StringBuilder text, Selection selection)
    {
        Line(text, ["select-labels", .. selection.Labels]);
        Line(text, ["select-except-labels", .. selection.ExceptLabels]);
        Line(text, ["modalities", .. selection.Modalities]);
        Line(text, ["sop-classes", .. selection.SopClassUids]);
        Line(text, ["exclude-series-descriptions", .. selection.ExcludedSeriesDescriptions]);
        Line(text, "min-instances-per-series", selection.MinInstancesPerSeries);
        foreach (ManufacturerSelection manufacturer in selection.Manufacturers)
        {
            Line(text, ["manufacturer", manufacturer.Pattern, .. manufacturer.ExcludedSeriesNumbers.Select(number => (object)number)]);
        }
    }

    private static void Append(StringBuilder text, PixelRule rule)
    {
        Line(text, "pixels", rule.Manufacturer ?? "", rule.Model ?? "", rule.Rows ?? 0, rule.Columns ?? 0, rule.KeepUltrasoundRegionsOnly);
        Line(text, ["pixel-sop-classes", .. rule.SopClassUids]);
        Line(text, ["pixel-modalities", .. rule.Modalities]);
        Line(text, ["blank", .. rule.Boxes.Select(box => (object)box)]);
    }

    /// <summary>Each value behind its length, so that no two lists of values give the same line.</summary>
    private static void Line(StringBuilder text, params ReadOnlySpan<object> values)
    {
        foreach (object value in values)
        {
            string word = FormattableString.Invariant($"{value}");
            text.Append(word.Length).Append(':').Append(word).Append(' ');
        }

        text.Append('\n');
    }
}
