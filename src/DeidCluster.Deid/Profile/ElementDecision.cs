using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// What is done with an element at one place, decided once for all instances that are alike. Only the value itself, and conditions of
/// the IOD that the data set answers, are left to be looked at.
/// </summary>
internal sealed class ElementDecision
{
    private readonly LevelPlan level;
    private LevelPlan? items;

    public ElementDecision(LevelPlan level, ElementPlace place) => (this.level, Place) = (level, place);

    /// <summary>Where.</summary>
    public ElementPlace Place { get; }

    /// <summary>The rule of the project that decides; null for the profile.</summary>
    public Rule? Rule { get; init; }

    /// <summary>Its place among the project's rules; -1 for the profile.</summary>
    public int RuleIndex { get; init; } = -1;

    /// <summary>For a value that is what the standard says stands there.</summary>
    public ProfileOutcome Wanted { get; init; }

    /// <summary>For any other value.</summary>
    public ProfileOutcome Otherwise { get; init; }

    /// <summary>What the value must be for <see cref="Wanted"/>.</summary>
    public ValueTest Test { get; init; }

    /// <summary>How strictly the IOD wants the attribute here; null when it does not have it here.</summary>
    public AttributeRequirement? Requirement { get; init; }

    /// <summary>The row of table E.1-1; null when it has none.</summary>
    public ProfileRow? Row { get; init; }

    /// <summary>The option whose column of the row decides; null for the Basic Profile.</summary>
    public ProfileOption? Option { get; init; }

    /// <summary>Why, where neither a rule nor a row decides.</summary>
    public string Why { get; init; } = "";

    /// <summary>True in an item of a content tree that is cleaned.</summary>
    public bool IsContent => level.HoldsContent;

    /// <summary>The level inside the element's items.</summary>
    public LevelPlan Items => items ??= level.Inside(this);

    /// <summary>What is done with <paramref name="element"/> of <paramref name="dataSet"/>, inside of <paramref name="around"/>.</summary>
    public Treatment For(Element element, DataSet dataSet, IReadOnlyList<DataSet> around)
    {
        ProfileOutcome outcome = Test == ValueTest.None || Passes(element) ? Wanted : Otherwise;
        return outcome.Resolve(TypeIn(dataSet, around));
    }

    /// <summary>What is done when the value is not what it should be, or could not be cleaned.</summary>
    public Treatment Fallback(DataSet dataSet, IReadOnlyList<DataSet> around) => Otherwise.Resolve(TypeIn(dataSet, around));

    /// <summary>How strictly the IOD wants it in this data set.</summary>
    public AttributeType? TypeIn(DataSet dataSet, IReadOnlyList<DataSet> around) =>
        Requirement is null ? null : Requirement.Conditional.Count == 0 ? Requirement.Always : Requirement.In(dataSet, around);

    private bool Passes(Element element) => Test switch
    {
        ValueTest.WellFormed => ValueRules.IsWellFormed(element),
        ValueTest.KnownCharacterSet => element is ValueElement terms && CharacterSet.Parse(terms.Bytes.Span).IsKnown,
        _ => false,
    };
}

/// <summary>What a value must be to be trusted.</summary>
internal enum ValueTest
{
    /// <summary>Anything.</summary>
    None,

    /// <summary>As its VR wants it (PS3.5 table 6.2-1).</summary>
    WellFormed,

    /// <summary>Terms of Specific Character Set that are known.</summary>
    KnownCharacterSet,

    /// <summary>It never is: its VR is not the attribute's.</summary>
    Never,
}
