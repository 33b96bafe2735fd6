using DeidCluster.Dicom;
using DeidCluster.Studies;
using DeidCluster.TestKit;

namespace DeidCluster.Pipeline.Tests;

/// <summary>The way of a study from real archives to real destinations.</summary>
public sealed class RealPeerTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly int listenerPort = FreePort.Next();

    [PeerFact("Orthanc")]
    public async Task WayOfAStudy_FromOrthanc_ToOrthanc()
    {
        await using OrthancPeer vna = await OrthancPeer.StartAsync(folder.File("vna"), "VNA", new Dictionary<string, int> { ["DEID"] = listenerPort });
        await using OrthancPeer research = await OrthancPeer.StartAsync(folder.File("research"), "RESEARCH", new Dictionary<string, int>());
        IReadOnlyList<SampleInstance> study = SampleInstance.StudyOf(4);
        foreach (SampleInstance instance in study.Take(5))
        {
            await vna.UploadAsync(instance.ToFile());
        }

        await using PipelineBench bench = new(
            archive: Archive("VNA", vna.DicomPort), destination: Destination("RESEARCH", research.DicomPort), listenerPort: listenerPort);
        await bench.RunToAsync("fetch");
        foreach (SampleInstance instance in study.Skip(5))
        {
            await vna.UploadAsync(instance.ToFile());
        }

        await bench.RunToAsync("deliver");
        Assert.Equal(new InstanceCounts(Confirmed: 8), InstanceCounts.Of(bench.Index.Rows));
        Assert.Equal(8, await research.CountInstancesAsync());

        bench.Request = new StudyRequest { Project = "test", Mrn = "MRN0042", AccessionNumber = "ACC0042" };
        Assert.Equal(8, (await bench.RunAsync<ReportLocated>("locate")).Inventory.Count);
        bench.Request = bench.Request with { Mrn = "MRN0043" };
        Assert.Empty((await bench.RunAsync<ReportLocated>("locate")).Inventory);
    }

    [PeerFact("Orthanc")]
    public async Task Fetch_OrthancDoesNotKnowOurAeTitle_IsTold()
    {
        await using OrthancPeer vna = await OrthancPeer.StartAsync(folder.File("vna"), "VNA", new Dictionary<string, int>());
        await vna.UploadAsync(new SampleInstance().ToFile());
        await using PipelineBench bench = new(archive: Archive("VNA", vna.DicomPort), listenerPort: listenerPort);
        await bench.RunToAsync("locate");
        ReportFailed failed = await bench.FailAsync("fetch");
        Assert.Contains("1 of 1 instances did not arrive", failed.Reason, StringComparison.Ordinal);
    }

    [PeerFact("dcmqrscp", "storescp")]
    public async Task WayOfAStudy_FromDcmqrscp_ToStorescp()
    {
        int archivePort = FreePort.Next();
        int sinkPort = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(archivePort, folder.Folder("archive"), "PACS", new Dictionary<string, int> { ["DEID"] = listenerPort });
        await using PeerProcess sink = await DcmtkPeer.StoreScpAsync(sinkPort, folder.Folder("sink"));
        IReadOnlyList<SampleInstance> study = SampleInstance.StudyOf(4);
        await SendAsync(archivePort, study.Take(5));
        await using PipelineBench bench = new(archive: Archive("PACS", archivePort), destination: Destination("SINK", sinkPort), listenerPort: listenerPort);
        await bench.RunToAsync("fetch");
        await SendAsync(archivePort, study.Skip(5));
        await bench.RunToAsync("deliver");
        Assert.Equal(new InstanceCounts(Confirmed: 8), InstanceCounts.Of(bench.Index.Rows));
        Assert.Equal(8, Directory.GetFiles(folder.File("sink")).Length);
    }

    public void Dispose() => folder.Dispose();

    private static DimseArchiveSettings Archive(string aeTitle, int port) => new()
    {
        Name = "vna", Host = "127.0.0.1", Port = port, AeTitle = aeTitle, CallingAeTitle = "DEID", MoveDestinationAeTitle = "DEID",
    };

    private static DimseDestinationSettings Destination(string aeTitle, int port) => new()
    {
        Name = "repository", Host = "127.0.0.1", Port = port, AeTitle = aeTitle, CallingAeTitle = "DEID",
    };

    private static async Task SendAsync(int port, IEnumerable<SampleInstance> instances)
    {
        await using ScuAssociation association = await ScuAssociation.ConnectAsync(new AssociationOptions
        {
            Host = "127.0.0.1", Port = port, CallingAeTitle = "TEST", CalledAeTitle = "PACS",
            PresentationContexts = [new ProposedContext(Uids.CtImageStorage, TransferSyntax.ExplicitVrLittleEndian)],
        }, CancellationToken.None);
        foreach (SampleInstance instance in instances)
        {
            Assert.Equal(DimseStatus.Success, await instance.SendAsync(association, instance.SopInstanceUid));
        }

        await association.ReleaseAsync(CancellationToken.None);
    }
}
