namespace DeidCluster.Deid;

/// <summary>The keys of a rule's action.</summary>
internal static class ActionLanguage
{
    /// <summary>The fewest and most characters of a hash.</summary>
    public const int HashLengthMin = 8, HashLengthMax = 52;

    /// <summary>The widest band of ages. Years.</summary>
    public const int BandYearsMax = 50;

    /// <summary>The most characters that truncation leaves.</summary>
    public const int TruncatedMax = 1024;

    /// <summary>The words for actions, in the order of the documentation.</summary>
    public static readonly string[] Words =
    [
        "keep", "remove", "empty", "dummy", "replace", "set", "hash", "pseudonym", "uid", "shift", "floor", "age-band", "round", "truncate",
        "replace-text", "clean-text",
    ];

    /// <summary>The action of <paramref name="map"/>; null, and noted, when it has none.</summary>
    public static RuleAction? Read(YamlMap map)
    {
        YamlScalar? scalar = map.RequiredScalar("action");
        switch (scalar?.Text)
        {
            case null: return null;
            case "keep": return new RuleAction.Keep();
            case "remove": return new RuleAction.Remove();
            case "empty": return new RuleAction.Empty();
            case "dummy": return new RuleAction.Dummy();
            case "replace": return new RuleAction.Replace(map.RequiredString("value"));
            case "set": return new RuleAction.Set(map.RequiredString("value"));
            case "hash": return new RuleAction.Hash(map.OptionalInt("length", new RuleAction.Hash().Length, HashLengthMin, HashLengthMax));
            case "pseudonym": return new RuleAction.Pseudonym();
            case "uid": return new RuleAction.Uid();
            case "shift": return new RuleAction.Shift();
            case "floor": return new RuleAction.Floor(map.RequiredEnum<DateUnit>("to"));
            case "age-band": return new RuleAction.AgeBand(map.RequiredInt("years", 1, BandYearsMax));
            case "round": return new RuleAction.Round(ReadMultiple(map));
            case "truncate": return new RuleAction.Truncate(map.RequiredInt("length", 1, TruncatedMax));
            case "replace-text": return new RuleAction.ReplaceText(ProjectLanguage.ReadPattern(map.RequiredScalar("pattern")) ?? "", map.RequiredString("with"));
            case "clean-text": return new RuleAction.CleanText();
            default:
                scalar.Fail($"unknown action '{scalar.Text}'{NearestWord.Suggest(scalar.Text, Words)}; known: {string.Join(", ", Words)}");
                return null;
        }
    }

    private static double ReadMultiple(YamlMap map)
    {
        const double Least = 1e-6;
        _ = map.Required("multiple");
        return map.OptionalDouble("multiple", 1, Least, 1e6);
    }
}
