using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>Our user and our listener with a real Orthanc as the archive.</summary>
public class OrthancTests
{
    [PeerFact("Orthanc")]
    public async Task StoreFindAndMove_WithOrthanc_GiveBackWhatWasStored()
    {
        using TestFolder folder = new();
        Dictionary<string, byte[]> received = [];
        ScriptedScp sink = new()
        {
            Store = async (request, ct) =>
            {
                using MemoryStream file = new();
                await Part10Receiver.ReceiveAsync(request, file, ct);
                lock (received)
                {
                    received[request.SopInstanceUid] = file.ToArray();
                }

                return DimseStatus.Success;
            },
        };
        await using DicomListener destination = DicomListener.Start(Peers.Listening() with { AeTitle = "DEID" }, sink);
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("vna"), "VNA", new Dictionary<string, int> { ["DEID"] = destination.EndPoint.Port });
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(
            Peers.Calling(orthanc.DicomPort, "VNA", Peers.StudyFind, Peers.StudyMove, SampleInstances.Context, ProposedContext.Verification), Peers.Soon);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        for (int number = 1; number <= 5; number++)
        {
            byte[] dataSet = SampleInstances.DataSet(1, 1, number, pixelBytes: 300_000);
            Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
                Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, number), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon));
        }

        Assert.Equal(5, await orthanc.CountInstancesAsync());

        List<DataSet> studies = [];
        await foreach (DataSet study in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind,
            Peers.Identifier("STUDY", (Tags.PatientID, "MRN1"), (Tags.AccessionNumber, "ACC1"), (Tags.StudyInstanceUID, "")), Peers.Soon))
        {
            studies.Add(study);
        }

        Assert.Equal(SampleInstances.StudyInstanceUid(1), Assert.Single(studies).GetString(Tags.StudyInstanceUID));

        RetrieveOutcome outcome = await scu.MoveAsync(
            Uids.StudyRootQueryRetrieveInformationModelMove, Peers.Identifier("STUDY", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1))), "DEID", null, Peers.Soon);
        Assert.Equal(DimseStatus.Success, outcome.Status);
        Assert.Equal(5, received.Count);
        using DicomFile file = DicomFile.Read(new MemorySource(received[SampleInstances.SopInstanceUid(1, 1, 5)]));
        Assert.Equal("DOE^JANE", file.DataSet.GetString(Tags.PatientName));
        Assert.Equal("VNA", file.FileMeta.GetString(Tags.SendingApplicationEntityTitle));
        await scu.ReleaseAsync(Peers.Soon);
    }
}
