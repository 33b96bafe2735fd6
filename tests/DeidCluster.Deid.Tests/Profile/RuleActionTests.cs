using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

public class RuleActionTests
{
    private static DataSet Apply(DataSet source, params Rule[] rules) => Make.Clean(source, Make.Profile(rules: rules));

    private static DataSet Source()
    {
        DataSet source = Make.Instance();
        source.SetString(Tags.StudyDescription, "Thorax");
        source.SetString(Tags.PatientAge, "093Y");
        source.SetString(Tags.PatientBirthDate, "19310215");
        source.SetString(Tags.AccessionNumber, "A1");
        source.SetString(Tags.KVP, "120");
        source.SetUshort(Tags.Rows, 512);
        source.SetString(new Tag(0x0029, 0x0011), Vr.LO, "ACME");
        source.SetString(new Tag(0x0029, 0x1101), Vr.LO, "kept");
        source.SetString(new Tag(0x0029, 0x1102), Vr.LO, "gone");
        return source;
    }

    [Fact]
    public void Keep_Attribute_LeavesIt() => Assert.Equal("Thorax", Apply(Source(), Make.Rule("StudyDescription", new RuleAction.Keep())).GetString(Tags.StudyDescription));

    [Fact]
    public void Keep_PrivateElement_KeepsItsCreatorAndNothingElseOfItsBlock()
    {
        DataSet result = Apply(Source(), Make.Rule("(0029,\"ACME\",01)", new RuleAction.Keep()));
        Assert.Equal("ACME", result.GetString(new Tag(0x0029, 0x0011)));
        Assert.Equal("kept", result.GetString(new Tag(0x0029, 0x1101)));
        Assert.False(result.Contains(new Tag(0x0029, 0x1102)));
    }

    [Fact]
    public void FirstMatch_OfSeveralRules_Decides() => Assert.Equal("Thorax", Apply(
        Source(),
        Make.Rule("StudyDescription", new RuleAction.Keep()),
        Make.Rule("*Description", new RuleAction.Remove())).GetString(Tags.StudyDescription));

    [Fact]
    public void Remove_Attribute_TakesItOut() => Assert.False(Apply(Source(), Make.Rule("KVP", new RuleAction.Remove())).Contains(Tags.KVP));

    [Fact]
    public void Empty_Attribute_LeavesItWithoutValue()
    {
        DataSet result = Apply(Source(), Make.Rule("KVP", new RuleAction.Empty()));
        Assert.True(result.Contains(Tags.KVP));
        Assert.Null(result.GetString(Tags.KVP));
    }

    [Fact]
    public void Replace_TextAndNumber_FollowTheVr()
    {
        DataSet result = Apply(
            Source(), Make.Rule("StudyDescription", new RuleAction.Replace("Study")), Make.Rule("Rows", new RuleAction.Replace("8")));
        Assert.Equal("Study", result.GetString(Tags.StudyDescription));
        Assert.Equal(8, result.GetInt(Tags.Rows));
    }

    [Fact]
    public void Replace_NumberThatDoesNotFit_LeavesWhatTheIodWantsAndNoValue() =>
        Assert.Equal(0, Apply(Source(), Make.Rule("Rows", new RuleAction.Replace("70000"))).GetInt(Tags.Rows));

    [Fact]
    public void Hash_ShortText_FitsItsVrAndDependsOnTheKey()
    {
        Rule rule = Make.Rule("AccessionNumber", new RuleAction.Hash(32));
        string? hash = Apply(Source(), rule).GetString(Tags.AccessionNumber);
        Assert.Equal(16, hash!.Length);
        Assert.NotEqual(hash, Make.Clean(Source(), Make.Profile(rules: rule), 'b').GetString(Tags.AccessionNumber));
    }

    [Fact]
    public void Pseudonym_Attribute_TakesThePseudonym()
    {
        DataSet result = Apply(Source(), Make.Rule("StudyDescription", new RuleAction.Pseudonym()));
        Assert.Equal(result.GetString(Tags.PatientID), result.GetString(Tags.StudyDescription));
    }

    [Theory]
    [InlineData(10, "090Y")]
    [InlineData(5, "090Y")]
    public void AgeBand_OldAge_IsCapped(int years, string expected) =>
        Assert.Equal(expected, Apply(Source(), Make.Rule("PatientAge", new RuleAction.AgeBand(years))).GetString(Tags.PatientAge));

    [Theory]
    [InlineData("047Y", 10, "040Y")]
    [InlineData("030M", 1, "002Y")]
    [InlineData("006W", 5, "000Y")]
    [InlineData("47", 5, null)]
    public void AgeBand_Age_IsTheLowerBound(string age, int years, string? expected) => Assert.Equal(expected, AgeValues.Band(age, years));

    [Fact]
    public void Floor_Date_RoundsDown() =>
        Assert.Equal("19310101", Apply(Source(), Make.Rule("PatientBirthDate", new RuleAction.Floor(DateUnit.Year))).GetString(Tags.PatientBirthDate));

    [Fact]
    public void Uid_OfText_Removes() => Assert.False(Apply(Source(), Make.Rule("StudyDescription", new RuleAction.Uid())).Contains(Tags.StudyDescription));

    [Theory]
    [InlineData(ConditionTest.Equals, "CT", false, true)]
    [InlineData(ConditionTest.Equals, "MR", false, false)]
    [InlineData(ConditionTest.Equals, "MR", true, true)]
    [InlineData(ConditionTest.Matches, "^c", false, true)]
    [InlineData(ConditionTest.Present, "", false, true)]
    public void When_Condition_DecidesWhetherTheRuleApplies(ConditionTest test, string text, bool negated, bool applies)
    {
        DataSet result = Apply(Source(), Make.Rule("KVP", new RuleAction.Remove(), new RuleCondition(Tags.Modality, test, text, negated)));
        Assert.Equal(!applies, result.Contains(Tags.KVP));
    }

    [Fact]
    public void When_PatternNeverEnds_HoldsTheInstance()
    {
        DataSet source = Source();
        source.SetString(Tags.StudyDescription, new string('a', 40) + "!");
        Rule rule = Make.Rule("KVP", new RuleAction.Remove(), new RuleCondition(Tags.StudyDescription, ConditionTest.Matches, "^(a+)+$"));
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(source, Make.Profile(rules: rule)));
    }

    [Fact]
    public void Remove_OfTheInstanceUid_HoldsTheInstance() =>
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(Make.Instance(), Make.Profile(rules: Make.Rule("SOPInstanceUID", new RuleAction.Remove()))));
}
