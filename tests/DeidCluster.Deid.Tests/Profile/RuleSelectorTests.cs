using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

public class RuleSelectorTests
{
    private static readonly ElementPlace Request = new(Tags.RequestAttributesSequence, Vr.SQ, null, null);

    [Theory]
    [InlineData("PatientName", "(0010,0010)", true)]
    [InlineData("PatientName", "(0010,0020)", false)]
    [InlineData("*Date", "(0008,0020)", true)]
    [InlineData("*Date", "(0008,0030)", false)]
    [InlineData("(0010,0010)", "(0010,0010)", true)]
    [InlineData("(50xx,0010)", "(5012,0010)", true)]
    [InlineData("(60xx,3000)", "(6002,3000)", true)]
    [InlineData("OverlayData", "(6002,3000)", true)]
    [InlineData("OverlayData", "(6102,3000)", false)]
    [InlineData("(0019,xx10)", "(0019,1010)", true)]
    [InlineData("(0019,xx10)", "(0019,1011)", false)]
    [InlineData("private", "(0019,1011)", true)]
    [InlineData("private", "(0018,1011)", false)]
    [InlineData("vr:LO", "(0008,0080)", true)]
    [InlineData("vr:DA", "(0008,0080)", false)]
    public void Matches_OneStep_AtAnyDepth(string selector, string tag, bool expected)
    {
        Assert.True(Tag.TryParse(tag, out Tag parsed));
        Assert.Equal(expected, Make.Selector(selector).Matches(new ElementPlace(parsed, Vr.LO, null, null)));
        Assert.Equal(expected, Make.Selector(selector).Matches(new ElementPlace(parsed, Vr.LO, null, Request)));
    }

    [Fact]
    public void Matches_PrivateElement_WhereverItsBlockIs()
    {
        RuleSelector selector = Make.Selector("(0019,\"ACME 1.1\",0C)");
        Assert.True(selector.Matches(new ElementPlace(new Tag(0x0019, 0x100C), Vr.LO, "ACME 1.1", null)));
        Assert.True(selector.Matches(new ElementPlace(new Tag(0x0019, 0x420C), Vr.LO, "ACME 1.1", Request)));
        Assert.False(selector.Matches(new ElementPlace(new Tag(0x0019, 0x100C), Vr.LO, "OTHER", null)));
    }

    [Theory]
    [InlineData("(0040,0275).(0040,0007)")]
    [InlineData("RequestAttributesSequence.ScheduledProcedureStepDescription")]
    [InlineData("/RequestAttributesSequence.ScheduledProcedureStepDescription")]
    public void Matches_Path_WantsItsSequence(string selector)
    {
        Assert.True(Make.Selector(selector).Matches(new ElementPlace(Tags.ScheduledProcedureStepDescription, Vr.LO, null, Request)));
        Assert.False(Make.Selector(selector).Matches(new ElementPlace(Tags.ScheduledProcedureStepDescription, Vr.LO, null, null)));
    }

    [Fact]
    public void Matches_LeadingSlash_WantsTheTopLevel()
    {
        Assert.True(Make.Selector("/PatientID").Matches(new ElementPlace(Tags.PatientID, Vr.LO, null, null)));
        Assert.False(Make.Selector("/PatientID").Matches(new ElementPlace(Tags.PatientID, Vr.LO, null, Request)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("PatientNmae")]
    [InlineData("*Foo*Bar")]
    [InlineData("(0010,001)")]
    [InlineData("(0010,00G0)")]
    [InlineData("(0010,FFF0)")]
    [InlineData("(0012,FFxx)")]
    [InlineData("vr:XX")]
    [InlineData("vr:17")]
    [InlineData("(0018,\"ACME\",01)")]
    [InlineData("(0019,ACME,01)")]
    [InlineData("PatientID.")]
    [InlineData("Patient ID")]
    public void TryParse_WhatMatchesNothing_IsRefusedWithAProblem(string text)
    {
        Assert.False(RuleSelector.TryParse(text, out _, out string? problem));
        Assert.NotEmpty(problem);
    }
}
