using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

public class DeidentifierTests
{
    private const string Planted = "PLANTED";

    [Fact]
    public void Replacement_InLettersThatTheInstanceCannotWrite_HoldsIt()
    {
        DataSet instance = Make.Instance();
        instance.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        instance.SetString(Tags.SeriesDescription, "a");
        DeidentifyResult.Held held = Assert.IsType<DeidentifyResult.Held>(
            Make.Deidentify(instance, Make.Profile(rules: Make.Rule("SeriesDescription", new RuleAction.Replace("\u5c71\u7530")))));
        Assert.DoesNotContain("\u5c71", held.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Deidentify_Result_SaysWhatWasDone()
    {
        DataSet result = Make.Clean(Make.Instance());

        Assert.Equal("YES", result.GetString(Tags.PatientIdentityRemoved));
        Assert.Equal("REMOVED", result.GetString(Tags.LongitudinalTemporalInformationModified));
        Assert.Equal(["113100"], result.Items(Tags.DeidentificationMethodCodeSequence).Select(item => item.GetString(Tags.CodeValue)));
        Assert.Equal("DCM", result.Items(Tags.DeidentificationMethodCodeSequence)[0].GetString(Tags.CodingSchemeDesignator));
        Assert.Equal(result.GetString(Tags.PatientID), result.GetString(Tags.PatientName));
    }

    [Fact]
    public void Deidentify_Shift_MarksModifiedDates()
    {
        DataSet result = Make.Clean(Make.Instance(), Make.Profile(DateTreatment.Shift));
        Assert.Equal("MODIFIED", result.GetString(Tags.LongitudinalTemporalInformationModified));
        Assert.Equal(["113100", "113107"], result.Items(Tags.DeidentificationMethodCodeSequence).Select(item => item.GetString(Tags.CodeValue)));
    }

    [Fact]
    public void Deidentify_PreambleAndFileMeta_AreRebuilt()
    {
        DeidentifyResult result = Make.Deidentify(Make.Instance());
        DeidentifiedInstance instance = Assert.IsType<DeidentifyResult.Done>(result).Instance;

        Assert.False(Make.Holds(result, Planted));
        Assert.False(Make.Holds(result, "Planted"));
        Assert.All(instance.Segments.ToArray()[..DicomFileWriter.PreambleBytes], value => Assert.Equal(0, value));
        Assert.Equal(instance.SopInstanceUid, instance.FileMeta.GetString(Tags.MediaStorageSOPInstanceUID));
        Assert.Equal(instance.SopInstanceUid, instance.DataSet.GetString(Tags.SOPInstanceUID));
        Assert.False(instance.FileMeta.Contains(Tags.SourceApplicationEntityTitle));
    }

    [Fact]
    public void Deidentify_SameInput_GivesTheSameBytes()
    {
        using DicomFile file = Make.File(Make.Instance());
        byte[] first = Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(file)).Instance.Segments.ToArray();
        byte[] second = Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(file)).Instance.Segments.ToArray();
        byte[] otherKey = Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(file, key: 'b')).Instance.Segments.ToArray();

        Assert.Equal(first, second);
        Assert.NotEqual(first, otherKey);
    }

    [Fact]
    public void Deidentify_PlantedAtEveryDepth_LeavesNothing()
    {
        DataSet source = Make.Instance(Uids.XRayRadiationDoseSrStorage);
        DataSet content = Planting(Planting(Planting(null)));
        source.SetItems(Tags.ContentSequence, content);
        source.SetItems(Tags.ReferencedRequestSequence, Planting(null));
        source.SetItems(Tags.PerformedProcedureCodeSequence, Planting(Planting(null)));
        source.SetItems(Tags.OtherPatientIDsSequence, Planting(null));

        DeidentifyResult result = Make.Deidentify(source);

        Assert.False(Make.Holds(result, Planted));
    }

    [Fact]
    public void Deidentify_KeptSequence_CleansItsItems()
    {
        DataSet source = Make.Instance();
        source.SetItems(Tags.AnatomicRegionSequence, Make.Item(item =>
        {
            item.SetString(Tags.CodeValue, "T-D1100");
            item.SetString(Tags.CodingSchemeDesignator, "SRT");
            item.SetString(Tags.CodeMeaning, "Head");
            item.SetString(Tags.PatientComments, Planted);
            item.SetString(new Tag(0x0029, 0x0010), Vr.LO, Planted);
            item.SetString(new Tag(0x0029, 0x1010), Vr.LO, Planted);
        }));

        DataSet region = Assert.Single(Make.Clean(source).Items(Tags.AnatomicRegionSequence));

        Assert.Equal("Head", region.GetString(Tags.CodeMeaning));
        Assert.Equal(3, region.Count);
    }

    [Fact]
    public void Deidentify_WhatNobodyKnows_IsRemoved()
    {
        DataSet source = Make.Instance();
        source.SetString(new Tag(0x0029, 0x0010), Vr.LO, "PLANTED CREATOR");
        source.SetString(new Tag(0x0029, 0x1010), Vr.LO, Planted);
        source.SetString(new Tag(0x0009, 0x1010), Vr.LO, Planted);
        source.SetString(new Tag(0x0018, 0xFFF0), Vr.LO, Planted);
        source.SetString(Tags.BeamName, Planted); // of the standard, but not of this IOD
        source.SetString(new Tag(0x0004, 0x1130), Vr.CS, Planted);
        source.SetBytes(new Tag(0x6000, 0x3000), Vr.OW, "PLANTED!"u8.ToArray());
        source.SetUshort(new Tag(0x6000, 0x0010), 1);
        source.SetBytes(new Tag(0x5000, 0x3000), Vr.OW, "PLANTED!"u8.ToArray());
        source.SetBytes(Tags.DataSetTrailingPadding, Vr.OB, "PLANTED!"u8.ToArray());
        source.SetUint(new Tag(0x0010, 0x0000), 42);

        DeidentifyResult result = Make.Deidentify(source);

        Assert.False(Make.Holds(result, Planted));
        Assert.DoesNotContain(Assert.IsType<DeidentifyResult.Done>(result).Instance.DataSet, element =>
            element.Tag.IsPrivate || element.Tag.IsGroupLength || element.Tag.Group is 0x5000 or 0x6000 or 0x0004 or 0xFFFC);
    }

    [Theory]
    [InlineData(Vr.LO, "PLANTED")]
    [InlineData(Vr.DS, "PLANTED")]
    [InlineData(Vr.UT, "1.5")]
    public void Deidentify_TextWhereANumberBelongs_IsNotKept(Vr vr, string text)
    {
        DataSet source = Make.Instance();
        source.SetString(Tags.SliceThickness, vr, text);

        Assert.NotEqual(text, Make.Clean(source).GetString(Tags.SliceThickness));
    }

    [Fact]
    public void Deidentify_KnownElementsAsUn_AreTreatedByTheDictionary()
    {
        DataSet source = Make.Instance();
        source.Set(new ValueElement(Tags.FrameOfReferenceUID, Vr.UN, "1.2.3.4.5\0"u8.ToArray()));
        source.Set(new ValueElement(Tags.SliceThickness, Vr.UN, "1.5 "u8.ToArray()));
        source.Set(new ValueElement(Tags.InstitutionName, Vr.UN, "PLANTED "u8.ToArray()));

        DataSet result = Make.Clean(source);

        Assert.Equal(new IdentityDeriver(Make.Key(), Make.Profile()).Uid("1.2.3.4.5"), result.GetString(Tags.FrameOfReferenceUID));
        Assert.Equal("1.5", result.GetString(Tags.SliceThickness));
        Assert.Null(result.GetString(Tags.InstitutionName));
    }

    [Fact]
    public void Deidentify_SequenceAsUn_IsReadAndCleaned()
    {
        DataSet item = Make.Item(inner =>
        {
            inner.SetString(Tags.CodeMeaning, "Head");
            inner.SetString(Tags.PatientComments, Planted);
        });
        byte[] sequence = DataSetWriter.ToBytes([new SequenceElement(Tags.AnatomicRegionSequence, item)], TransferSyntax.ImplicitVrLittleEndian);
        DataSet source = Make.Instance();
        source.Set(new ValueElement(Tags.AnatomicRegionSequence, Vr.UN, sequence.AsMemory(8)));

        DeidentifyResult result = Make.Deidentify(source);

        Assert.Equal("Head", Assert.IsType<DeidentifyResult.Done>(result).Instance.DataSet.Items(Tags.AnatomicRegionSequence)[0].GetString(Tags.CodeMeaning));
        Assert.False(Make.Holds(result, Planted));
    }

    [Fact]
    public void Deidentify_Uids_AreTheSameWhereverTheyStand()
    {
        DataSet source = Make.Instance(Uids.RtStructureSetStorage);
        source.SetString(Tags.FrameOfReferenceUID, "1.2.3.9");
        source.SetItems(Tags.ReferencedFrameOfReferenceSequence, Make.Item(frame =>
        {
            frame.SetString(Tags.FrameOfReferenceUID, "1.2.3.9");
            frame.SetItems(Tags.RTReferencedStudySequence, Make.Item(study =>
            {
                study.SetString(Tags.ReferencedSOPClassUID, Uids.CtImageStorage);
                study.SetString(Tags.ReferencedSOPInstanceUID, Make.StudyUid);
            }));
        }));

        DataSet result = Make.Clean(source);
        DataSet reference = result.Items(Tags.ReferencedFrameOfReferenceSequence)[0];

        Assert.Equal(result.GetString(Tags.FrameOfReferenceUID), reference.GetString(Tags.FrameOfReferenceUID));
        Assert.Equal(Uids.CtImageStorage, reference.Items(Tags.RTReferencedStudySequence)[0].GetString(Tags.ReferencedSOPClassUID));
        Assert.Equal(result.GetString(Tags.StudyInstanceUID), reference.Items(Tags.RTReferencedStudySequence)[0].GetString(Tags.ReferencedSOPInstanceUID));
    }

    [Fact]
    public void Deidentify_CombinedStudies_LeaveUnderOneUid()
    {
        using DicomFile file = Make.File(Make.Instance());
        Deidentifier deidentifier = new(Make.Profile(), Make.Key());
        Identity identity = deidentifier.Identities.Propose("subject");

        DeidentifyResult result = deidentifier.Deidentify(file, identity, new Dictionary<string, string> { [Make.StudyUid] = "2.25.1" });

        Assert.Equal("2.25.1", Assert.IsType<DeidentifyResult.Done>(result).Instance.StudyInstanceUid);
    }

    [Fact]
    public void Deidentify_Shift_MovesEveryDateAndLeavesTimes()
    {
        DataSet source = Make.Instance();
        source.SetString(Tags.StudyTime, "101112");
        source.SetString(Tags.AcquisitionDateTime, "20240229101112.5+0100");
        source.SetString(Tags.SeriesDate, "2024");
        source.SetString(Tags.ContentDate, "Planted");
        source.SetString(Tags.ContentTime, Vr.TM, "Planted");
        source.SetString(Tags.PatientBirthDate, "19500101");
        using DicomFile file = Make.File(source);
        Deidentifier deidentifier = new(Make.Profile(DateTreatment.Shift), Make.Key());

        DataSet result = Assert.IsType<DeidentifyResult.Done>(deidentifier.Deidentify(file, new Identity("key-a", "P1", -1))).Instance.DataSet;

        Assert.Equal("20240228", result.GetString(Tags.StudyDate));
        Assert.Equal("101112", result.GetString(Tags.StudyTime));
        Assert.Equal("20240228101112.5+0100", result.GetString(Tags.AcquisitionDateTime));
        Assert.Null(result.GetString(Tags.SeriesDate));
        Assert.Null(result.GetString(Tags.ContentDate));
        Assert.Null(result.GetString(Tags.ContentTime));
        Assert.Null(result.GetString(Tags.PatientBirthDate));
    }

    [Fact]
    public void Deidentify_Keep_LeavesDates()
    {
        DataSet result = Make.Clean(Make.Instance(), Make.Profile(DateTreatment.Keep));
        Assert.Equal("20240229", result.GetString(Tags.StudyDate));
        Assert.Equal("UNMODIFIED", result.GetString(Tags.LongitudinalTemporalInformationModified));
    }

    [Fact]
    public void Deidentify_DuplicateElements_KeepsTheFirst()
    {
        DataSet source = Make.Instance();
        source.SetString(Tags.SliceThickness, "1.5");
        byte[] bytes = [.. Make.Bytes(source), .. DataSetWriter.ToBytes(Make.Item(item => item.SetString(Tags.SliceThickness, "2.5")), TransferSyntax.ExplicitVrLittleEndian)];
        using DicomFile file = DicomFile.Read(new MemorySource(bytes));

        DataSet result = Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(file)).Instance.DataSet;

        Assert.Equal("1.5", Assert.Single(result, element => element.Tag == Tags.SliceThickness) is ValueElement value ? result.Strings(value)[0] : null);
    }

    [Theory]
    [InlineData("1.2.840.10008.1.3.10")]
    [InlineData("1.2.3.4")]
    [InlineData(Uids.EncapsulatedPdfStorage)]
    public void Deidentify_ClassesThatAreRefused_AreRejected(string sopClassUid) =>
        Assert.IsType<DeidentifyResult.Rejected>(Make.Deidentify(Make.Instance(sopClassUid)));

    [Fact]
    public void Deidentify_EmptyPatientId_IsHeld()
    {
        DataSet source = Make.Instance();
        source.SetString(Tags.PatientID, "  ");
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(source));
    }

    [Fact]
    public void Deidentify_IdentityOfAnotherKey_IsHeld()
    {
        using DicomFile file = Make.File(Make.Instance());
        Assert.IsType<DeidentifyResult.Held>(new Deidentifier(Make.Profile(), Make.Key()).Deidentify(file, new Identity("key-b", "P1", 0)));
    }

    [Fact]
    public void Deidentify_IdentityWithoutShiftInAProjectThatShifts_IsHeld()
    {
        using DicomFile file = Make.File(Make.Instance());
        Assert.IsType<DeidentifyResult.Held>(new Deidentifier(Make.Profile(DateTreatment.Shift), Make.Key()).Deidentify(file, new Identity("key-a", "P1", 0)));
    }

    [Fact]
    public void Deidentify_Deflated_LeavesAsExplicitLittleEndian()
    {
        DataSet source = Make.Instance();
        source.SetString(Tags.SliceThickness, "1.5");
        DeidentifyResult expected = Make.Deidentify(source);
        DeidentifyResult result = Make.Deidentify(source, syntax: TransferSyntax.DeflatedExplicitVrLittleEndian);

        Assert.Equal(
            Assert.IsType<DeidentifyResult.Done>(expected).Instance.Segments.ToArray(),
            Assert.IsType<DeidentifyResult.Done>(result).Instance.Segments.ToArray());
    }

    [Fact]
    public void Constructor_OptionThatTheDatesImply_IsRefused() => Assert.Throws<ArgumentException>(() =>
        new Deidentifier(Make.Profile() with { Options = new HashSet<ProfileOption> { ProfileOption.RetainLongitudinalFullDates } }, Make.Key()));

    private static DataSet Planting(DataSet? inner) => Make.Item(item =>
    {
        item.SetString(Tags.ValueType, "TEXT");
        item.SetString(Tags.RelationshipType, "CONTAINS");
        item.SetString(Tags.TextValue, Planted);
        item.SetString(Tags.PersonName, Planted);
        item.SetString(Tags.PatientComments, Planted);
        item.SetString(new Tag(0x0029, 0x0010), Vr.LO, Planted);
        item.SetString(new Tag(0x0029, 0x1010), Vr.LO, Planted);
        item.SetItems(Tags.ConceptNameCodeSequence, Make.Item(code => code.SetString(Tags.CodeMeaning, Planted)));
        if (inner is not null)
        {
            item.SetItems(Tags.ContentSequence, inner);
            item.Set(new SequenceElement(new Tag(0x0029, 0x1020), inner));
        }
    });
}
