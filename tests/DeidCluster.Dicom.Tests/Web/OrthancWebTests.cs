using System.Net;
using System.Security.Cryptography;
using DeidCluster.Dicom.Tests.Network;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Web;

/// <summary>Our DICOMweb user with a real Orthanc (dicom-web plugin) as the server.</summary>
public sealed class OrthancWebTests : IAsyncLifetime
{
    private readonly TestFolder folder = new();
    private OrthancPeer orthanc = null!;
    private DicomWebClient client = null!;

    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    public async Task InitializeAsync()
    {
        if (PeerProcess.Find("Orthanc") is null)
        {
            return; // the facts are skipped
        }

        orthanc = await OrthancPeer.StartAsync(folder.Folder("orthanc"), "VNA", new Dictionary<string, int>());
        client = new DicomWebClient(new DicomWebOptions { Root = new Uri(orthanc.Http.BaseAddress!, "dicom-web") });
    }

    public async Task DisposeAsync()
    {
        if (orthanc is not null)
        {
            client.Dispose();
            await orthanc.DisposeAsync();
        }

        folder.Dispose();
    }

    [PeerFact("Orthanc")]
    public async Task StoreThenRetrieve_OfAStudy_GivesBackTheBytes()
    {
        OutgoingInstance[] instances = [.. Instances(study: 1, count: 20)];
        StoreOutcome outcome = await client.StoreAsync(instances, Soon);
        Assert.True(outcome.IsComplete, outcome.ToString());
        Assert.Equal((20, 200), (outcome.Instances.Count, outcome.Status));
        Assert.Equal(20, await orthanc.CountInstancesAsync());

        Dictionary<string, byte[]> got = await RetrieveAsync(DicomWebResource.Study(SampleInstances.StudyInstanceUid(1)));
        Assert.Equal(20, got.Count);
        for (int number = 1; number <= 20; number++)
        {
            Assert.Equal(SampleInstances.File(1, 1, number), got[SampleInstances.SopInstanceUid(1, 1, number)]);
        }

        Assert.Equal(20, (await RetrieveAsync(DicomWebResource.Series(SampleInstances.StudyInstanceUid(1), SampleInstances.SeriesInstanceUid(1, 1)))).Count);
        Assert.Single(await RetrieveAsync(Instance(1, 7)));
    }

    [PeerFact("Orthanc")]
    public async Task Store_WithOneBrokenInstance_KeepsTheOutcomeOfTheOthers()
    {
        OutgoingInstance[] instances = [.. Instances(study: 2, count: 3)];
        byte[] rubbish = RandomNumberGenerator.GetBytes(1000);
        instances[1] = instances[1] with { File = OutgoingPart.Of(rubbish, MediaType.Dicom) };
        StoreOutcome outcome = await client.StoreAsync(instances, Soon);
        Facts.Say($"STOW-RS into Orthanc, the second of three instances broken: {outcome}");
        Assert.Equal([StoreResult.Stored, StoreResult.Failed, StoreResult.Stored], outcome.Instances.Select(instance => instance.Result));
        Assert.False(outcome.IsComplete);
        Assert.Equal(2, await orthanc.CountInstancesAsync());
    }

    [PeerFact("Orthanc")]
    public async Task Store_IntoAnotherStudy_IsRefusedPerInstanceWithAReason()
    {
        StoreOutcome outcome = await client.StoreAsync([.. Instances(study: 3, count: 2)], Soon, studyInstanceUid: "1.2.3");
        Assert.All(outcome.Instances, instance => Assert.Equal(StoreResult.Failed, instance.Result));
        Assert.All(outcome.Instances, instance => Assert.Equal(0x0110, instance.Reason!.Value.Code));
        Assert.Equal((int)HttpStatusCode.Conflict, outcome.Status);
    }

    [PeerFact("Orthanc")]
    public async Task Retrieve_OfWhatIsNotThere_IsATypedRefusalWithoutIdentifiers()
    {
        DicomWebStatusException refusal = await Assert.ThrowsAsync<DicomWebStatusException>(() => client.RetrieveAsync(DicomWebResource.Study("1.2.3.4.5"), Soon));
        Assert.Equal(HttpStatusCode.NotFound, refusal.Status);
        Assert.False(refusal.IsTransient);
        Assert.DoesNotContain("1.2.3.4.5", refusal.ToString(), StringComparison.Ordinal);
    }

    private static DicomWebResource Instance(int study, int number) =>
        DicomWebResource.Instance(SampleInstances.StudyInstanceUid(study), SampleInstances.SeriesInstanceUid(study, 1), SampleInstances.SopInstanceUid(study, 1, number));

    private static IEnumerable<OutgoingInstance> Instances(int study, int count) => Enumerable.Range(1, count).Select(number => new OutgoingInstance(
        Uids.CtImageStorage, SampleInstances.SopInstanceUid(study, 1, number), OutgoingPart.Of(SampleInstances.File(study, 1, number), MediaType.Dicom)));

    private async Task<Dictionary<string, byte[]>> RetrieveAsync(DicomWebResource resource)
    {
        Dictionary<string, byte[]> got = [];
        await using DicomWebParts parts = await client.RetrieveAsync(resource, Soon);
        await foreach (MultipartPart part in parts)
        {
            using MemoryStream file = new();
            await part.Body.CopyToAsync(file, Soon);
            using DicomFile read = DicomFile.Read(new MemorySource(file.ToArray()));
            got.Add(read.DataSet.GetString(Tags.SOPInstanceUID)!, file.ToArray());
        }

        return got;
    }
}
