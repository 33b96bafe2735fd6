namespace DeidCluster.Dicom;

/// <summary>One component group of a person's name (PS3.5 6.2.1.1): up to five components.</summary>
public sealed record PersonNameGroup(string FamilyName, string GivenName, string MiddleName, string Prefix, string Suffix)
{
    /// <summary>The five components in order.</summary>
    public IReadOnlyList<string> Components => [FamilyName, GivenName, MiddleName, Prefix, Suffix];

    /// <summary>Reads the components between carets; what follows a fifth caret stays with the suffix.</summary>
    public static PersonNameGroup Parse(string text)
    {
        string[] components = text.Split('^', 5);
        string At(int index) => index < components.Length ? components[index].Trim(' ', '\0') : "";
        return new PersonNameGroup(At(0), At(1), At(2), At(3), At(4));
    }

    /// <summary>The components as a value of PN: joined by carets, without those behind the last that is not empty.</summary>
    public string ToValue() => string.Join('^', Components).TrimEnd('^');

    /// <summary>Nothing: a name identifies a person.</summary>
    public override string ToString() => "(person name)";
}

/// <summary>A person's name (PS3.5 6.2.1): alphabetic, ideographic and phonetic component group; null for those that are absent.</summary>
public sealed record PersonName(PersonNameGroup? Alphabetic, PersonNameGroup? Ideographic, PersonNameGroup? Phonetic)
{
    /// <summary>The groups that are present, in order.</summary>
    public IEnumerable<PersonNameGroup> Groups => new[] { Alphabetic, Ideographic, Phonetic }.OfType<PersonNameGroup>();

    /// <summary>Reads one value of PN; never fails.</summary>
    public static PersonName Parse(string value)
    {
        string[] groups = value.Split('=', 3);
        PersonNameGroup? At(int index) => index < groups.Length && groups[index].Trim(' ', '\0').Length > 0 ? PersonNameGroup.Parse(groups[index]) : null;
        return new PersonName(At(0), At(1), At(2));
    }

    /// <summary>The groups as a value of PN: joined by equals signs, without those behind the last that is present.</summary>
    public string ToValue() => string.Join('=', Alphabetic?.ToValue(), Ideographic?.ToValue(), Phonetic?.ToValue()).TrimEnd('=');

    /// <summary>Nothing: a name identifies a person.</summary>
    public override string ToString() => "(person name)";
}
