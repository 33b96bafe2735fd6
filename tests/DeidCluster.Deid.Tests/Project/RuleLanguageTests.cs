using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests.Project;

public class RuleLanguageTests
{
    [Theory]
    [InlineData("rules: [{select: PatientName, action: shift}]", "2:18: this can match nothing: 'shift' fits no element of PatientName")]
    [InlineData("rules: [{select: Rows, action: replace, value: wide}]", "2:18: this can match nothing: 'replace' fits no element of Rows")]
    [InlineData("rules: [{select: StudyDate, action: replace, value: soon}]", "2:18: this can match nothing")]
    [InlineData("rules: [{select: PatientName.StudyDate, action: remove}]", "2:18: step 1 is no sequence")]
    [InlineData("rules: [{select: MediaStorageSOPInstanceUID, action: remove}]", "2:18: commands, file meta information")]
    [InlineData("rules: [{select: '(0019,0010)', action: remove}]", "2:18: commands, file meta information")]
    [InlineData("rules: [{select: '*Date', action: remove}, {select: StudyDate, action: empty}]", "2:53: this can match nothing: the rule for *Date at a.yaml:2 always decides before it")]
    [InlineData("rules: [{select: '*Date', action: set, value: '20200101'}]", "2:18: 'set' needs one element")]
    [InlineData("rules: [{select: KVP, action: round}]", "2:9: key 'multiple' is missing here")]
    [InlineData("rules: [{select: KVP, action: truncate, length: 0}]", "2:18: this can match nothing")]
    [InlineData("rules: [{select: StudyDescription, action: replace-text, pattern: '((', with: x}]", "2:67: this is no regular expression")]
    [InlineData("rules: [{select: StudyDescription, action: truncate, length: 2}]", "2:18: this leaves a part of the text of StudyDescription")]
    [InlineData("rules: [{select: DerivationDescription, action: clean-text}]", "2:18: this leaves words of DerivationDescription")]
    [InlineData("rules: [{select: ReferencedSOPInstanceUID, action: keep}]", "2:18: this leaves the value of ReferencedSOPInstanceUID")]
    [InlineData("rules: [{select: KVP, action: remove, when: [{element: Modality, equals: CT, matches: C}]}]", "2:46: a condition has one of 'equals'")]
    [InlineData("rules: [{select: KVP, action: remove, when: [{element: Modality, equals: ''}]}]", "2:74: a text is expected here")]
    [InlineData("rules: [{select: KVP, action: remove, when: [{element: Modality, in: []}]}]", "2:46: 'in' needs at least one text")]
    [InlineData("rules: [{select: KVP, action: remove, when: [{element: KVP, at-least: many}]}]", "2:71: a number from")]
    [InlineData("rules: [{select: KVP, action: remove, when: [{any: []}]}]", "2:46: 'any' needs at least one condition")]
    [InlineData("rules: [{select: KVP, action: remove, labels: [thin]}]", "2:48: the project has no label 'thin'")]
    [InlineData("labels: [{label: all, when: [{element: KVP, present: true}]}]", "2:18: a label has lower-case letters")]
    [InlineData("labels: [{label: thin}]", "2:10: key 'when' is missing here")]
    [InlineData("labels: [{label: thin, when: [{element: KVP, present: true}]}]\nrules: [{select: KVP, action: remove, labels: [thin]}]", "1:1: the project has labels, and 'select.labels' takes none")]
    [InlineData("labels: [{label: thin, when: [{element: KVP, present: true}]}]\nselect: {labels: [all]}", "1:1: the label 'thin' is used by nothing")]
    [InlineData("select: {labels: [thick]}", "2:39: the project has no label 'thick'")]
    [InlineData("rule-sets: [{rules: [{select: KVP, action: remove}]}]", "2:13: a rule set has one of 'manufacturer'")]
    [InlineData("rule-sets: [{manufacturer: acme}]", "2:13: key 'rules' is missing here")]
    [InlineData("rule-files: [nowhere.yaml]", "nowhere.yaml:1:1: there is no such file")]
    [InlineData("rule-files: [{file: nowhere.yaml, allow-weaker: true}]", "2:14: 'allow-weaker' needs a 'reason'")]
    [InlineData("output-transfer-syntax: Fancy", "2:25: unknown transfer syntax 'Fancy'")]
    [InlineData("output-transfer-syntax: 1.2.840.10008.1.2.2", "2:25: big endian is retired")]
    public void Read_Mistake_IsRefusedWithItsPlace(string text, string expected)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => ProjectFile.Parse(Make.ProjectText(text), "a.yaml"));
        Assert.Contains(e.Problems, problem => problem.ToString().StartsWith(expected[0] is >= '0' and <= '9' ? "a.yaml:" + expected : expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_ProjectWithoutSopClasses_IsRefused()
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => ProjectFile.Parse("project: a\nselect: {modalities: [CT]}\n", "a.yaml"));
        Assert.StartsWith("a.yaml:3:1: the project names no SOP classes", Assert.Single(e.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void RuleFiles_AreReadInOrder_BehindTheProjectsOwnRules()
    {
        using TestFolder folder = new();
        File.WriteAllText(folder.File("first.yaml"), "manufacturer: ^acme\nrules:\n  - {select: [KVP, SliceThickness], action: empty}\n");
        File.WriteAllText(folder.File("second.yaml"), "rules: [{select: [KVP, StudyDescription], action: remove}, {select: PatientSex, action: keep, allow-weaker: true, reason: r}]\n");
        File.WriteAllText(folder.File("a.yaml"), Make.ProjectText("""
            rules: [{select: KVP, action: dummy}]
            rule-sets: [{model: tomo, rules: [{select: KVP, action: remove}]}]
            rule-files: [first.yaml, {file: second.yaml, allow-weaker: true, reason: approved}]
            """));

        IReadOnlyList<Rule> rules = ProjectFile.Read(folder.File("a.yaml")).Profile.Rules;

        Assert.Equal(
            [("KVP", "remove"), ("KVP", "dummy"), ("KVP", "empty"), ("SliceThickness", "empty"), ("KVP", "remove"), ("StudyDescription", "remove"), ("PatientSex", "keep")],
            rules.Select(rule => (rule.Selector.Text, rule.Action.Word)));
        Assert.Equal(["first.yaml:3", "first.yaml:3"], rules.Where(rule => rule.Action is RuleAction.Empty).Select(rule => rule.Origin));
        Assert.True(Assert.Single(rules, rule => rule.IsWeaker).Selector.Text == "PatientSex");
    }

    [Fact]
    public void RuleFile_WeakerWithoutTheProjectsConsent_IsRefusedAtItsOwnPlace()
    {
        using TestFolder folder = new();
        File.WriteAllText(folder.File("weak.yaml"), "rules:\n  - {select: PatientSex, action: keep, allow-weaker: true, reason: r}\n");
        File.WriteAllText(folder.File("a.yaml"), Make.ProjectText("rule-files: [weak.yaml]\nfoo: 1"));

        ConfigurationException e = Assert.Throws<ConfigurationException>(() => ProjectFile.Read(folder.File("a.yaml")));

        Assert.Equal(2, e.Problems.Count);
        Assert.Contains("weak.yaml:2:14: this leaves the value of PatientSex", e.Message, StringComparison.Ordinal);
        Assert.Contains("the project must consent", e.Message, StringComparison.Ordinal);
    }
}
