using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests.Text;

public class TextCleanerTests
{
    private const int ShiftDays = -100;

    [Theory]
    // What says something about the image stays as it is.
    [InlineData("CT CHEST WITH CONTRAST", "CT CHEST WITH CONTRAST")]
    [InlineData("T2W_FLAIR axial 3mm", "T2W_FLAIR axial 3mm")]
    [InlineData("MR BRAIN W/O CONTRAST, DWI b1000", "MR BRAIN W/O CONTRAST, DWI b1000")]
    [InlineData("L5/S1 disc herniation, 12 x 8 mm", "L5/S1 disc herniation, 12 x 8 mm")]
    [InlineData("Thorax nativ 1.25 B30f", "Thorax nativ 1.25 B30f")]
    [InlineData("TR 5000 ms TE 90 ms", "TR 5000 ms TE 90 ms")]
    [InlineData("No evidence of acute fracture.", "No evidence of acute fracture.")]
    [InlineData("Schädel nativ", "Schädel nativ")]
    // Known names, in every order and spelling.
    [InlineData("CT chest Przybylska", "CT chest ***")]
    [InlineData("PRZYBYLSKA, MAŁGORZATA: chest", "***: chest")]
    [InlineData("Malgorzata Przybylska chest", "*** chest")]
    [InlineData("chest for M. Przybylska-Long", "chest for ***")]
    [InlineData("Long bone survey", "*** bone survey")]
    [InlineData("brain_Przybylska_3D", "brain_***")]
    [InlineData("reviewed with Mueller", "reviewed with ***")]
    [InlineData("Müller reviewed", "*** reviewed")]
    // Known numbers, however they are written.
    [InlineData("chest MRN 4711-88", "chest ***")]
    [InlineData("chest MRN-4711-88 lung", "chest *** lung")]
    [InlineData("mrn471188 chest", "*** chest")]
    [InlineData("call +44 1234 567890 now", "call *** now")]
    [InlineData("call 44-1234-567890 now", "call *** now")]
    [InlineData("at St. Odile Infirmary today", "at *** today")]
    // People and numbers that nobody told.
    [InlineData("Seen by Dr. Smith", "Seen by Dr. ***")]
    [InlineData("Dr Brown reviewed the images", "Dr *** reviewed the images")]
    [InlineData("John Brown, chest", "***, chest")]
    [InlineData("reported by: A. J. Young MD", "reported by: *** MD")]
    [InlineData("Mrs. Hand, left knee", "Mrs. ***, left knee")]
    [InlineData("Patient: van der Berg", "Patient: ***")]
    [InlineData("O'Brien hip", "*** hip")]
    [InlineData("phone 555-123-4567", "phone ***")]
    [InlineData("SSN 123-45-6789", "SSN ***")]
    [InlineData("acc 8834012 chest", "acc *** chest")]
    [InlineData("mail jane.doe@example.org please", "mail *** please")]
    [InlineData("see http://pacs.example.org/?id=77", "see ***")]
    [InlineData("lives at 12 Elderberry Lane", "*** at ***")]
    [InlineData("Goethestraße 12", null)]
    [InlineData("AB12345X", null)]
    [InlineData("山田太郎 chest", "*** chest")]
    [InlineData("Иванов chest", "*** chest")]
    [InlineData("room 12 bed 3", "room *** bed ***")]
    // Ages.
    [InlineData("93 year old female", "90 year old female")]
    [InlineData("63 year old female", "63 year old female")]
    [InlineData("aged 101", "aged 90")]
    // Dates move with the patient's; what is no whole date goes.
    [InlineData("compared with 2020-03-10", "compared with 2019-12-01")]
    [InlineData("compared with 20200310", "compared with 20191201")]
    [InlineData("compared with 10.03.2020", "compared with 01.12.2019")]
    [InlineData("compared with 10 Mar 2020", "compared with 01 Dec 2019")]
    [InlineData("compared with March 10th, 2020", "compared with December 01st, 2019")]
    [InlineData("compared with 25/03/2020", "compared with 16/12/2019")]
    [InlineData("compared with 03/25/2020", "compared with 12/16/2019")]
    [InlineData("compared with 03/04/2020", "compared with ***")]
    [InlineData("compared with March 2020", "compared with ***")]
    [InlineData("in 2019 at 14:35", "in *** at 14:35")]
    [InlineData("born 17.05.1970", "born ***")]
    public void Clean_Text_KeepsTheClinicalWords(string text, string? expected) => Assert.Equal(expected, Cleaner(DateTreatment.Shift).Clean(text));

    [Theory]
    [InlineData(DateTreatment.Remove, "compared with 2020-03-10 14:35", "compared with ***")]
    [InlineData(DateTreatment.Floor, "compared with 2020-03-10", "compared with ***")]
    [InlineData(DateTreatment.Keep, "compared with 2020-03-10 14:35", "compared with 2020-03-10 14:35")]
    [InlineData(DateTreatment.Keep, "DOB 1970-05-17, chest", "DOB ***, chest")]
    public void Clean_Date_FollowsThePolicy(DateTreatment treatment, string text, string expected) => Assert.Equal(expected, Cleaner(treatment).Clean(text));

    [Fact]
    public void Clean_Uid_IsMappedWhereItStandsAsOne() =>
        Assert.Equal("see image uid(1.2.840.113619.2.55.3) and 10.0.0.1".Replace("10.0.0.1", "***", StringComparison.Ordinal), Cleaner(DateTreatment.Shift).Clean("see image 1.2.840.113619.2.55.3 and 10.0.0.1"));

    [Theory]
    [InlineData("AcquTech vendor string 12345", "AcquTech vendor string 12345")]
    [InlineData("made for Przybylska", "made for ***")]
    [InlineData("made 2020-03-10", "made 2019-12-01")]
    public void Clean_WarrantedText_LosesOnlyWhatIsKnownOrShowsByItsForm(string text, string expected) =>
        Assert.Equal(expected, Cleaner(DateTreatment.Shift).Clean(text, TextTrust.Warranted));

    [Fact]
    public void Clean_TextOfOneLetterRepeated_EndsInTime()
    {
        TextCleaner cleaner = Cleaner(DateTreatment.Shift);
        foreach (string text in new[] { new string('a', 20_000), new string('1', 20_000), string.Concat(Enumerable.Repeat("1 ", 10_000)), string.Concat(Enumerable.Repeat("a.b@", 5_000)), string.Concat(Enumerable.Repeat("Dr. ", 5_000)) })
        {
            _ = cleaner.Clean(text);
        }
    }

    private static TextCleaner Cleaner(DateTreatment treatment)
    {
        DataSet source = [];
        source.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        source.SetString(Tags.PatientName, "Przybylska-Long^Małgorzata^^Dr");
        source.SetString(Tags.PatientID, "MRN-4711-88");
        source.SetString(Tags.PatientBirthDate, "19700517");
        source.SetString(Tags.PatientTelephoneNumbers, "+44 1234 567890");
        source.SetString(Tags.InstitutionName, "St. Odile Infirmary");
        source.SetString(Tags.ReferringPhysicianName, "Müller^Jörg");
        source.SetString(Tags.StationName, "CHEST");
        KnownIdentifiers known = new(source, ProfileTable.Of("2026d"), ["REQ-99812"]);
        return new TextCleaner(known, new DatePolicy(treatment), ShiftDays, uid => $"uid({uid})", BirthDates.Of(source));
    }
}
