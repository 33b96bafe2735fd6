using System.Globalization;

namespace DeidCluster.Deid;

/// <summary>Arithmetic on AS values: three digits and D, W, M or Y (PS3.5 6.2).</summary>
internal static class AgeValues
{
    /// <summary>The age, or 90 years for one above 89; null when it is malformed.</summary>
    public static string? Cap(string age) =>
        Band(age, 1) is not { } years ? null : years == $"{RuleAction.AgeBand.AgeCapYears:D3}Y" ? years : age;

    /// <summary>The lower bound, in years, of the age's band; null when the age is malformed.</summary>
    public static string? Band(string age, int bandYears)
    {
        if (age.Length != 4 || !int.TryParse(age.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return null;
        }

        int? years = age[3] switch
        {
            'Y' => number,
            'M' => number / 12,
            'W' => number * 7 / 365,
            'D' => number / 365,
            _ => null,
        };
        return years is not { } whole ? null
            : whole >= RuleAction.AgeBand.AgeCapYears ? $"{RuleAction.AgeBand.AgeCapYears:D3}Y"
            : $"{whole / bandYears * bandYears:D3}Y";
    }
}
