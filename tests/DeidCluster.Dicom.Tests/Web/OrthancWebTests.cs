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

    [PeerFact("Orthanc")]
    public async Task Find_AtEachLevel_GivesWhatWasStored()
    {
        await client.StoreAsync([.. Instances(study: 4, count: 3), .. Instances(study: 5, count: 2)], Soon);
        DataSet keys = new();
        keys.SetString(Tags.PatientID, "MRN1");
        keys.SetString(Tags.StudyDate, "20240104");
        keys.SetEmpty(Tags.StudyDescription);
        DataSet study = Assert.Single(await FindAsync(new DicomWebQuery { Level = QueryLevel.Study, Keys = keys, IncludeAll = true }));
        Assert.Equal(SampleInstances.StudyInstanceUid(4), study.GetString(Tags.StudyInstanceUID));
        Assert.Equal("DOE^JANE", study.GetString(Tags.PatientName));
        Assert.Equal(3, study.GetInt(Tags.NumberOfStudyRelatedInstances));

        DataSet series = Assert.Single(await FindAsync(new DicomWebQuery { Level = QueryLevel.Series, StudyInstanceUid = SampleInstances.StudyInstanceUid(5) }));
        Assert.Equal(SampleInstances.SeriesInstanceUid(5, 1), series.GetString(Tags.SeriesInstanceUID));

        DataSet classKey = new();
        classKey.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        Assert.Equal(2, (await FindAsync(new DicomWebQuery { Level = QueryLevel.Image, StudyInstanceUid = SampleInstances.StudyInstanceUid(5), Keys = classKey })).Count);
        Assert.Equal(5, (await FindAsync(new DicomWebQuery { Level = QueryLevel.Image })).Count);
        DataSet nobody = new();
        nobody.SetString(Tags.PatientID, "NOBODY");
        Assert.Empty(await FindAsync(new DicomWebQuery { Level = QueryLevel.Study, Keys = nobody }));
    }

    [PeerFact("Orthanc")]
    public async Task FindAll_PageByPage_GivesEveryMatchOnce()
    {
        await client.StoreAsync([.. Enumerable.Range(1, 9).SelectMany(study => Instances(study, count: 1))], Soon);
        foreach (int page in new[] { 1, 2, 3, 4, 9, 10 })
        {
            List<string?> found = [];
            await foreach (DataSet match in client.FindAllAsync(new DicomWebQuery { Level = QueryLevel.Study }, page, Soon))
            {
                found.Add(match.GetString(Tags.StudyInstanceUID));
            }

            Assert.Equal(Enumerable.Range(1, 9).Select(SampleInstances.StudyInstanceUid), found.Order(StringComparer.Ordinal));
        }
    }

    [PeerFact("Orthanc")]
    public async Task RetrieveMetadata_OfAStudy_GivesEachInstanceWithoutPixels()
    {
        await client.StoreAsync([.. Instances(study: 6, count: 4)], Soon);
        await using DicomWebDataSets metadata = await client.RetrieveMetadataAsync(DicomWebResource.Study(SampleInstances.StudyInstanceUid(6)), Soon);
        List<DataSet> instances = [];
        await foreach (DataSet instance in metadata)
        {
            instances.Add(instance);
        }

        Assert.Equal(Enumerable.Range(1, 4).Select(number => SampleInstances.SopInstanceUid(6, 1, number)), instances.Select(instance => instance.GetString(Tags.SOPInstanceUID)).Order(StringComparer.Ordinal));
        Assert.All(instances, instance => Assert.Equal("DOE^JANE", instance.GetString(Tags.PatientName)));
    }

    private static DicomWebResource Instance(int study, int number) =>
        DicomWebResource.Instance(SampleInstances.StudyInstanceUid(study), SampleInstances.SeriesInstanceUid(study, 1), SampleInstances.SopInstanceUid(study, 1, number));

    private static IEnumerable<OutgoingInstance> Instances(int study, int count) => Enumerable.Range(1, count).Select(number => new OutgoingInstance(
        Uids.CtImageStorage, SampleInstances.SopInstanceUid(study, 1, number), OutgoingPart.Of(SampleInstances.File(study, 1, number), MediaType.Dicom)));

    private async Task<List<DataSet>> FindAsync(DicomWebQuery query)
    {
        await using DicomWebDataSets page = await client.FindAsync(query, Soon);
        List<DataSet> matches = [];
        await foreach (DataSet match in page)
        {
            matches.Add(match);
        }

        return matches;
    }

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
