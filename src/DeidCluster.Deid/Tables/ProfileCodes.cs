namespace DeidCluster.Deid;

/// <summary>What PS3.15 calls actions and options.</summary>
internal static class ProfileCodes
{
    /// <summary>The code of table E.1-1a.</summary>
    public static string Of(ProfileAction action) => action switch
    {
        ProfileAction.Keep => "K",
        ProfileAction.Remove => "X",
        ProfileAction.Empty => "Z",
        ProfileAction.Dummy => "D",
        ProfileAction.Uid => "U",
        ProfileAction.Clean => "C",
        ProfileAction.EmptyOrDummy => "Z/D",
        ProfileAction.RemoveOrEmpty => "X/Z",
        ProfileAction.RemoveOrDummy => "X/D",
        ProfileAction.RemoveOrEmptyOrDummy => "X/Z/D",
        _ => "X/Z/U*",
    };

    /// <summary>The action of a code of table E.1-1a.</summary>
    public static ProfileAction Read(string code)
    {
        foreach (ProfileAction action in Enum.GetValues<ProfileAction>())
        {
            if (Of(action) == code)
            {
                return action;
            }
        }

        throw new InvalidOperationException($"The action code '{code}' is not one of table E.1-1a.");
    }

    /// <summary>The option as a project file names it.</summary>
    public static string WordOf(ProfileOption option) => YamlMap.Kebab(option.ToString());
}
