namespace DeidCluster.Dicom.Tests.Matching;

/// <summary>Whole C-FIND identifiers against an index (PS3.4 C.4.1), and those of retrievals (PS3.4 C.4.2.1.4).</summary>
public class QueryTests
{
    // Two patients; the first has a CT+SR study and an MR study.
    private static readonly DataSet[] Instances =
    [
        Instance("P1", "DOE^JANE", "1.1", "20240101", "1.1.1", "CT", "1.1.1.1"),
        Instance("P1", "DOE^JANE", "1.1", "20240101", "1.1.1", "CT", "1.1.1.2"),
        Instance("P1", "DOE^JANE", "1.1", "20240101", "1.1.2", "SR", "1.1.2.1"),
        Instance("P1", "DOE^JANE", "1.2", "20240601", "1.2.1", "MR", "1.2.1.1"),
        Instance("P2", "ROE^RICHARD", "2.1", "20240101", "2.1.1", "CT", "2.1.1.1"),
    ];

    [Fact]
    public void Studies_AreAnsweredWithWhatTheyHold()
    {
        DataSet answer = Assert.Single(Answers(QueryModel.StudyRoot, "STUDY",
            (Tags.StudyInstanceUID, "1.1"), (Tags.PatientName, ""), (Tags.ModalitiesInStudy, ""), (Tags.SOPClassesInStudy, ""),
            (Tags.NumberOfStudyRelatedSeries, ""), (Tags.NumberOfStudyRelatedInstances, ""), (Tags.StudyDescription, "")));
        Assert.Equal("STUDY", answer.GetString(Tags.QueryRetrieveLevel));
        Assert.Equal("DOE^JANE", answer.GetString(Tags.PatientName));
        Assert.Equal(["CT", "SR"], answer.GetStrings(Tags.ModalitiesInStudy));
        Assert.Equal([Uids.CtImageStorage, Uids.EnhancedSrStorage], answer.GetStrings(Tags.SOPClassesInStudy));
        Assert.Equal((2, 3), (answer.GetInt(Tags.NumberOfStudyRelatedSeries), answer.GetInt(Tags.NumberOfStudyRelatedInstances)));
        Assert.True(answer.Contains(Tags.StudyDescription)); // absent there, returned empty
    }

    [Fact]
    public void Patients_AreAnsweredOnce_WithTheirCounts()
    {
        List<DataSet> answers = Answers(QueryModel.PatientRoot, "PATIENT",
            (Tags.PatientID, ""), (Tags.NumberOfPatientRelatedStudies, ""), (Tags.NumberOfPatientRelatedSeries, ""), (Tags.NumberOfPatientRelatedInstances, ""));
        Assert.Equal([("P1", 2, 3, 4), ("P2", 1, 1, 1)], answers.Select(answer => (
            answer.GetString(Tags.PatientID), answer.GetInt(Tags.NumberOfPatientRelatedStudies)!.Value,
            answer.GetInt(Tags.NumberOfPatientRelatedSeries)!.Value, answer.GetInt(Tags.NumberOfPatientRelatedInstances)!.Value)));
    }

    [Theory]
    [InlineData("CT", 2)]
    [InlineData("MR\\SR", 2)]
    [InlineData("C*", 2)]
    [InlineData("US", 0)]
    public void ModalitiesInStudy_MatchesAnyOfThem(string modalities, int count) =>
        Assert.Equal(count, Answers(QueryModel.StudyRoot, "STUDY", (Tags.ModalitiesInStudy, modalities), (Tags.StudyInstanceUID, "")).Count);

    [Fact]
    public void Keys_OfALevelBelow_AreNeitherMatchedNorReturned_AndSaidSo()
    {
        Query query = Query.Parse(QueryModel.StudyRoot, Keys("STUDY", (Tags.StudyInstanceUID, "1.1"), (Tags.Modality, "US")), QueryOptions.Baseline);
        Assert.True(query.HasUnsupportedKeys);
        DataSet answer = Assert.Single(query.Answers(Instances));
        Assert.False(answer.Contains(Tags.Modality));
        Assert.False(Query.Parse(QueryModel.StudyRoot, Keys("STUDY", (Tags.PatientName, "")), QueryOptions.Baseline).HasUnsupportedKeys);
    }

    [Fact]
    public void Keys_OfALevelAbove_AreMatchedAndReturned()
    {
        Assert.Equal(2, Answers(QueryModel.StudyRoot, "SERIES", (Tags.StudyInstanceUID, "1.1"), (Tags.PatientID, "P1"), (Tags.SeriesInstanceUID, "")).Count);
        Assert.Empty(Answers(QueryModel.StudyRoot, "SERIES", (Tags.StudyInstanceUID, "1.1"), (Tags.PatientID, "P2"), (Tags.SeriesInstanceUID, "")));
    }

    [Theory]
    [InlineData("STUDY", "", "", "", 0x00100020u)] // Patient Root: the patient above is missing
    [InlineData("STUDY", "P*", "", "", 0x00100020u)]
    [InlineData("SERIES", "P1", "", "", 0x0020000Du)]
    [InlineData("SERIES", "P1", "1.1\\1.2", "", 0x0020000Du)]
    [InlineData("IMAGE", "P1", "1.1", "", 0x0020000Eu)]
    public void UniqueKeys_OfTheLevelsAbove_AreNeeded_UnlessRelational(string level, string patient, string study, string series, uint offending)
    {
        DataSet keys = Keys(level, (Tags.PatientID, patient), (Tags.StudyInstanceUID, study), (Tags.SeriesInstanceUID, series), (Tags.SOPInstanceUID, ""));
        DimseStatusException refused = Assert.Throws<DimseStatusException>(() => Query.Parse(QueryModel.PatientRoot, keys, QueryOptions.Baseline));
        Assert.Equal(DimseStatus.DataSetDoesNotMatchSopClass, refused.Status);
        Assert.Equal([new Tag(offending)], refused.OffendingElements);
        Assert.NotEmpty(Query.Parse(QueryModel.PatientRoot, keys, new QueryOptions { Relational = true }).Answers(Instances));
    }

    [Theory]
    [InlineData("PATIENT", false)]
    [InlineData("STUDY", true)]
    [InlineData("CLOUD", false)]
    [InlineData("", false)]
    public void Levels_ThatAModelLacks_AreRefused(string level, bool isKnown)
    {
        Assert.Equal(isKnown, Record.Exception(() => Query.Parse(QueryModel.StudyRoot, Keys(level), QueryOptions.Baseline)) is null);
        Assert.Equal(isKnown, Record.Exception(() => Retrieval.Parse(
            QueryModel.StudyRoot, Keys(level, (Tags.PatientID, "P1"), (Tags.StudyInstanceUID, "1.1")), QueryOptions.Baseline, "C-MOVE")) is null);
    }

    [Fact]
    public void Sequences_AreAnsweredWithTheMatchingItemsAndTheAskedAttributes()
    {
        DataSet stored = Instance("P1", "DOE^JANE", "1.1", "20240101", "1.1.1", "CT", "1.1.1.1");
        stored.SetItems(Tags.ProcedureCodeSequence, Code("A", "first"), Code("B", "second"));
        DataSet keys = Keys("STUDY", (Tags.StudyInstanceUID, ""));
        DataSet asked = new();
        asked.SetString(Tags.CodeValue, "B");
        asked.SetEmpty(Tags.CodingSchemeDesignator);
        keys.SetItems(Tags.ProcedureCodeSequence, asked);
        DataSet answer = Assert.Single(Query.Parse(QueryModel.StudyRoot, keys, QueryOptions.Baseline).Answers([stored]));
        DataSet item = Assert.Single(answer.Items(Tags.ProcedureCodeSequence));
        Assert.Equal([Tags.CodeValue, Tags.CodingSchemeDesignator], item.Select(element => element.Tag));
        Assert.Equal("B", item.GetString(Tags.CodeValue));

        asked.SetString(Tags.CodeValue, "C");
        Assert.Empty(Query.Parse(QueryModel.StudyRoot, keys, QueryOptions.Baseline).Answers([stored]));
    }

    [Theory]
    [InlineData("20240101", "0030", "+0100", true)] // stored 20231231 23:30 UTC
    [InlineData("20231231", "2330", "+0000", true)]
    [InlineData("20231231", "1830", "-0500", true)]
    [InlineData("20240101", "0030", "+0000", false)]
    public void Timezones_OfTheQuery_AreWhereStoredTimesAreSeen_WhenAgreed(string date, string time, string zone, bool expected)
    {
        DataSet stored = Instance("P1", "DOE^JANE", "1.1", "20231231", "1.1.1", "CT", "1.1.1.1");
        stored.SetString(Tags.StudyTime, "233015.25");
        stored.SetString(Tags.TimezoneOffsetFromUTC, "+0000");
        DataSet keys = Keys("STUDY", (Tags.StudyInstanceUID, ""), (Tags.StudyDate, date), (Tags.StudyTime, time), (Tags.TimezoneOffsetFromUTC, zone));
        List<DataSet> answers = [.. Query.Parse(QueryModel.StudyRoot, keys, new QueryOptions { TimezoneAdjustment = true }).Answers([stored])];
        Assert.Equal(expected, answers.Count == 1);
        if (expected)
        {
            Assert.Equal((date, time + "15.25", zone), (answers[0].GetString(Tags.StudyDate), answers[0].GetString(Tags.StudyTime), answers[0].GetString(Tags.TimezoneOffsetFromUTC)));
        }
    }

    [Theory]
    [InlineData("STUDY", "1.1", "", "", 3)]
    [InlineData("STUDY", "1.1\\2.1", "", "", 4)]
    [InlineData("STUDY", "9.9", "", "", 0)]
    [InlineData("SERIES", "1.1", "1.1.1\\1.1.2", "", 3)]
    [InlineData("IMAGE", "1.1", "1.1.1", "1.1.1.2", 1)]
    [InlineData("IMAGE", "1.1", "1.1.2", "1.1.1.2", 0)] // in another series
    public void Retrievals_SelectWhatIsUnderTheirUniqueKeys(string level, string study, string series, string instance, int count)
    {
        DataSet keys = Keys(level, (Tags.StudyInstanceUID, study), (Tags.SeriesInstanceUID, series), (Tags.SOPInstanceUID, instance));
        Retrieval retrieval = Retrieval.Parse(QueryModel.StudyRoot, keys, QueryOptions.Baseline, "C-MOVE");
        Assert.Equal(count, Instances.Count(retrieval.Selects));
    }

    [Theory]
    [InlineData("STUDY", "", "")]
    [InlineData("STUDY", "*", "")]
    [InlineData("SERIES", "", "1.1.1")]
    [InlineData("SERIES", "1.1", "")]
    public void Retrievals_WithoutUniqueKeys_AreRefused(string level, string study, string series)
    {
        DataSet keys = Keys(level, (Tags.StudyInstanceUID, study), (Tags.SeriesInstanceUID, series));
        Assert.Equal(DimseStatus.DataSetDoesNotMatchSopClass,
            Assert.Throws<DimseStatusException>(() => Retrieval.Parse(QueryModel.StudyRoot, keys, QueryOptions.Baseline, "C-GET")).Status);
    }

    private static List<DataSet> Answers(QueryModel model, string level, params (Tag, string)[] keys) =>
        [.. Query.Parse(model, Keys(level, keys), QueryOptions.Baseline).Answers(Instances)];

    private static DataSet Keys(string level, params (Tag Tag, string Value)[] keys) => Network.Peers.Identifier(level, keys);

    private static DataSet Code(string value, string meaning)
    {
        DataSet code = new();
        code.SetString(Tags.CodeValue, value);
        code.SetString(Tags.CodeMeaning, meaning);
        return code;
    }

    private static DataSet Instance(string patient, string name, string study, string date, string series, string modality, string instance)
    {
        DataSet header = new();
        header.SetString(Tags.SOPClassUID, modality switch { "CT" => Uids.CtImageStorage, "MR" => Uids.MrImageStorage, _ => Uids.EnhancedSrStorage });
        header.SetString(Tags.SOPInstanceUID, instance);
        header.SetString(Tags.StudyDate, date);
        header.SetString(Tags.Modality, modality);
        header.SetString(Tags.PatientName, name);
        header.SetString(Tags.PatientID, patient);
        header.SetString(Tags.StudyInstanceUID, study);
        header.SetString(Tags.SeriesInstanceUID, series);
        return header;
    }
}
