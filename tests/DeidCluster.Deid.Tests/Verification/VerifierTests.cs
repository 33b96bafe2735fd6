using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests.Verification;

public class VerifierTests
{
    private readonly VerificationCase instance = new();

    [Fact]
    public void Verify_CleanResult_FindsNothing() => Assert.Empty(instance.Verify());

    [Theory]
    [InlineData("seen by dr przybylska today", FindingKind.Name)]
    [InlineData("Przybylska, Li", FindingKind.Name)]
    [InlineData("ref. VANDERMEULEN", FindingKind.Name)]
    [InlineData("see mrn-4711-88.", FindingKind.Number)]
    [InlineData("order ACC900123", FindingKind.Number)]
    [InlineData("compare 1.2.826.0.1.3680043.9.1.100.1.1", FindingKind.Uid)]
    [InlineData("born 1970-05-17", FindingKind.Date)]
    [InlineData("born 17.05.1970", FindingKind.Date)]
    [InlineData("study of 10/03/2020", FindingKind.Date)]
    [InlineData("12 Elderberry  Lane", FindingKind.Address)]
    [InlineData("call +44 1234 567890", FindingKind.Address)]
    [InlineData("ST. ODILE INFIRMARY", FindingKind.Institution)]
    public void Verify_IdentifierInFreeText_IsFound(string text, FindingKind kind)
    {
        instance.Result.SetString(Tags.ImageComments, text);
        Finding finding = Assert.Single(instance.Verify());
        Assert.Equal((kind, "(0020,4000)"), (finding.Kind, finding.Path));
        Assert.DoesNotContain(text, finding.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Verify_IdentifierAtDepth_IsFoundWithItsPath()
    {
        DataSet inner = new();
        inner.SetString(Tags.CodeMeaning, "for " + VerificationCase.FamilyName);
        DataSet outer = new();
        outer.SetItems(Tags.RequestedProcedureCodeSequence, inner);
        instance.Result.SetItems(Tags.RequestAttributesSequence, outer);
        Assert.Equal("(0040,0275)[0].(0032,1064)[0].(0008,0104)", Assert.Single(instance.Verify()).Path);
    }

    [Fact]
    public void Verify_IdentifierNestedInTheSource_IsSearchedFor()
    {
        DataSet item = new();
        item.SetString(Tags.PatientID, "OLD-000777");
        instance.Source.SetItems(Tags.OtherPatientIDsSequence, item);
        instance.Result.SetString(Tags.ImageComments, "was old-000777");
        Assert.Equal(FindingKind.Number, Assert.Single(instance.Verify()).Kind);
    }

    [Fact]
    public void Verify_PrivateElement_IsFoundWhateverItHolds()
    {
        instance.Result.SetString(new Tag(0x0019, 0x0010), Vr.LO, "VENDOR");
        instance.Result.SetBytes(new Tag(0x0019, 0x1001), Vr.UN, Encoding.ASCII.GetBytes("harmless"));
        Assert.Equal(FindingKind.Private, Assert.Single(instance.Verify()).Kind);
    }

    [Theory]
    [InlineData("ascii")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void Verify_IdentifierInBinary_IsFound(string encoding)
    {
        byte[] text = Encoding.GetEncoding(encoding).GetBytes(VerificationCase.FamilyName);
        instance.Result.SetBytes(Tags.EncapsulatedDocument, Vr.OB, (byte[])[1, 2, 0, 0, .. text, 0, 3, .. new byte[text.Length % 2]]);
        Assert.Equal(FindingKind.Name, Assert.Single(instance.Verify()).Kind);
    }

    [Fact]
    public void Verify_NameBeyondAscii_IsFoundInAnyCaseAndInBinary()
    {
        instance.Source.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        instance.Result.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        instance.Source.SetString(Tags.PatientName, "Müßiggang^Zoë");
        instance.Result.SetBytes(Tags.EncapsulatedDocument, Vr.OB, (byte[])[7, 0, .. Encoding.UTF8.GetBytes("müßiggang"), 1]);
        Assert.Equal(FindingKind.Name, Assert.Single(instance.Verify()).Kind);
    }

    [Fact]
    public void Verify_IdentifierInAValueTooLongForMemory_IsFound()
    {
        string text = new string('x', 300_000) + " " + VerificationCase.FamilyName + " " + new string('y', 300_000);
        instance.Result.SetString(Tags.TextValue, text);
        Assert.Equal(FindingKind.Name, Assert.Single(instance.Verify()).Kind);
    }

    [Fact]
    public void Verify_ShortOrCommonWord_IsFoundAsWholeValueOnly()
    {
        instance.Source.SetString(Tags.PatientName, "Li^Head");
        instance.Result.SetString(Tags.ImageComments, "list of head images");
        Assert.Empty(instance.Verify());
        Assert.True(instance.Counts.WholeValueOnly > 0);
        instance.Result.SetString(Tags.ImageComments, "Li");
        Assert.Equal(FindingKind.Name, Assert.Single(instance.Verify()).Kind);
    }

    [Fact]
    public void Verify_LongerNumberAroundAnIdentifier_IsNotThatIdentifier()
    {
        instance.Source.SetString(Tags.PatientID, "471188");
        instance.Result.SetString(Tags.ImageComments, "1471188 and 4711880");
        Assert.Empty(instance.Verify());
    }

    [Fact]
    public void Verify_SourceUidInAReference_IsFound()
    {
        DataSet reference = new();
        reference.SetString(Tags.ReferencedSOPClassUID, Uids.CtImageStorage);
        reference.SetString(Tags.ReferencedSOPInstanceUID, VerificationCase.SopUid);
        instance.Result.SetItems(Tags.ReferencedImageSequence, reference);
        Assert.Equal((FindingKind.Uid, "(0008,1140)[0].(0008,1155)"), Single());
    }

    [Fact]
    public void Verify_SourceInPreamble_IsFound()
    {
        instance.Preamble[5] = 1;
        Assert.Equal((FindingKind.FileMeta, "preamble"), Single());
    }

    [Fact]
    public void Verify_SystemInFileMeta_IsFound()
    {
        instance.ChangeMeta = meta => meta.SetString(Tags.SourceApplicationEntityTitle, "CT_WARD_3");
        Assert.Equal((FindingKind.FileMeta, "(0002,0016)"), Single());
    }

    [Fact]
    public void Verify_FileMetaOfAnotherInstance_IsFound()
    {
        instance.ChangeMeta = meta => meta.SetString(Tags.MediaStorageSOPInstanceUID, "2.25.99");
        Assert.Equal((FindingKind.Marker, "(0002,0003)"), Single());
    }

    [Fact]
    public void Verify_MarkersMissing_AreFound()
    {
        instance.Result.Remove(Tags.PatientIdentityRemoved);
        instance.Result.Remove(Tags.DeidentificationMethod);
        instance.Result.Remove(Tags.LongitudinalTemporalInformationModified);
        Assert.Equal(3, instance.Verify().Count(finding => finding.Kind == FindingKind.Marker));
    }

    [Fact]
    public void Verify_PixelsChangedWithoutARule_IsFound()
    {
        instance.Result.SetBytes(Tags.PixelData, Vr.OW, new byte[] { 1, 2, 3, 5 });
        Assert.Equal((FindingKind.Pixels, "(7FE0,0010)"), Single());
    }

    [Fact]
    public void Verify_DateOfTheSourceAtItsPlace_IsFound()
    {
        instance.Result.SetString(Tags.StudyDate, "20200310");
        Assert.Equal((FindingKind.Date, "(0008,0020)"), Single());
    }

    [Theory]
    [InlineData("20191201", 0)]
    [InlineData("19000101", 0)]
    [InlineData("", 0)]
    [InlineData("20191202", 1)]
    [InlineData("20200310", 1)]
    public void Verify_DatesAreShifted_OnlyTheExpectedShiftPasses(string date, int findings)
    {
        instance.UseProject("dates: {policy: shift}");
        instance.Result.SetString(Tags.LongitudinalTemporalInformationModified, "MODIFIED");
        instance.Result.SetString(Tags.StudyDate, date);
        Assert.Equal(findings, instance.Verify().Count);
    }

    [Fact]
    public void Verify_RequiredAttributeGone_IsAConformanceError()
    {
        instance.Result.Remove(Tags.StudyID);
        Assert.Equal((FindingKind.Conformance, "(0020,0010)"), Single());
    }

    [Fact]
    public void Verify_OverlayPlaneGoneAsAWhole_IsNoConformanceError()
    {
        instance.Source.SetUshort(new Tag(0x6000, 0x0010), 2);
        instance.Source.SetUshort(new Tag(0x6000, 0x0011), 2);
        instance.Source.SetBytes(new Tag(0x6000, 0x3000), Vr.OW, new byte[] { 1, 0 });
        Assert.Empty(instance.Verify());
    }

    [Fact]
    public void Verify_ElementThatTheProjectKeeps_IsNoIdentifier()
    {
        instance.UseProject("rules: [{select: InstitutionName, action: keep, allow-weaker: true, reason: one site}]");
        instance.Result.SetString(Tags.InstitutionName, "St. Odile Infirmary");
        Assert.Empty(instance.Verify());
    }

    [Theory]
    [InlineData("CT", 0)]
    [InlineData("MR", 1)]
    public void Verify_ElementKeptOnACondition_IsNoIdentifierOnlyWhereItHolds(string modality, int findings)
    {
        instance.UseProject(
            $"rules: [{{select: InstitutionName, action: keep, when: [{{element: Modality, equals: {modality}}}], allow-weaker: true, reason: one site}}]");
        instance.Result.SetString(Tags.InstitutionName, "St. Odile Infirmary");
        Assert.Equal(findings, instance.Verify().Count);
    }

    private (FindingKind Kind, string Path) Single()
    {
        Finding finding = Assert.Single(instance.Verify());
        return (finding.Kind, finding.Path);
    }

    [Theory]
    [InlineData("Müller^Änne", "MULLER")]
    [InlineData("Muller^Anne", "Mu\u0308ller")]
    [InlineData("Muller^Anne", "ＭＵＬＬＥＲ")]
    [InlineData("Muller^Anne", "Mul\u200Bler")]
    public void Verify_NameInAnotherSpelling_IsFound(string name, string written)
    {
        VerificationCase test = new();
        test.Source.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        test.Source.SetString(Tags.PatientName, name);
        test.Result.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        test.Result.SetString(Tags.SeriesDescription, $"chest {written} follow-up");
        Assert.Equal(FindingKind.Name, Assert.Single(test.Verify()).Kind);
    }

    [Theory]
    [InlineData("000471188", "scan 471188 b", FindingKind.Number)]
    [InlineData("MRN-471-188", "scan MRN471188", FindingKind.Number)]
    [InlineData("Q-99", "17 May 1970", FindingKind.Date)]
    [InlineData("Q-99", "17.5.1970", FindingKind.Date)]
    [InlineData("Q-99", "call 441234567890", FindingKind.Address)]
    public void Verify_NumberInAnotherForm_IsFound(string patientId, string written, FindingKind kind)
    {
        VerificationCase test = new();
        test.Source.SetString(Tags.PatientID, patientId);
        test.Result.SetString(Tags.SeriesDescription, written);
        Assert.Equal(kind, Assert.Single(test.Verify()).Kind);
    }
}
