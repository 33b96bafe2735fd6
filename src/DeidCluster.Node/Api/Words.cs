namespace DeidCluster.Node;

/// <summary>Members of an enumeration as the API writes them: in camelCase, read without regard to case.</summary>
internal static class Words
{
    public static string Of<T>(T member) where T : struct, Enum
    {
        string name = member.ToString();
        return char.ToLowerInvariant(name[0]) + name[1..];
    }

    public static IEnumerable<string> All<T>() where T : struct, Enum => Enum.GetValues<T>().Select(Of);

    public static bool TryRead<T>(string word, out T member) where T : struct, Enum
    {
        member = default;
        return word.Length > 0 && word.All(char.IsAsciiLetter) && Enum.TryParse(word, ignoreCase: true, out member);
    }
}
