using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests.Project;

public class ProjectFileTests
{
    [Theory]
    [InlineData("Ultrasound Image Storage", Uids.UltrasoundImageStorage)]
    [InlineData("ultrasound multi-frame image storage", Uids.UltrasoundMultiFrameImageStorage)]
    [InlineData("Nuclear Medicine Image Storage", Uids.NuclearMedicineImageStorage)]
    public void SopClass_NameThatARetiredClassShares_IsThePresentOne(string name, string uid) =>
        Assert.Equal([uid], ProjectFile.Parse($"project: a\nselect:\n  sop-classes: [{name}]\n", "a.yaml").Profile.Selection.SopClassUids);

    [Fact]
    public void Read_EveryKey_ReachesTheProfile()
    {
        ProjectFile project = Parse("""
            project: a
            description: everything
            edition: 2025e
            options: [retain-institution-identity]
            select:
              modalities: [CT, MR]
              sop-classes: [CT Image Storage, 1.2.840.10008.5.1.4.1.1.4]
              manufacturers: [{matches: ^siemens, exclude-series-numbers: [1200]}]
              exclude-series-descriptions: [localizer]
              min-instances-per-series: 3
            dates: {policy: shift, shift-days-min: -20, shift-days-max: -10}
            pseudonym: {prefix: A-, hash-length: 10, use-participant-id: false}
            combine-by-accession: true
            rules:
              - select: [PatientAge, "(0010,1020)"]
                action: keep
                when: [{element: Modality, equals: MR}, {element: Manufacturer, matches: siemens, not: true}]
                allow-weaker: true
                reason: growth study
            pixels:
              - {modalities: [US], rows: 480, columns: 640, blank: [{left: 0, top: 0, right: 639, bottom: 40}]}
            archives: [vna, pacs]
            destinations: [folder]
            in-flight: 3
            retry: {attempts: 2, first-delay-seconds: 5, delay-seconds-max: 60}
            """);

        ProjectProfile profile = project.Profile;
        Assert.Equal(("a", "2025e", true), (profile.Name, profile.Edition, profile.CombineByAccession));
        Assert.Equal([ProfileOption.RetainInstitutionIdentity], profile.Options);
        Assert.Equal([Uids.CtImageStorage, Uids.MrImageStorage], profile.Selection.SopClassUids);
        Assert.Equal([1200], Assert.Single(profile.Selection.Manufacturers).ExcludedSeriesNumbers);
        Assert.Equal(3, profile.Selection.MinInstancesPerSeries);
        Assert.Equal(new DatePolicy(DateTreatment.Shift, -20, -10), profile.Dates);
        Assert.Equal(("A-", 10, false), (profile.Pseudonym.Prefix, profile.Pseudonym.HashLength, profile.Pseudonym.UseParticipantId));
        Assert.Equal(2, profile.Rules.Count);
        Assert.Equal(
            [new RuleCondition(Tags.Modality, ConditionTest.Equals, "MR"), new RuleCondition(Tags.Manufacturer, ConditionTest.Matches, "siemens", Negated: true)],
            profile.Rules[1].When);
        Assert.Equal(new PixelBox(0, 0, 639, 40), Assert.Single(Assert.Single(profile.PixelRules).Boxes));
        Assert.Equal(["vna", "pacs"], project.Archives);
        Assert.Equal(["folder"], project.Destinations);
        Assert.Equal((3, new ProjectRetry(2, 5, 60)), (project.InFlightMax, project.Retry));
    }

    [Theory]
    [InlineData("keep")]
    [InlineData("remove")]
    [InlineData("empty")]
    [InlineData("replace, value: X")]
    [InlineData("hash, length: 12")]
    [InlineData("pseudonym")]
    public void Read_Action_IsParsed(string action)
    {
        Rule rule = Assert.Single(Parse(Make.ProjectText($"rules: [{{select: StudyDescription, action: {action}, reason: r, allow-weaker: {(action == "keep" ? "true" : "false")}}}]")).Profile.Rules);
        Assert.Equal(action.Split(',')[0], rule.Action.GetType().Name.ToLowerInvariant());
    }

    [Theory]
    [InlineData("uid", "FrameOfReferenceUID", typeof(RuleAction.Uid))]
    [InlineData("shift", "'*Date'", typeof(RuleAction.Shift))]
    [InlineData("floor, to: month", "PatientBirthDate", typeof(RuleAction.Floor))]
    [InlineData("age-band, years: 5", "PatientAge", typeof(RuleAction.AgeBand))]
    public void Read_ActionWithItsSelector_IsParsed(string action, string selector, Type expected)
    {
        string weaker = action.StartsWith("uid", StringComparison.Ordinal) ? "" : ", allow-weaker: true, reason: r";
        Rule rule = Assert.Single(Parse(Make.ProjectText($"rules: [{{select: {selector}, action: {action}{weaker}}}]")).Profile.Rules);
        Assert.IsType(expected, rule.Action);
    }

    [Theory]
    [InlineData("PatientName")]
    [InlineData("'*Date'")]
    [InlineData("'(0010,0010)'")]
    [InlineData("'(50xx,0010)'")]
    [InlineData("'(0019,\"SIEMENS MR HEADER\",0C)'")]
    [InlineData("'vr:PN'")]
    [InlineData("private")]
    [InlineData("RequestAttributesSequence.RequestedProcedureID")]
    public void Read_Selector_IsParsed(string selector) =>
        Assert.Single(Parse(Make.ProjectText($"rules: [{{select: {selector}, action: remove}}]")).Profile.Rules);

    [Theory]
    [InlineData("projekt: a", "1:1: key 'project' is missing here")]
    [InlineData("project: b", "1:10: the project is named unlike its file, 'a'")]
    [InlineData("project: a\nselect: {modalities: [CTT]}", "2:23: unknown modality 'CTT' (did you mean 'CT'?)")]
    [InlineData("project: a\nselect: {sop-classes: [CT Image Storge]}", "2:24: unknown SOP class 'CT Image Storge' (did you mean 'CT Image Storage'?)")]
    [InlineData("project: a\nselect: {sop-classes: [1.2.840.10008.1.2]}", "2:24: unknown SOP class '1.2.840.10008.1.2'")]
    [InlineData("project: a\nselect: {manufacturers: [{matches: '(('}]}", "2:36: this is no regular expression")]
    [InlineData("project: a\nedition: 2019a", "2:10: edition '2019a' of PS3.15 is not built in")]
    [InlineData("project: a\noptions: [retain-uid]", "2:11: unknown option 'retain-uid' (did you mean 'retain-uids'?)")]
    [InlineData("project: a\noptions: [retain-longitudinal-full-dates]", "2:11: option 'retain-longitudinal-full-dates' is not chosen here")]
    [InlineData("project: a\ndates: {policy: remove, shift-days-min: 3}", "2:25: unknown key 'shift-days-min'")]
    [InlineData("project: a\ndates: {policy: shift, shift-days-min: 3, shift-days-max: 2}", "2:8: the smallest shift is larger than the largest")]
    [InlineData("project: a\nrules: [{select: PatientNmae, action: remove}]", "2:18: 'PatientNmae' matches no keyword of the dictionary (did you mean 'PatientName'?)")]
    [InlineData("project: a\nrules: [{select: '*Zzz', action: remove}]", "2:18: ")]
    [InlineData("project: a\nrules: [{select: 'vr:XX', action: remove}]", "2:18: 'XX' is no value representation")]
    [InlineData("project: a\nrules: [{select: '(0010,00', action: remove}]", "2:18: ")]
    [InlineData("project: a\nrules: [{select: PatientSize, action: removee}]", "2:39: unknown action 'removee' (did you mean 'remove'?)")]
    [InlineData("project: a\nrules: [{select: PatientSize, action: remove, value: x}]", "2:47: unknown key 'value'")]
    [InlineData("project: a\nrules: [{select: PatientAge, action: age-band}]", "2:9: key 'years' is missing here")]
    [InlineData("project: a\nrules: [{select: PatientID, action: keep}]", "2:18: this leaves the value of PatientID, which the profile takes out; if that is meant")]
    [InlineData("project: a\nrules: [{select: 'vr:PN', action: keep}]", "2:18: this leaves the value of vr:PN")]
    [InlineData("project: a\nrules: [{select: private, action: keep}]", "2:18: this leaves private elements")]
    [InlineData("project: a\nrules: [{select: '(6000,3000)', action: keep}]", "2:18: this leaves the value of (6000,3000)")]
    [InlineData("project: a\nrules: [{select: PatientID, action: keep, allow-weaker: true}]", "2:18: this leaves the value of PatientID, which the profile takes out; 'allow-weaker' needs a 'reason'")]
    [InlineData("project: a\nrules: [{select: PatientID, action: remove, allow-weaker: true}]", "2:9: 'allow-weaker' stands here, but the rule is not weaker")]
    [InlineData("project: a\nrules: [{select: PatientSize, action: remove, when: [{element: Modality}]}]", "2:54: a condition has one of")]
    [InlineData("project: a\nrules: [{select: PatientSize, action: remove, when: [{element: '*Date', present: true}]}]", "2:64: a condition looks at one element")]
    [InlineData("project: a\npixels: [{modalities: [US]}]", "2:10: a pixel rule has one of")]
    [InlineData("project: a\npixels: [{blank: [{left: 5, top: 0, right: 4, bottom: 1}]}]", "2:19: a box needs left <= right")]
    [InlineData("project: a\narchives: [vna, vna]", "2:17: 'vna' stands here a second time")]
    public void Read_Mistake_IsRefusedWithItsPlace(string text, string expected)
    {
        ConfigurationException e = Assert.Throws<ConfigurationException>(() => Parse(text));
        Assert.StartsWith("a.yaml:" + expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_SameMeaningInOtherWords_IsTheSame()
    {
        Assert.Equal(Version("project: a"), Version("# a comment\nedition: 2026d\nproject: a\narchives: [vna]\n"));
        Assert.NotEqual(Version("project: a"), Version("project: a\ndates: {policy: shift}"));
        Assert.NotEqual(
            Version("project: a\nrules: [{select: PatientSize, action: replace, value: 1.8}]"),
            Version("project: a\nrules: [{select: PatientSize, action: replace, value: 1.7}]"));
    }

    private static string Version(string text) => Parse(Make.ProjectText(text)).Profile.Version;

    private static ProjectFile Parse(string text) => ProjectFile.Parse(text, "a.yaml");
}
