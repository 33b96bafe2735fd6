namespace DeidCluster.Deid.Tests;

public class IdentityDeriverTests
{
    private static IdentityDeriver Deriver(char key = 'a', DatePolicy? dates = null, PseudonymPolicy? pseudonym = null) =>
        new(Make.Key(key), Make.Profile() with { Dates = dates ?? new DatePolicy(DateTreatment.Remove), Pseudonym = pseudonym ?? new PseudonymPolicy() });

    [Fact]
    public void Uid_SameSource_IsTheSameForEver()
    {
        // A golden value: it must never change, or late arrivals of delivered studies would be other studies.
        Assert.Equal("2.25.270671299034092235342659787034265968609", Deriver().Uid("1.2.3"));
    }

    [Fact]
    public void Uid_OtherKey_CannotBeLinked() => Assert.NotEqual(Deriver('a').Uid("1.2.3"), Deriver('b').Uid("1.2.3"));

    [Fact]
    public void SubjectKey_CaseAndBlanks_AreOneSubject() =>
        Assert.Equal(Deriver().SubjectKey(" ab12 ", null), Deriver().SubjectKey("AB12", ""));

    [Fact]
    public void SubjectKey_OtherIssuer_IsAnotherSubject() =>
        Assert.NotEqual(Deriver().SubjectKey("1", "A"), Deriver().SubjectKey("1", "B"));

    [Fact]
    public void SubjectKey_FieldsThatJoinAlike_AreTwoSubjects() =>
        Assert.NotEqual(Deriver().SubjectKey("12", "3"), Deriver().SubjectKey("1", "23"));

    [Fact]
    public void Propose_Hash_HasPrefixAndLength()
    {
        Identity identity = Deriver(pseudonym: new PseudonymPolicy { Prefix = "CT-", HashLength = 12 }).Propose("subject");
        Assert.StartsWith("CT-", identity.Pseudonym, StringComparison.Ordinal);
        Assert.Equal(15, identity.Pseudonym.Length);
        Assert.Equal("key-a", identity.KeyId);
    }

    [Fact]
    public void Propose_ParticipantId_IsUsedWhereTheProjectSaysSo()
    {
        Assert.Equal("P-007", Deriver().Propose("subject", "P-007").Pseudonym);
        Assert.NotEqual("P-007", Deriver(pseudonym: new PseudonymPolicy { UseParticipantId = false }).Propose("subject", "P-007").Pseudonym);
    }

    [Theory]
    [InlineData("A\\B")]
    [InlineData("A^B")]
    [InlineData("Ä")]
    public void Propose_ParticipantIdThatIsNoPatientId_IsRefused(string participantId) =>
        Assert.Throws<ArgumentException>(() => Deriver().Propose("subject", participantId));

    [Theory]
    [InlineData(-10, 10)]
    [InlineData(-1, 0)]
    [InlineData(0, 3)]
    [InlineData(5, 5)]
    public void Propose_Shift_FillsItsRangeAndIsNeverZero(int min, int max)
    {
        IdentityDeriver deriver = Deriver(dates: new DatePolicy(DateTreatment.Shift, min, max));
        HashSet<int> seen = [.. Enumerable.Range(0, 2000).Select(subject => deriver.Propose($"subject {subject}").ShiftDays)];

        Assert.Equal(Enumerable.Range(min, max - min + 1).Where(days => days != 0), seen.Order());
    }

    [Fact]
    public void Propose_WithoutShift_HasNone() => Assert.Equal(0, Deriver().Propose("subject").ShiftDays);

    [Fact]
    public void CombinedStudyUid_EmptyAccession_NeverCombines()
    {
        Assert.Null(Deriver().CombinedStudyUid("subject", " "));
        Assert.Equal(Deriver().CombinedStudyUid("subject", "A1 "), Deriver().CombinedStudyUid("subject", "A1"));
    }
}
