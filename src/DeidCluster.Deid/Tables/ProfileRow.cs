namespace DeidCluster.Deid;

/// <summary>One line of PS3.15 table E.1-1: what the Basic Profile does with an attribute, and what each option does instead.</summary>
public sealed class ProfileRow
{
    private readonly Dictionary<ProfileOption, ProfileAction> byOption;

    internal ProfileRow(ProfileAction basic, Dictionary<ProfileOption, ProfileAction> byOption) => (Basic, this.byOption) = (basic, byOption);

    /// <summary>The action of the Basic Profile.</summary>
    public ProfileAction Basic { get; }

    /// <summary>What <paramref name="option"/> does instead; null when it says nothing.</summary>
    public ProfileAction? Under(ProfileOption option) => byOption.TryGetValue(option, out ProfileAction action) ? action : null;

    /// <summary>
    /// What the profile does with <paramref name="options"/> on. Modified Dates stand before every other option: a date that another
    /// option keeps would give the shift of all others away.
    /// </summary>
    public ProfileAction Under(IReadOnlySet<ProfileOption> options)
    {
        if (options.Contains(ProfileOption.RetainLongitudinalModifiedDates) && Under(ProfileOption.RetainLongitudinalModifiedDates) is { } clean)
        {
            return clean;
        }

        foreach (KeyValuePair<ProfileOption, ProfileAction> entry in byOption)
        {
            if (options.Contains(entry.Key))
            {
                return entry.Value;
            }
        }

        return Basic;
    }
}
