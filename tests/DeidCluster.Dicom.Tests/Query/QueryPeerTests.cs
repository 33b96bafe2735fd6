using DeidCluster.Dicom.Tests.Network;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Matching;

/// <summary>The same queries by findscu to our archive, to dcmqrscp and to Orthanc, which hold the same instances.</summary>
public class QueryPeerTests
{
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Level, keys, and what the peers answer otherwise than we do: the key values that they give too many (+) or lack (-), with the reason.
    /// </summary>
    private static readonly Question[] Questions =
    [
        new("STUDY", ["PatientID=P1"]),
        new("STUDY", ["PatientID=P*"]),
        new("STUDY", ["PatientID=P?"]),
        new("STUDY", ["PatientID=p1"]),
        new("STUDY", ["PatientName=DOE^JANE"]),
        new("STUDY", ["PatientName=doe^jane"]) { Dcmqrscp = "-1.1 -1.2", Why = "dcmqrscp minds the case of names; PS3.4 C.2.2.2.1 leaves that to the archive" },
        new("STUDY", ["PatientName=DOE*"]),
        new("STUDY", ["PatientName=DOE"]),
        new("STUDY", ["PatientName=*"]),
        new("STUDY", ["PatientName=M?ller^*"]) { Dcmqrscp = "-1.3", Orthanc = "-1.3", Why = "both compare bytes of UTF-8, of which the umlaut has two; ? is one character (C.2.2.2.4)" },
        new("STUDY", ["AccessionNumber=A-1"]),
        new("STUDY", ["AccessionNumber=A*"]),
        new("STUDY", ["AccessionNumber=*"]),
        new("STUDY", ["StudyDate=20240101"]),
        new("STUDY", ["StudyDate=20240101-20240215"]),
        new("STUDY", ["StudyDate=20240102-"]),
        new("STUDY", ["StudyDate=-20240102"]) { Orthanc = "+1.5", Why = "Orthanc compares text, and an absent date comes before all; no date is not within a range (C.2.2.2.5)" },
        new("STUDY", ["StudyTime=1000-1200"]),
        new("STUDY", ["StudyTime=100000-"]),
        new("STUDY", ["StudyTime=103000"]),
        new("STUDY", ["ModalitiesInStudy=CT"]) { Dcmqrscp = "+1.2 +1.5", Why = "an optional key that dcmqrscp does not support matches everything there (C.2.2.1.3)" },
        new("STUDY", ["ModalitiesInStudy=SR"]) { Dcmqrscp = "+1.2 +1.3 +1.4 +1.5", Why = "an optional key that dcmqrscp does not support matches everything there (C.2.2.1.3)" },
        new("STUDY", ["StudyDescription=Head*"]),
        new("STUDY", ["StudyDescription=HEAD*"]),
        new("STUDY", ["StudyInstanceUID=1.1\\1.3"]),
        new("STUDY", ["PatientID=P1", "StudyDate=20240301"]),
        new("SERIES", ["StudyInstanceUID=1.1"]),
        new("SERIES", ["StudyInstanceUID=1.1", "Modality=SR"]),
        new("SERIES", ["StudyInstanceUID=1.1", "SeriesNumber=2"]),
        new("IMAGE", ["StudyInstanceUID=1.1", "SeriesInstanceUID=1.1.1"]),
        new("IMAGE", ["StudyInstanceUID=1.1", "SeriesInstanceUID=1.1.1", "InstanceNumber=2"]),
        new("IMAGE", ["StudyInstanceUID=9.9", "SeriesInstanceUID=9.9.9"]),
    ];

    [PeerFact("findscu", "dcmqrscp", "Orthanc")]
    public async Task Answers_OfThreeArchives_AreTheSame_ButForWhatIsExplained()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess dcmqrscp = await DcmtkPeer.QueryRetrieveScpAsync(port, folder.Folder("dcmqrscp"), "ARCHIVE", new Dictionary<string, int> { ["DEST"] = FreePort.Next() });
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("orthanc"), "ARCHIVE", new Dictionary<string, int>());
        await using ArchiveSimulator ours = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        List<DataSet> instances = [.. Instances()];
        foreach (int archive in new[] { port, orthanc.DicomPort, ours.Port })
        {
            await StoreAsync(archive, instances);
        }

        List<string> unexplained = [];
        int explained = 0;
        foreach (Question question in Questions)
        {
            string[] answers = await AnswersAsync(ours.Port, question, folder);
            unexplained.AddRange(Compare("dcmqrscp", question, question.Dcmqrscp, answers, await AnswersAsync(port, question, folder), ref explained));
            unexplained.AddRange(Compare("Orthanc", question, question.Orthanc, answers, await AnswersAsync(orthanc.DicomPort, question, folder), ref explained));
        }

        Assert.True(unexplained.Count == 0, string.Join('\n', unexplained));
        Facts.Say($"C-FIND: {Questions.Length} queries by findscu to our archive, dcmqrscp and Orthanc: {2 * Questions.Length - explained} comparisons equal, {explained} different as explained");
    }

    private static List<string> Compare(string peer, Question question, string expected, string[] ours, string[] theirs, ref int explained)
    {
        string difference = string.Join(' ', theirs.Except(ours).Select(key => "+" + key).Concat(ours.Except(theirs).Select(key => "-" + key)).Order(StringComparer.Ordinal));
        explained += difference.Length > 0 ? 1 : 0;
        return difference == expected ? [] : [$"{peer}, {question}: '{difference}' where '{expected}' was expected; ours: {string.Join(' ', ours)}"];
    }

    private static async Task<string[]> AnswersAsync(int port, Question question, TestFolder folder)
    {
        string output = folder.Folder("answers" + Guid.NewGuid().ToString("N"));
        string key = question.Level switch { "STUDY" => "StudyInstanceUID", "SERIES" => "SeriesInstanceUID", _ => "SOPInstanceUID" };
        IEnumerable<string> keys = question.Keys.Any(given => given.StartsWith(key, StringComparison.Ordinal)) ? question.Keys : [.. question.Keys, key];
        (int exit, string text) = await PeerProcess.RunAsync(
            "findscu", ["-S", "-X", "-od", output, "-aec", "ARCHIVE", "-k", $"QueryRetrieveLevel={question.Level}", .. keys.SelectMany(given => new[] { "-k", given }), "127.0.0.1", $"{port}"], ToolDeadline);
        Assert.True(exit == 0, text);
        return [.. Directory.GetFiles(output).Select(path =>
        {
            using DicomFile answer = DicomFile.Open(path);
            return answer.DataSet.GetString(DicomDictionary.FindKeyword(key)!.Tag) ?? "";
        }).Order(StringComparer.Ordinal)];
    }

    private static async Task StoreAsync(int port, List<DataSet> instances)
    {
        string[] classes = [.. instances.Select(instance => instance.GetString(Tags.SOPClassUID)!).Distinct()];
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(
            Peers.Calling(port, "ARCHIVE", [.. classes.Select(sopClass => new ProposedContext(sopClass, TransferSyntax.ExplicitVrLittleEndian))]), Peers.Soon);
        foreach (DataSet instance in instances)
        {
            byte[] bytes = DataSetWriter.ToBytes(instance, TransferSyntax.ExplicitVrLittleEndian);
            DimseStatus status = await scu.StoreAsync(
                instance.GetString(Tags.SOPClassUID)!, instance.GetString(Tags.SOPInstanceUID)!, TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(bytes), bytes.Length, null, Peers.Soon);
            Assert.Equal(DimseStatus.Success, status);
        }

        await scu.ReleaseAsync(Peers.Soon);
    }

    private static IEnumerable<DataSet> Instances()
    {
        yield return Instance("", "DOE^JANE", "P1", "1.1", "20240101", "103000", "A-1", "Head CT", "1.1.1", "1", "CT", 1);
        yield return Instance("", "DOE^JANE", "P1", "1.1", "20240101", "103000", "A-1", "Head CT", "1.1.1", "1", "CT", 2);
        yield return Instance("", "DOE^JANE", "P1", "1.1", "20240101", "103000", "A-1", "Head CT", "1.1.2", "2", "SR", 1);
        yield return Instance("", "DOE^JANE", "P1", "1.2", "20240301", "115959.5", "A-2", "Head MR", "1.2.1", "1", "MR", 1);
        yield return Instance("ISO_IR 100", "Müller^René", "P2", "1.3", "20240215", "1200", "B-1", "Schädel", "1.3.1", "1", "CT", 1);
        yield return Instance("ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう", "P3", "1.4", "20240102", "235959", "", "", "1.4.1", "1", "CT", 1);
        yield return Instance("", "ROE^RICHARD", "Q1", "1.5", "", "", "C-1", "Hand", "1.5.1", "7", "CR", 1);
    }

    private static DataSet Instance(
        string characterSet, string name, string patient, string study, string date, string time, string accession, string description, string series, string number, string modality, int instance)
    {
        DataSet header = new();
        if (characterSet.Length > 0)
        {
            header.SetString(Tags.SpecificCharacterSet, characterSet);
        }

        header.SetString(Tags.SOPClassUID, modality switch
        {
            "CT" => Uids.CtImageStorage,
            "MR" => Uids.MrImageStorage,
            "CR" => Uids.ComputedRadiographyImageStorage,
            _ => Uids.BasicTextSrStorage,
        });
        header.SetString(Tags.SOPInstanceUID, $"{series}.{instance}");
        header.SetString(Tags.StudyDate, date);
        header.SetString(Tags.StudyTime, time);
        header.SetString(Tags.AccessionNumber, accession);
        header.SetString(Tags.Modality, modality);
        header.SetString(Tags.StudyDescription, description);
        header.SetString(Tags.PatientName, name);
        header.SetString(Tags.PatientID, patient);
        header.SetString(Tags.StudyInstanceUID, study);
        header.SetString(Tags.SeriesInstanceUID, series);
        header.SetString(Tags.StudyID, "1");
        header.SetString(Tags.SeriesNumber, number);
        header.SetString(Tags.InstanceNumber, $"{instance}");
        return header;
    }

    private sealed record Question(string Level, string[] Keys)
    {
        public string Dcmqrscp { get; init; } = "";

        public string Orthanc { get; init; } = "";

        public string Why { get; init; } = "";

        public override string ToString() => $"{Level} {string.Join(' ', Keys)}{(Why.Length > 0 ? $" ({Why})" : "")}";
    }
}
