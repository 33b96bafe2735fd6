namespace DeidCluster.Dicom.Tests.Matching;

/// <summary>Attribute matching of PS3.4 C.2.2.2, one key against one stored attribute.</summary>
public class KeyMatchingTests
{
    private static readonly QueryOptions Baseline = QueryOptions.Baseline;

    [Theory]
    [InlineData("PatientID", "MRN1", "MRN1", true)]
    [InlineData("PatientID", "mrn1", "MRN1", false)] // case counts but in names (C.2.2.2.1)
    [InlineData("PatientID", "MRN", "MRN1", false)]
    [InlineData("PatientID", "MRN*", "MRN1", true)]
    [InlineData("PatientID", "*", "", true)]
    [InlineData("PatientID", "M?N1", "MRN1", true)]
    [InlineData("PatientID", "M?N1", "MN1", false)]
    [InlineData("PatientID", "*1*2*", "a1b2c", true)]
    [InlineData("PatientID", "*1*2", "a1b2c", false)]
    [InlineData("PatientID", "a[b].*", "a[b].c", true)] // no other character is special
    [InlineData("Modality", "C*", "CT", true)]
    [InlineData("Modality", "CT\\MR", "MR", true)]
    [InlineData("Modality", "CT\\MR", "US", false)]
    [InlineData("ImageType", "PRIMARY", "ORIGINAL\\PRIMARY\\AXIAL", true)] // any value of a stored attribute
    [InlineData("StudyInstanceUID", "1.2.3", "1.2.3", true)]
    [InlineData("StudyInstanceUID", "1.2.3\\1.2.4", "1.2.4", true)]
    [InlineData("StudyInstanceUID", "1.2.*", "1.2.3", false)] // UI has no wild cards
    [InlineData("StudyInstanceUID", "*", "1.2.3", true)] // but this one is sent by many
    [InlineData("InstanceNumber", "7", "007", true)]
    [InlineData("InstanceNumber", "7*", "71", false)]
    [InlineData("PatientWeight", "70", "70.0", true)]
    [InlineData("PatientAge", "0*", "034Y", false)]
    [InlineData("Rows", "512", "512", true)]
    [InlineData("StudyDescription", "HEAD*", "", false)]
    [InlineData("PatientComments", "a\\b", "a\\b", true)] // one value, in which a backslash is a character
    public void Key_OfAVr_MatchesAsTheStandardSays(string keyword, string key, string stored, bool expected) =>
        Assert.Equal(expected, Matches(Baseline, keyword, key, stored));

    [Theory]
    [InlineData("DOE^JANE", "Doe^Jane", true)]
    [InlineData("doe^jane", "DOE^JANE^^^", true)]
    [InlineData("doe^jane^^^", "DOE^JANE", true)]
    [InlineData("DOE", "DOE^JANE", false)]
    [InlineData("DOE*", "DOE^JANE", true)]
    [InlineData("*JANE", "DOE^JANE", true)]
    [InlineData("muller^rene", "Müller^René", true)]
    [InlineData("Łuczak*", "LUCZAK^ŻANETA", true)]
    [InlineData("R?ne*", "Rene\u0301^X", true)] // a combining accent is no character of its own
    [InlineData("Yamada^Tarou", "Yamada^Tarou=山田^太郎=やまだ^たろう", true)]
    [InlineData("山田*", "Yamada^Tarou=山田^太郎=やまだ^たろう", true)]
    [InlineData("Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", false)]
    [InlineData("Yamada^Tarou=*", "Yamada^Tarou=山田^太郎=やまだ^たろう", true)]
    [InlineData("DOE ^ JANE", "DOE^JANE", true)]
    public void Key_ThatIsAName_MatchesWithoutCaseAndAccents(string key, string stored, bool expected) =>
        Assert.Equal(expected, Matches(Baseline, "PatientName", key, stored));

    [Theory]
    [InlineData("jane doe", "DOE^JANE", true)]
    [InlineData("ja^do", "DOE^JANE", true)]
    [InlineData("jon", "DOE^JANE", false)]
    public void Key_ThatIsAName_MatchesItsWords_WhenFuzzyMatchingIsAgreed(string key, string stored, bool fuzzy)
    {
        Assert.False(Matches(Baseline, "PatientName", key, stored));
        Assert.Equal(fuzzy, Matches(Baseline with { FuzzyNames = true }, "PatientName", key, stored));
    }

    [Theory]
    [InlineData("StudyDate", "20240102", "20240102", true)]
    [InlineData("StudyDate", "20240102", "2024.01.02", true)] // as written before version 3.0
    [InlineData("StudyDate", "20240101-20240131", "20240131", true)]
    [InlineData("StudyDate", "20240101-20240131", "20240201", false)]
    [InlineData("StudyDate", "20240102-", "20240101", false)]
    [InlineData("StudyDate", "20240102-", "20240102", true)]
    [InlineData("StudyDate", "-20240102", "20240102", true)]
    [InlineData("StudyDate", "-20240102", "20240103", false)]
    [InlineData("StudyDate", "-", "20240103", false)]
    [InlineData("StudyDate", "20240101-20240131", "", false)]
    [InlineData("StudyDate", "20240101-20240131", "UNKNOWN", false)]
    [InlineData("StudyDate", "20240230", "20240230", true)] // no date: only what is written alike
    [InlineData("StudyTime", "10", "105959.999999", true)]
    [InlineData("StudyTime", "1030", "103059", true)]
    [InlineData("StudyTime", "1030", "1031", false)]
    [InlineData("StudyTime", "103000", "10:30:00", true)]
    [InlineData("StudyTime", "1000-1030", "103059.9", true)] // 1030 is the whole minute
    [InlineData("StudyTime", "1000-103000", "103000.9", true)]
    [InlineData("StudyTime", "1000-103000.5", "103000.9", false)]
    [InlineData("StudyTime", "2200-0400", "230000", false)] // crossing midnight is not supported (C.2.2.2.5.2)
    [InlineData("StudyTime", "235960", "235960", true)] // a leap second
    [InlineData("AcquisitionDateTime", "2024", "20240630120000", true)]
    [InlineData("AcquisitionDateTime", "202401-202403", "20240331235959.9", true)]
    [InlineData("AcquisitionDateTime", "202401-202403", "20240401", false)]
    [InlineData("AcquisitionDateTime", "20240101120000+0100", "20240101110000+0000", true)]
    [InlineData("AcquisitionDateTime", "20240101120000-0500", "20240101170000+0000", true)]
    [InlineData("AcquisitionDateTime", "20240101120000-0500-20240101130000-0500", "20240101173000+0000", true)]
    [InlineData("AcquisitionDateTime", "20240101120000-0500-", "20240101165959+0000", false)]
    [InlineData("AcquisitionDateTime", "-20240101120000-0500", "20240101170001+0000", false)]
    [InlineData("AcquisitionDateTime", "2023-2024", "20240630", true)] // a range of years: -2024 is no offset
    public void Key_ThatIsADateOrTime_MatchesMoments(string keyword, string key, string stored, bool expected) =>
        Assert.Equal(expected, Matches(Baseline, keyword, key, stored));

    [Theory]
    [InlineData("20060705-20060707", "1000-1800", "20060706", "0500", false, true)] // the standard's own example
    [InlineData("20060705-20060707", "1000-1800", "20060705", "0900", false, false)]
    [InlineData("20060705-20060707", "1000-1800", "20060707", "1801", false, false)]
    [InlineData("20060705-20060707", "1000-1800", "20060706", "1200", true, true)]
    [InlineData("20060705-", "1000-", "20060706", "0900", false, true)]
    [InlineData("20060705-", "-1000", "20060706", "1100", false, false)] // not of one form: each on its own
    public void Ranges_OfADateAndItsTime_AreOneRange_WhenAgreed(string dates, string times, string date, string time, bool apart, bool combined)
    {
        DataSet keys = DataSetOf(("StudyDate", dates), ("StudyTime", times));
        DataSet stored = DataSetOf(("StudyDate", date), ("StudyTime", time));
        Assert.Equal(apart, new KeyMatching(Baseline).Matches(keys, stored, _ => false));
        Assert.Equal(combined, new KeyMatching(Baseline with { CombinedDateTime = true }).Matches(keys, stored, _ => false));
    }

    [Fact]
    public void Quotes_MatchWhatIsEmpty_WhenAgreed()
    {
        Assert.False(Matches(Baseline, "AccessionNumber", "\"\"", ""));
        Assert.True(Matches(Baseline with { EmptyValues = true }, "AccessionNumber", "\"\"", ""));
        Assert.False(Matches(Baseline with { EmptyValues = true }, "AccessionNumber", "\"\"", "A1"));
    }

    [Fact]
    public void Keys_InAnotherCharacterSet_MatchTheSameText()
    {
        DataSet keys = new();
        keys.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        keys.SetString(Tags.StudyDescription, "Schädel*");
        DataSet stored = new();
        stored.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        stored.SetString(Tags.StudyDescription, "Schädel CT");
        Assert.True(new KeyMatching(Baseline).Matches(keys, stored, _ => false));
    }

    [Theory]
    [InlineData("A1", "CT HEAD", true)]
    [InlineData("A1", "MR HEAD", false)] // both keys must match within one item (C.2.2.2.6)
    [InlineData("", "", true)]
    [InlineData("A2", "", true)]
    [InlineData("A3", "", false)]
    public void Sequence_Matches_WhenOneItemDoes(string step, string description, bool expected)
    {
        DataSet keys = new();
        keys.SetItems(Tags.RequestAttributesSequence, DataSetOf(("ScheduledProcedureStepID", step), ("ScheduledProcedureStepDescription", description)));
        DataSet stored = new();
        stored.SetItems(Tags.RequestAttributesSequence,
            DataSetOf(("ScheduledProcedureStepID", "A1"), ("ScheduledProcedureStepDescription", "CT HEAD")),
            DataSetOf(("ScheduledProcedureStepID", "A2"), ("ScheduledProcedureStepDescription", "MR HEAD")));
        Assert.Equal(expected, new KeyMatching(Baseline).Matches(keys, stored, _ => false));
    }

    [Fact]
    public void WildCards_OfManyStars_TakeNoLongerThanTheProductOfTheLengths()
    {
        string value = new('a', 20_000);
        Assert.False(TextMatching.Like(string.Concat(Enumerable.Repeat("*a", 200)) + "b", value));
        Assert.True(TextMatching.Like(string.Concat(Enumerable.Repeat("*a", 200)), value));
    }

    [Fact]
    public void Negotiation_OfOptions_ComesBackAsItWasAgreed()
    {
        QueryOptions options = new() { Relational = true, FuzzyNames = true, EmptyValues = true };
        Assert.Equal(options, QueryOptions.FromNegotiation(options.ToNegotiation()));
        Assert.Equal(QueryOptions.Baseline with { Relational = true }, QueryOptions.FromNegotiation([1]));
        Assert.Equal(QueryOptions.Baseline, QueryOptions.FromNegotiation([]));
    }

    private static bool Matches(QueryOptions options, string keyword, string key, string stored)
    {
        DataSet keys = DataSetOf((keyword, key));
        return new KeyMatching(options).Matches(keys, keys.Last(), DataSetOf((keyword, stored)));
    }

    private static DataSet DataSetOf(params (string Keyword, string Value)[] values)
    {
        DataSet dataSet = new();
        if (values.Any(value => value.Value.Any(letter => letter > 0x7F)))
        {
            dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        }

        foreach ((string keyword, string value) in values)
        {
            DictionaryEntry entry = DicomDictionary.FindKeyword(keyword)!;
            if (entry.Vr == Vr.US)
            {
                dataSet.SetInt(entry.Tag, int.Parse(value, System.Globalization.CultureInfo.InvariantCulture));
            }
            else
            {
                dataSet.SetString(entry.Tag, value);
            }
        }

        return dataSet;
    }
}
