using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

public class IodTests
{
    [Fact]
    public void SopClassUids_AllHaveAnIodThatKnowsItsIdentity() => Assert.All(Iod.SopClassUids, uid =>
    {
        Iod iod = Iod.Find(uid)!;
        Assert.True(iod.Knows(Tags.SOPInstanceUID));
        Assert.Equal(AttributeType.Required, Type(iod, Tags.SOPClassUID));
    });

    [Fact]
    public void SopClassUids_Count_IsThatOfTheStandard() => Assert.Equal(170, Iod.SopClassUids.Count);

    [Fact]
    public void Find_UnknownClass_IsNull() => Assert.Null(Iod.Find("1.2.3"));

    [Fact]
    public void TypeAt_PatientId_MayBeEmpty() => Assert.Equal(AttributeType.MayBeEmpty, Type(Iod.Find(Uids.CtImageStorage)!, Tags.PatientID));

    [Fact]
    public void TypeAt_DeviceSerialNumber_DependsOnTheClass()
    {
        Assert.Equal(AttributeType.Optional, Type(Iod.Find(Uids.CtImageStorage)!, Tags.DeviceSerialNumber));
        Assert.Equal(AttributeType.Required, Type(Iod.Find(Uids.EnhancedCtImageStorage)!, Tags.DeviceSerialNumber));
    }

    [Fact]
    public void TypeAt_AttributeOfAnAbsentUserOptionalModule_IsNotWanted()
    {
        Iod iod = Iod.Find(Uids.CtImageStorage)!;
        ElementPlace agent = new(Tags.ContrastBolusAgent, Vr.LO, null, null);
        DataSet withAgent = [];
        withAgent.SetString(Tags.ContrastBolusAgent, "AGENT");

        Assert.Null(iod.For([]).TypeAt(agent));
        Assert.Equal(AttributeType.MayBeEmpty, iod.For(withAgent).TypeAt(agent));
    }

    [Fact]
    public void TypeAt_FunctionalGroup_IsFoundInsideItsSequences()
    {
        ElementPlace shared = new(Tags.SharedFunctionalGroupsSequence, Vr.SQ, null, null);
        ElementPlace measures = new(Tags.PixelMeasuresSequence, Vr.SQ, null, shared);
        ElementPlace spacing = new(Tags.PixelSpacing, Vr.DS, null, measures);
        Assert.Equal(AttributeType.Required, Iod.Find(Uids.EnhancedMrImageStorage)!.For([]).TypeAt(spacing));
    }

    [Fact]
    public void TypeAt_ContentItems_AreKnownAtEveryDepth()
    {
        ElementPlace? place = null;
        for (int depth = 0; depth < 8; depth++)
        {
            place = new ElementPlace(Tags.ContentSequence, Vr.SQ, null, place);
        }

        ElementPlace code = new(Tags.CodeMeaning, Vr.LO, null, new ElementPlace(Tags.ConceptNameCodeSequence, Vr.SQ, null, place));
        Assert.Equal(AttributeType.Required, Iod.Find(Uids.BasicTextSrStorage)!.For([]).TypeAt(code));
    }

    private static AttributeType? Type(Iod iod, Tag tag) => iod.For([]).TypeAt(new ElementPlace(tag, Vr.UN, null, null));
}
