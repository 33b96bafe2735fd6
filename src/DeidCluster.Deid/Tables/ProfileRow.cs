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
    /// What the profile does with <paramref name="options"/> on, and the option that says so, or null for the Basic Profile. Where one
    /// option keeps and another cleans, it is cleaned, which retains too: a date that another option keeps would give the shift of all
    /// others away.
    /// </summary>
    public (ProfileAction Action, ProfileOption? By) Under(IReadOnlySet<ProfileOption> options)
    {
        (ProfileAction Action, ProfileOption? By) chosen = (Basic, null);
        foreach ((ProfileOption option, ProfileAction action) in byOption)
        {
            if (options.Contains(option) && (chosen.By is null || (action == ProfileAction.Clean && chosen.Action != ProfileAction.Clean)))
            {
                chosen = (action, option);
            }
        }

        return chosen;
    }
}
