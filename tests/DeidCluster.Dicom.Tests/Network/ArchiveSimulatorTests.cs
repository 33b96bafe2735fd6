using DeidCluster.Simulator;

namespace DeidCluster.Dicom.Tests.Network;

public sealed class ArchiveSimulatorTests : IAsyncDisposable
{
    private readonly ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
    private readonly List<string> received = [];
    private readonly DicomListener destination;

    public ArchiveSimulatorTests()
    {
        destination = DicomListener.Start(Peers.Listening() with { AeTitle = "DEST" }, new ScriptedScp
        {
            Store = async (request, ct) =>
            {
                Assert.Equal("ARCHIVE", request.Association.CallingAeTitle);
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                received.Add(request.SopInstanceUid);
                return DimseStatus.Success;
            },
        });
        archive.AddDestination("DEST", "127.0.0.1", destination.EndPoint.Port);
        foreach (int study in new[] { 1, 2 })
        {
            foreach ((int series, int number) in new[] { (1, 1), (1, 2), (2, 1), (2, 2) })
            {
                Assert.True(archive.AddBytes(SampleInstances.File(study, series, number)));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await archive.DisposeAsync();
        await destination.DisposeAsync();
    }

    [Fact]
    public async Task Find_WithoutKeys_GivesEveryStudy_WithWhatItHolds()
    {
        List<DataSet> studies = await FindAsync("STUDY", (Tags.StudyInstanceUID, ""), (Tags.ModalitiesInStudy, ""), (Tags.NumberOfStudyRelatedInstances, ""), (Tags.NumberOfStudyRelatedSeries, ""));
        Assert.Equal([SampleInstances.StudyInstanceUid(1), SampleInstances.StudyInstanceUid(2)], studies.Select(study => study.GetString(Tags.StudyInstanceUID)));
        Assert.All(studies, study => Assert.Equal(("CT", 4, 2), (study.GetString(Tags.ModalitiesInStudy), study.GetInt(Tags.NumberOfStudyRelatedInstances), study.GetInt(Tags.NumberOfStudyRelatedSeries))));
        Assert.All(studies, study => Assert.Equal("ARCHIVE", study.GetString(Tags.RetrieveAETitle)));
    }

    [Theory]
    [InlineData("PatientID", "MRN1", 2)]
    [InlineData("PatientID", "MRN", 0)]
    [InlineData("PatientID", "MRN*", 2)]
    [InlineData("PatientID", "M?N1", 2)]
    [InlineData("PatientName", "doe^*", 2)]
    [InlineData("AccessionNumber", "ACC2", 1)]
    [InlineData("AccessionNumber", "*", 2)]
    [InlineData("StudyDate", "20240101", 1)]
    [InlineData("StudyDate", "20240101-20240102", 2)]
    [InlineData("StudyDate", "20240102-", 1)]
    [InlineData("StudyDate", "-20240101", 1)]
    [InlineData("StudyDate", "20230101-20231231", 0)]
    [InlineData("StudyInstanceUID", "2.25.1000.2\\2.25.9", 1)]
    [InlineData("ModalitiesInStudy", "MR", 0)]
    public async Task Find_WithAKey_GivesWhatMatches(string keyword, string value, int count)
    {
        Tag tag = DicomDictionary.FindKeyword(keyword)!.Tag;
        Assert.Equal(count, (await FindAsync("STUDY", (tag, value))).Count);
    }

    [Fact]
    public async Task Find_AtSeriesAndImageLevel_GivesTheHierarchy()
    {
        Assert.Equal(2, (await FindAsync("SERIES", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1)), (Tags.SeriesInstanceUID, ""))).Count);
        Assert.Equal(2, (await FindAsync("IMAGE", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1)), (Tags.SeriesInstanceUID, SampleInstances.SeriesInstanceUid(1, 2)), (Tags.SOPInstanceUID, ""))).Count);
    }

    [Fact]
    public async Task Find_WithoutALevel_IsRefused()
    {
        DimseStatusException refused = await Assert.ThrowsAsync<DimseStatusException>(() => FindAsync("CLOUD", (Tags.StudyInstanceUID, "")));
        Assert.Equal(DimseStatus.DataSetDoesNotMatchSopClass, refused.Status);
    }

    [Theory]
    [InlineData("STUDY", "", "", 4)]
    [InlineData("SERIES", "2.25.1000.1.2", "", 2)]
    [InlineData("IMAGE", "2.25.1000.1.2", "2.25.1000.1.2.1\\2.25.1000.1.2.2", 2)]
    [InlineData("IMAGE", "2.25.1000.1.2", "2.25.1000.1.2.1", 1)]
    public async Task Move_AtALevel_SendsWhatIsUnderIt(string level, string series, string instances, int count)
    {
        RetrieveOutcome outcome = await MoveAsync(Peers.Identifier(level,
            (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1)), (Tags.SeriesInstanceUID, series), (Tags.SOPInstanceUID, instances)));
        Assert.Equal(DimseStatus.Success, outcome.Status);
        Assert.Equal(count, outcome.SubOperations.Completed);
        Assert.Equal(count, received.Count);
    }

    [Fact]
    public async Task Store_AddsToWhatCanBeFound()
    {
        byte[] dataSet = SampleInstances.DataSet(3, 1, 1);
        await using ScuAssociation scu = await ConnectAsync();
        Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
            Uids.CtImageStorage, SampleInstances.SopInstanceUid(3, 1, 1), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon));
        Assert.Single(await FindAsync("STUDY", (Tags.AccessionNumber, "ACC3")));
    }

    [Fact]
    public async Task Faults_ThatRefuse_AreSeenByTheUser()
    {
        archive.Faults.RefuseAssociations = AssociationRejection.TemporaryCongestion;
        Assert.True((await Assert.ThrowsAsync<AssociationRejectedException>(ConnectAsync)).Rejection.IsTransient);
        archive.Faults.RefuseAssociations = null;
        archive.Faults.SendGarbage = true;
        Assert.Equal(NetworkFault.Protocol, (await Assert.ThrowsAsync<DicomNetworkException>(ConnectAsync)).Fault);
        archive.Faults.SendGarbage = false;
        archive.Faults.FailFind = DimseStatus.OutOfResources;
        Assert.Equal(DimseStatus.OutOfResources, (await Assert.ThrowsAsync<DimseStatusException>(() => FindAsync("STUDY", (Tags.StudyInstanceUID, "")))).Status);
        archive.Faults.FailMove = DimseStatus.SubOperationsFailed;
        Assert.Equal(DimseStatus.SubOperationsFailed, (await MoveStudyAsync()).Status);
    }

    [Fact]
    public async Task Faults_OfAMove_LoseWhatTheySay()
    {
        archive.Faults.DropEvery = 2;
        RetrieveOutcome dropped = await MoveStudyAsync();
        Assert.Equal((DimseStatus.Success, 2, 2), (dropped.Status, dropped.SubOperations.Completed, received.Count));

        archive.Faults.DropEvery = 0;
        archive.Faults.FailEvery = 3;
        RetrieveOutcome failed = await MoveStudyAsync();
        Assert.Equal(DimseStatus.SubOperationsWithFailures, failed.Status);
        Assert.Equal([SampleInstances.SopInstanceUid(1, 2, 1)], failed.FailedSopInstanceUids);

        archive.Faults.FailEvery = 0;
        archive.Faults.AbortMoveAfter = 1;
        received.Clear();
        await Assert.ThrowsAsync<AssociationAbortedException>(MoveStudyAsync);
        Assert.Single(received);
    }

    [Fact]
    public async Task Faults_ThatAreSlow_LeadToATimeout()
    {
        archive.Faults.AnswerDelay = TimeSpan.FromMinutes(1);
        AssociationOptions options = Peers.Calling(archive.Port, "ARCHIVE", Peers.StudyFind) with { NegotiationTimeout = TimeSpan.FromMilliseconds(50) };
        Assert.Equal(NetworkFault.Timeout, (await Assert.ThrowsAsync<DicomNetworkException>(() => ScuAssociation.ConnectAsync(options, Peers.Soon))).Fault);
    }

    private Task<ScuAssociation> ConnectAsync() =>
        ScuAssociation.ConnectAsync(Peers.Calling(archive.Port, "ARCHIVE", Peers.StudyFind, Peers.StudyMove, SampleInstances.Context), Peers.Soon);

    private async Task<List<DataSet>> FindAsync(string level, params (Tag, string)[] keys)
    {
        await using ScuAssociation scu = await ConnectAsync();
        List<DataSet> found = [];
        await foreach (DataSet match in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier(level, keys), Peers.Soon))
        {
            found.Add(match);
        }

        await scu.ReleaseAsync(Peers.Soon);
        return found;
    }

    private Task<RetrieveOutcome> MoveStudyAsync() => MoveAsync(Peers.Identifier("STUDY", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1))));

    private async Task<RetrieveOutcome> MoveAsync(DataSet identifier)
    {
        await using ScuAssociation scu = await ConnectAsync();
        return await scu.MoveAsync(Uids.StudyRootQueryRetrieveInformationModelMove, identifier, "DEST", null, Peers.Soon);
    }
}
