using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

/// <summary>Instances made to carry a name, a number or a date through de-identification: it goes, or the instance is held.</summary>
public class AttackTests
{
    private const int TallImage = ushort.MaxValue;
    private static readonly byte[] Name = Encoding.ASCII.GetBytes("Planted^Persona ");
    private static readonly byte[] Image = new byte[16];

    private static readonly Dictionary<string, Attack> Attacks = new()
    {
        // Another VR than the standard's.
        ["name as bytes"] = new(data => data.Set(Value(Tags.PatientName, Vr.OB))),
        ["name as unknown"] = new(data => data.Set(Value(Tags.PatientName, Vr.UN))),
        ["name as numbers"] = new(data => data.Set(Value(Tags.PatientName, Vr.US))),
        ["name as a sequence"] = new(data => data.Set(new SequenceElement(Tags.PatientName, [Item(Value(Tags.PatientID, Vr.LO))]))),
        ["UID as numbers"] = new(data => data.Set(Value(Tags.FrameOfReferenceUID, Vr.US))),
        ["UID as floating numbers"] = new(data => data.Set(Value(Tags.FrameOfReferenceUID, Vr.FD))),
        ["UID as bytes"] = new(data => data.Set(Value(Tags.FrameOfReferenceUID, Vr.OB))),
        ["sequence of references as numbers"] = new(data => data.Set(Value(Tags.ReferencedStudySequence, Vr.US))),
        ["kept date as text"] = new(data => data.Set(Value(Tags.ContentDate, Vr.LO)), Make.Profile(DateTreatment.Keep)),
        ["kept date as bytes"] = new(data => data.Set(Value(Tags.ContentDate, Vr.OB)), Make.Profile(DateTreatment.Keep)),
        ["shifted date as text"] = new(data => data.Set(Value(Tags.ContentDate, Vr.LO)), Make.Profile(DateTreatment.Shift)),
        ["shifted date as time"] = new(data => data.Set(Value(Tags.ContentDate, Vr.TM, "19700517")), Make.Profile(DateTreatment.Shift)),

        // Words where the VR has none.
        ["kept date"] = new(data => data.Set(Value(Tags.ContentDate, Vr.DA)), Make.Profile(DateTreatment.Keep)),
        ["kept time"] = new(data => data.Set(Value(Tags.ContentTime, Vr.TM)), Make.Profile(DateTreatment.Keep)),
        ["kept date and time"] = new(data => data.Set(Value(Tags.AcquisitionDateTime, Vr.DT)), Make.Profile(DateTreatment.Keep)),
        ["number in a time"] = new(data => data.Set(Value(Tags.ContentTime, Vr.TM, "471188123456")), Make.Profile(DateTreatment.Shift)),
        ["kept UID"] = new(data => data.Set(Value(Tags.FrameOfReferenceUID, Vr.UI)), With(ProfileOption.RetainUids)),
        ["kept UID of a reference"] = new(
            data => data.SetItems(Tags.SourceImageSequence, Item(Value(Tags.ReferencedSOPClassUID, Vr.UI))), With(ProfileOption.RetainUids)),
        ["code string"] = new(data => data.Set(Value(Tags.ImageType, Vr.CS, "ORIGINAL\\PLANTED_PERSONA"))),
        ["character set"] = new(data => data.Set(Value(Tags.SpecificCharacterSet, Vr.CS, "PLANTED PERSONA "))),
        ["pixel value"] = new(data => data.Set(Value(Tags.SmallestImagePixelValue, Vr.US))),
        ["floating number"] = new(data => data.Set(Value(Tags.TableSpeed, Vr.FD))),
        ["pointer"] = new(data => data.Set(Value(Tags.FrameIncrementPointer, Vr.AT))),

        // Bytes and texts that nobody looks at.
        ["pixels in an item"] = new(data => data.SetItems(Tags.AnatomicRegionSequence, Item(Value(Tags.PixelData, Vr.OW)))),
        ["pixels of an icon"] = new(data => data.SetItems(Tags.IconImageSequence, Item(Value(Tags.PixelData, Vr.OB)))),
        ["colour profile"] = new(data => data.Set(Value(Tags.ICCProfile, Vr.OB))),
        ["behind the pixels"] = new(data => SetImage(data, [.. Image, .. Name])),
        ["extended offset table"] = new(data => data.Set(Value(Tags.ExtendedOffsetTable, Vr.OV))),
        ["end of a long text"] = new(
            data => data.SetItems(Tags.AnatomicRegionSequence, Item(Value(Tags.LongCodeValue, Vr.UC, new string('x', 100_000) + "Planted Persona")))),
        ["birth date of another calendar"] = new(data => data.Set(Value(Tags.PatientBirthDateInAlternativeCalendar, Vr.LO))),
        ["address of the original"] = new(data => data.SetItems(Tags.ReferencedSeriesSequence, Item(Value(Tags.RetrieveURL, Vr.UR)))),
        ["encrypted originals"] = new(data => data.SetItems(Tags.EncryptedAttributesSequence, Item(Value(Tags.EncryptedContent, Vr.OB)))),
        ["trailing padding"] = new(data => data.Add(Value(Tags.DataSetTrailingPadding, Vr.OB))),
        ["command"] = new(data => data.Add(Value(new Tag(0x0000, 0x0600), Vr.AE))),
        ["file meta information in the data set"] = new(data => data.Add(Value(Tags.PrivateInformation, Vr.OB))),
        ["second of two names"] = new(data =>
        {
            data.Add(Value(Tags.PatientName, Vr.PN));
            data.Add(Value(Tags.PatientName, Vr.PN));
        }),

        // What costs without bound.
        ["geometry beyond all numbers"] = new(
            data =>
            {
                SetImage(data, Image);
                data.SetUshort(Tags.Rows, TallImage);
                data.SetUshort(Tags.Columns, TallImage);
                data.SetUshort(Tags.BitsAllocated, 16);
                data.SetInt(Tags.NumberOfFrames, int.MaxValue);
            },
            Make.Profile() with { PixelRules = [new PixelRule { Boxes = [new PixelBox(0, 0, 9, 9)] }] }),
    };

    public static TheoryData<string> Names => [.. Attacks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Deidentify_Attack_DoesNotGetThrough(string name)
    {
        DataSet source = Make.Instance();
        source.SetString(Tags.PatientName, "Planted^Persona");
        source.SetString(Tags.OtherPatientNames, "Planted^Persona");
        source.SetString(Tags.PatientBirthDate, "19700517");
        Attacks[name].Plant(source);
        ProjectProfile profile = Attacks[name].Profile ?? Make.Profile();
        using DicomFile file = Make.File(source);
        Deidentifier deidentifier = new(profile, Make.Key());
        Identity identity = deidentifier.Identities.Propose("subject");

        if (deidentifier.Deidentify(file, identity) is not DeidentifyResult.Done { Instance: { } instance })
        {
            return;
        }

        byte[] bytes = instance.Segments.ToArray();
        using DicomFile written = DicomFile.Read(new MemorySource(bytes));
        if (Verifier.Verify(file, written, identity, profile).Count == 0)
        {
            string text = Encoding.Latin1.GetString(bytes);
            Assert.DoesNotContain("planted", text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("471188", text, StringComparison.Ordinal);
            Assert.DoesNotContain("19700517", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ISO_IR 100", true)]
    [InlineData("ISO-IR 100", true)]
    [InlineData("\\ISO 2022 IR 87", true)]
    [InlineData("KLINGON", false)]
    public void Deidentify_CharacterSet_StaysWhenItIsOne(string terms, bool stays)
    {
        DataSet source = Make.Instance();
        source.Set(Value(Tags.SpecificCharacterSet, Vr.CS, terms.Length % 2 == 0 ? terms : terms + ' '));
        Assert.Equal(stays, Make.Clean(source).Contains(Tags.SpecificCharacterSet));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(18)]
    [InlineData(4096)]
    public void Deidentify_ZerosBehindThePixels_ArePadding(int length)
    {
        DataSet source = Make.Instance();
        SetImage(source, new byte[length]);
        Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(source));
    }

    [Fact]
    public void Deidentify_PixelsThatAreNotEncapsulatedAsTheirSyntaxWants_AreHeld()
    {
        DataSet source = Make.Instance();
        SetImage(source, Image);
        Assert.IsType<DeidentifyResult.Held>(Make.Deidentify(source, syntax: TransferSyntax.Find(Uids.JpegBaselineProcess1)!));
    }

    [Theory]
    [InlineData("00000000", true)]
    [InlineData("", true)]
    [InlineData("506C616E746564", false)]
    [InlineData("506C616E", false)]
    public void Deidentify_OffsetTable_LeadsToFragments(string table, bool isDone)
    {
        using DicomFile file = Compressed(Convert.FromHexString(table), []);
        Assert.Equal(isDone, Make.Deidentify(file) is DeidentifyResult.Done);
    }

    [Fact]
    public void Verify_NameInACommentOfCompressedPixels_IsFound()
    {
        using DicomFile file = Compressed([], [0xFF, 0xFE, 0x00, 0x0A, .. "persona!"u8]);
        DeidentifiedInstance instance = Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(file)).Instance;
        using DicomFile written = DicomFile.Read(new MemorySource(instance.Segments.ToArray()));

        IReadOnlyList<Finding> findings = Verifier.Verify(file, written, new Identity("key-a", "P-1", 0), Make.Profile());

        Assert.Equal(FindingKind.Name, Assert.Single(findings, finding => finding.Path == Tags.PixelData.ToString()).Kind);
    }

    private static DicomFile Compressed(byte[] offsets, byte[] comment)
    {
        DataSet source = Make.Instance();
        source.SetString(Tags.PatientName, "Planted^Persona");
        SetImage(source, Image);
        source.Remove(Tags.PixelData);
        byte[] pixels =
        [
            0xE0, 0x7F, 0x10, 0x00, .. "OB"u8, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
            0xFE, 0xFF, 0x00, 0xE0, (byte)offsets.Length, 0, 0, 0, .. offsets,
            0xFE, 0xFF, 0x00, 0xE0, (byte)(4 + comment.Length), 0, 0, 0, 0xFF, 0xD8, .. comment, 0xFF, 0xD9,
            0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0,
        ];
        return DicomFile.Read(new MemorySource(Make.Bytes(source, TransferSyntax.Find(Uids.JpegBaselineProcess1)!).Concat(pixels).ToArray()));
    }

    private static Element Value(Tag tag, Vr vr) => new ValueElement(tag, vr, Name);

    private static Element Value(Tag tag, Vr vr, string text) => new ValueElement(tag, vr, Encoding.ASCII.GetBytes(text));

    private static DataSet Item(params Element[] elements) => new(elements);

    private static ProjectProfile With(ProfileOption option) => Make.Profile() with { Options = new HashSet<ProfileOption> { option } };

    private static void SetImage(DataSet data, byte[] pixels)
    {
        data.SetUshort(Tags.SamplesPerPixel, 1);
        data.SetString(Tags.PhotometricInterpretation, "MONOCHROME2");
        data.SetUshort(Tags.Rows, 4);
        data.SetUshort(Tags.Columns, 4);
        data.SetUshort(Tags.BitsAllocated, 8);
        data.SetUshort(Tags.BitsStored, 8);
        data.SetUshort(Tags.PixelRepresentation, 0);
        data.Set(new ValueElement(Tags.PixelData, Vr.OW, pixels));
    }

    private sealed record Attack(Action<DataSet> Plant, ProjectProfile? Profile = null);
}
