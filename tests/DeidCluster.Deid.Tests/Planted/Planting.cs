using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests.Planted;

/// <summary>A made-up person whose every name, number and date is a token that stands nowhere else, and the places in which a seed plants them.</summary>
internal sealed class Planting
{
    private static readonly (string Term, string Family, string Given, string? Ideographic, string? Phonetic)[] Scripts =
    [
        ("", "", "", null, null),
        ("ISO_IR 100", "Müß", "Jérô", null, null),
        ("ISO_IR 192", "Łąęż", "Ðöçš", null, null),
        ("\\ISO 2022 IR 87", "", "", "山田試験^太郎植込", "やまだ^たろう"),
        ("\\ISO 2022 IR 149", "", "", "洪試驗^吉洞植", "홍시험^길동식"),
        ("GB18030", "", "", "王小东试验", null),
        ("ISO_IR 144", "Люкceмбypг", "Ивановна", null, null),
        ("ISO_IR 126", "Διονυσιας", "Ευγενια", null, null),
    ];

    private readonly Random random;
    private readonly List<string> tokens = [];
    private readonly string term;

    public Planting(int seed)
    {
        random = new Random(seed);
        (term, string family, string given, string? ideographic, string? phonetic) = Scripts[random.Next(Scripts.Length)];
        Family = family + Letters();
        Given = given + Letters();
        Name = $"{Family}^{Given}" + (ideographic is null ? "" : "=" + ideographic) + (phonetic is null ? "" : "=" + phonetic);
        tokens.AddRange([Family, Given]);
        tokens.AddRange((ideographic ?? "").Split('^', StringSplitOptions.RemoveEmptyEntries));
        tokens.AddRange((phonetic ?? "").Split('^', StringSplitOptions.RemoveEmptyEntries));
        Stranger = Token(Letters());
        Physician = Token(Letters());
        Mrn = Token(Digits(10));
        Accession = Token("A" + Digits(7));
        Phone = $"0{Digits(3)}-" + Token(Digits(10));
        Address = Token(Letters()) + " Lane 7, " + Token(Letters());
        Mail = Token(Letters()) + "@example.org";
        Hospital = Token(Letters()) + " Infirmary";
        Station = Letters();
        BirthDate = Token(Day());
        StudyDate = Day();
        Root = "1.2.826.0.1.3680043.8." + Token(Digits(9));
    }

    /// <summary>Tokens that must stand in no byte of a result.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    public string Name { get; }

    public string Family { get; }

    public string Given { get; }

    public string Stranger { get; }

    public string Physician { get; }

    public string Mrn { get; }

    public string Accession { get; }

    public string Phone { get; }

    public string Address { get; }

    public string Mail { get; }

    public string Hospital { get; }

    /// <summary>Leaves where the device's identity does.</summary>
    public string Station { get; }

    public string BirthDate { get; }

    public string StudyDate { get; }

    public string Root { get; }

    /// <summary>The instance, with everything that identifies in its own place and some of it everywhere else.</summary>
    public DataSet Instance(string sopClassUid)
    {
        DataSet data = [];
        if (term.Length > 0)
        {
            data.SetString(Tags.SpecificCharacterSet, term);
        }

        data.SetString(Tags.SOPClassUID, sopClassUid);
        data.SetString(Tags.SOPInstanceUID, Root + ".3");
        data.SetString(Tags.StudyInstanceUID, Root + ".1");
        data.SetString(Tags.SeriesInstanceUID, Root + ".2");
        data.SetString(Tags.FrameOfReferenceUID, Root + ".4");
        data.SetString(Tags.PatientName, Name);
        data.SetString(Tags.PatientID, Mrn);
        data.SetString(Tags.PatientBirthDate, BirthDate);
        data.SetString(Tags.PatientSex, "F");
        data.SetString(Tags.PatientAge, "093Y");
        data.SetString(Tags.AccessionNumber, Accession);
        data.SetString(Tags.StudyID, "");
        data.SetString(Tags.ReferringPhysicianName, Physician);
        data.SetString(Tags.PatientTelephoneNumbers, Phone);
        data.SetString(Tags.PatientAddress, Address);
        data.SetString(Tags.InstitutionName, Hospital);
        data.SetString(Tags.StudyDate, StudyDate);
        data.SetString(Tags.StudyTime, "101112");
        data.SetString(Tags.ContentDate, StudyDate);
        data.SetString(Tags.ContentTime, "101112");
        data.SetString(Tags.AcquisitionDateTime, StudyDate + "101112.5+0100");
        data.SetString(Tags.Modality, "CT");
        data.SetString(Tags.Manufacturer, "TEST");
        data.SetString(Tags.SeriesNumber, "1");
        data.SetString(Tags.InstanceNumber, "1");
        foreach (Action<DataSet> plant in Places)
        {
            if (random.Next(2) == 0)
            {
                plant(data);
            }
        }

        return data;
    }

    /// <summary>A sentence that says something of the patient.</summary>
    public string Sentence() => random.Next(10) switch
    {
        0 => $"CHEST {Family} {Given}",
        1 => $"Patient {Given} {Family} ({Mrn}), 93 year old, chest pain.",
        2 => $"Seen by Dr. {Stranger} on {StudyDate[..4]}-{StudyDate[4..6]}-{StudyDate[6..]}, see {Root}.3",
        3 => $"{Family}_{Accession} lateral",
        4 => $"Call {Phone} or {Mail}; lives at {Address}",
        5 => $"Compared with {StudyDate}. Born {BirthDate}. No fracture.",
        6 => $"{Hospital}: {Physician} / {Stranger}",
        7 => $"{Family.ToUpperInvariant()}, {Given.ToLowerInvariant()}: liver normal",
        8 => $"signed by: {Stranger}\r\nAccession: {Accession}\r\nImpression: stable nodule",
        _ => $"MRN{Mrn} scout 3 mm",
    };

    private IReadOnlyList<Action<DataSet>> Places =>
    [
        data => data.SetString(Tags.StudyDescription, Cut(Sentence(), 64)),
        data => data.SetString(Tags.SeriesDescription, Cut(Sentence(), 64)),
        data => data.SetString(Tags.ProtocolName, Cut(Sentence(), 64)),
        data => data.SetString(Tags.ImageComments, Sentence()),
        data => data.SetString(Tags.PatientComments, Sentence()),
        data => data.SetString(Tags.AdditionalPatientHistory, Sentence()),
        data => data.SetString(Tags.StudyComments, Sentence()),
        data => data.SetString(Tags.DerivationDescription, Sentence()),
        data => data.SetString(Tags.AdmittingDiagnosesDescription, Cut(Sentence(), 64), Cut(Sentence(), 64)),
        data => data.SetString(Tags.OtherPatientNames, Name, Name),
        data => data.SetString(Tags.OperatorsName, Stranger),
        data => data.SetString(Tags.StationName, Station),
        data => data.SetString(Tags.RetrieveAETitle, Token(Letters().ToUpperInvariant())),
        data => data.SetString(Tags.ImageType, "ORIGINAL", Token(Letters().ToUpperInvariant()) + "-" + Letters()),
        data => data.SetItems(Tags.RequestAttributesSequence, Item(item =>
        {
            item.SetString(Tags.ScheduledProcedureStepDescription, Cut(Sentence(), 64));
            item.SetString(Tags.RequestedProcedureID, Cut(Mrn, 16));
            item.SetItems(Tags.ScheduledProtocolCodeSequence, Code("99LOCAL", Sentence()));
        })),
        data => data.SetItems(Tags.ReferencedStudySequence, Item(item => item.SetString(Tags.ReferencedSOPInstanceUID, Root + ".1"))),
        data => data.SetItems(Tags.SourceImageSequence, Item(item => item.SetString(Tags.ReferencedSOPInstanceUID, Root + ".9"))),
        data => data.SetItems(Tags.ProcedureCodeSequence, Code("99LOCAL", Sentence()), Code("DCM", Sentence())),
        data => data.SetItems(Tags.AnatomicRegionSequence, Code("SCT", Cut(Sentence(), 64))),
        data => data.SetItems(Tags.ReasonForRequestedProcedureCodeSequence, Code("99LOCAL", Sentence())),
        data => data.SetItems(Tags.AcquisitionContextSequence, Item(item =>
        {
            item.SetString(Tags.ValueType, "TEXT");
            item.SetItems(Tags.ConceptNameCodeSequence, Code("DCM", "Comment"));
            item.SetString(Tags.TextValue, Sentence());
        })),
        data => Private(data, "UNKNOWN CREATOR", 0x0029, 0x10, Vr.LO, Cut(Sentence(), 64)),
        data => Private(data, "SIEMENS CSA HEADER", 0x0029, 0x20, Vr.OB, Sentence() + Sentence()),
        data => Private(data, "SIEMENS MR HEADER", 0x0051, 0x0F, Vr.SH, Cut(Family, 16)),
        data => Private(data, "GEMS_PARM_01", 0x0043, 0x28, Vr.OB, Sentence()),
        data => Private(data, "Philips Imaging DD 001", 0x2001, 0x0B, Vr.CS, Family.ToUpperInvariant()),
        data => Private(data, "TEST MARKED SAFE", 0x0075, 0x01, Vr.LO, Cut(Sentence(), 64)),
        data => data.SetItems(Tags.PrivateDataElementCharacteristicsSequence, Item(item =>
        {
            item.SetUshort(Tags.PrivateGroupReference, 0x0075);
            item.SetString(Tags.PrivateCreatorReference, "TEST MARKED SAFE");
            item.SetString(Tags.BlockIdentifyingInformationStatus, "SAFE");
        })),
        data =>
        {
            data.SetString(new Tag(0x0077, 0x0010), Vr.LO, "NESTED CREATOR");
            DataSet inner = Item(item => { item.SetString(Tags.PatientName, Name); item.SetString(Tags.ImageComments, Sentence()); });
            Private(inner, "DEEPER CREATOR", 0x0079, 0x22, Vr.UT, Sentence());
            data.Set(new SequenceElement(new Tag(0x0077, 0x1011), inner));
        },
        data => data.Set(new ValueElement(new Tag(0x0007, 0x1001), Vr.UN, Bytes(Sentence()))),
        data => data.Set(new ValueElement(Tags.PatientBirthName, Vr.UN, Bytes(Family))),
        data => data.Set(new ValueElement(new Tag(0x6000, 0x4000), Vr.LT, Bytes(Sentence()))),
        data => data.Set(new ValueElement(new Tag(0x6000, 0x0022), Vr.LO, Bytes(Cut(Sentence(), 60)))),
        data => data.Set(new ValueElement(new Tag(0x6002, 0x3000), Vr.OW, Bytes(Sentence()))),
        data => data.Set(new ValueElement(new Tag(0x5000, 0x0030), Vr.SH, Bytes(Family))),
        data => data.Set(new ValueElement(Tags.DataSetTrailingPadding, Vr.OB, Bytes(Sentence()))),
        data => data.Set(new ValueElement(new Tag(0x0008, 0xFFFE), Vr.LO, Bytes(Family))),
        data => data.SetString(Tags.InstanceCreationDate, BirthDate),
        data => data.Set(new ValueElement(Tags.SeriesDate, Vr.DA, Bytes(Family))),
        data => data.Set(new ValueElement(Tags.SeriesTime, Vr.TM, Bytes(BirthDate))),
        data => data.SetString(Tags.ClinicalTrialTimePointDescription, Sentence()),
    ];

    /// <summary>A content tree three levels deep, with a value of each type.</summary>
    public void Report(DataSet data)
    {
        data.SetString(Tags.ValueType, "CONTAINER");
        data.SetItems(Tags.ConceptNameCodeSequence, Code("DCM", "Imaging Report"));
        data.SetItems(
            Tags.ContentSequence,
            Content("TEXT", Code("121071", "DCM", "Finding"), item => item.SetString(Tags.TextValue, Sentence())),
            Content("PNAME", Code("121008", "DCM", "Person Observer Name"), item => item.SetString(Tags.PersonName, Stranger)),
            Content("TEXT", Code("121009", "DCM", "Person Observer's Organization Name"), item => item.SetString(Tags.TextValue, Hospital)),
            Content("TEXT", Code("121030", "DCM", "Subject ID"), item => item.SetString(Tags.TextValue, Mrn)),
            Content("DATE", Code("121031", "DCM", "Subject Birth Date"), item => item.SetString(Tags.Date, BirthDate)),
            Content("UIDREF", Code("121018", "DCM", "Procedure Study Instance UID"), item => item.SetString(Tags.UID, Root + ".1")),
            Content("DATETIME", Code("111526", "DCM", "DateTime Started"), item => item.SetString(Tags.DateTime, StudyDate + "101112")),
            Content("NUM", Code("121033", "DCM", "Subject Age"), item => item.SetItems(Tags.MeasuredValueSequence, Item(value =>
            {
                value.SetString(Tags.NumericValue, "97");
                value.SetItems(Tags.MeasurementUnitsCodeSequence, Code("a", "UCUM", "year"));
            }))),
            Content("CODE", Code("121009", "DCM", "Person Observer's Organization Name"), item => item.SetItems(Tags.ConceptCodeSequence, Code("99LOCAL", Cut(Hospital, 60)))),
            Content("CONTAINER", Code("121070", "DCM", "Findings"), item => item.SetItems(
                Tags.ContentSequence,
                Content("CONTAINER", Code("125007", "DCM", "Measurement Group"), inner => inner.SetItems(
                    Tags.ContentSequence, Content("TEXT", Code("121106", "DCM", "Comment"), leaf => leaf.SetString(Tags.TextValue, Sentence())))))));
    }

    private static DataSet Content(string type, DataSet concept, Action<DataSet> fill) => Item(item =>
    {
        item.SetString(Tags.RelationshipType, "CONTAINS");
        item.SetString(Tags.ValueType, type);
        item.SetItems(Tags.ConceptNameCodeSequence, concept);
        fill(item);
    });

    /// <summary>An item that declares its own character set: what is planted has letters that others lack.</summary>
    private static DataSet Item(Action<DataSet> fill) => Make.Item(item =>
    {
        item.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        fill(item);
    });

    private static DataSet Code(string scheme, string meaning) => Code("1", scheme, meaning);

    private static DataSet Code(string value, string scheme, string meaning) => Item(item =>
    {
        item.SetString(Tags.CodeValue, value);
        item.SetString(Tags.CodingSchemeDesignator, scheme);
        item.SetString(Tags.CodeMeaning, Cut(meaning, 64));
    });

    private void Private(DataSet data, string creator, ushort group, byte number, Vr vr, string value)
    {
        data.SetString(new Tag(group, 0x0010), Vr.LO, creator);
        Tag tag = new(group, (ushort)(0x1000 | number));
        if (vr is Vr.OB or Vr.CS) // a CS with other letters than ASCII breaks the standard, and is met all the same
        {
            data.Set(new ValueElement(tag, vr, Bytes(value)));
        }
        else
        {
            data.SetString(tag, vr, value);
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetByteCount(text) % 2 == 0 ? text : text + " ");

    private static string Cut(string text, int length) => text.Length <= length ? text.Replace("\r\n", " ", StringComparison.Ordinal) : text[..length].Replace("\r\n", "  ", StringComparison.Ordinal);

    private string Token(string text)
    {
        tokens.Add(text);
        return text;
    }

    private string Letters()
    {
        string vowels = "aeiou";
        string consonants = "bcdfghklmnprstvz";
        return $"{char.ToUpperInvariant(consonants[random.Next(consonants.Length)])}{vowels[random.Next(5)]}q{consonants[random.Next(consonants.Length)]}{vowels[random.Next(5)]}x{consonants[random.Next(consonants.Length)]}{vowels[random.Next(5)]}w";
    }

    private string Digits(int count) => string.Concat(Enumerable.Range(0, count).Select(_ => (char)('1' + random.Next(9))));

    // Not the first of a month, which is its own floor.
    private string Day() => $"{new DateTime(1931, 1, 2).AddMonths(random.Next(820)).AddDays(random.Next(26)):yyyyMMdd}";
}
