using System.Net;
using System.Text;
using System.Text.Json;
using DeidCluster.Dicom.Tests.Network;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Web;

/// <summary>Our DICOMweb provider, hosted by the archive simulator, asked by clients of others: curl, Orthanc, and .NET's plain HTTP client.</summary>
public sealed class ArchiveWebTests : IAsyncLifetime
{
    private readonly TestFolder folder = new();
    private readonly HttpClient http = new();
    private ArchiveSimulator archive = null!;
    private string root = "";

    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    public async Task InitializeAsync()
    {
        archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE", Folder = folder.Folder("archive") });
        root = (await archive.StartWebAsync(Soon)).ToString();
        http.BaseAddress = new Uri(root + "/");
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await archive.DisposeAsync();
        folder.Dispose();
    }

    [Theory]
    [InlineData("studies", "application/dicom+json", 200)]
    [InlineData("studies", null, 200)]
    [InlineData("studies?PatientID=NOBODY", null, 204)]
    [InlineData("studies?00100020=MRN1&includefield=StudyDescription,00081030", "application/json", 200)]
    [InlineData("studies", "application/dicom+xml", 406)]
    [InlineData("studies?accept=application/dicom%2Bjson", "application/dicom+xml", 200)]
    [InlineData("studies?Unheard=1", null, 400)]
    [InlineData("studies?limit=x", null, 400)]
    [InlineData("studies/..%2F..", null, 400)]
    [InlineData("patients", null, 404)]
    [InlineData("studies/1.2.3", null, 404)]
    [InlineData("studies/1.2.3/metadata", null, 404)]
    [InlineData("studies/2.25.1000.1", "multipart/related; type=\"application/dicom\"", 200)]
    [InlineData("studies/2.25.1000.1", "multipart/related; type=application/dicom; transfer-syntax=*", 200)]
    [InlineData("studies/2.25.1000.1", "multipart/related; type=\"application/dicom\"; transfer-syntax=1.2.840.10008.1.2.4.50", 406)]
    [InlineData("studies/2.25.1000.1", "image/png, multipart/*;q=0.1", 200)]
    [InlineData("studies/2.25.1000.1", "multipart/related; type=\"image/jpeg\"", 406)]
    [InlineData("studies/2.25.1000.1", "application/dicom", 406)]
    [InlineData("studies/2.25.1000.1/series/2.25.1000.1.1/instances/2.25.1000.1.1.1", "application/dicom", 200)]
    [InlineData("studies/2.25.1000.1/series/2.25.1000.1.1/instances/2.25.1000.1.1.1", "application/dicom;q=0, */*", 200)]
    [InlineData("studies/2.25.1000.1/series/2.25.1000.1.1/instances/2.25.1000.1.1.1/bulkdata/7FE00010", "*/*", 200)]
    [InlineData("studies/2.25.1000.1/series/2.25.1000.1.1/instances/2.25.1000.1.1.1/bulkdata/7FE00011", "*/*", 404)]
    [InlineData("studies/2.25.1000.1/series/2.25.1000.1.1/instances/2.25.1000.1.1.1/frames/0", "*/*", 400)]
    public async Task Get_EachPathAndAcceptHeader_AnswersAsTheStandardSays(string path, string? accept, int status)
    {
        archive.AddBytes(SampleInstances.File(1, 1, 1));
        archive.AddBytes(SampleInstances.File(1, 1, 2));
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage answer = await http.SendAsync(request, Soon);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 204, (await answer.Content.ReadAsByteArrayAsync(Soon)).Length == 0);
    }

    [Theory]
    [InlineData("multipart/related; type=\"application/dicom+xml\"; boundary=b", null, 415)]
    [InlineData("application/json", null, 415)]
    [InlineData("multipart/related; type=\"application/dicom\"", null, 400)]
    [InlineData("multipart/related; type=\"application/dicom\"; boundary=b", "application/dicom+xml", 406)]
    [InlineData("multipart/related; type=application/dicom; boundary=b", null, 400)]
    public async Task Post_WhatIsNoStoreRequest_IsRefused(string contentType, string? accept, int status)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "studies") { Content = new ByteArrayContent([]) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using HttpResponseMessage answer = await http.SendAsync(request, Soon);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(0, archive.Instances);
    }

    [Theory]
    [InlineData("DELETE", "studies/1.2.3", "GET, POST")]
    [InlineData("POST", "studies/1.2.3/metadata", "GET")]
    [InlineData("POST", "series", "GET")]
    public async Task OtherMethods_AreRefusedWithWhatIsAllowed(string method, string path, string allowed)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        using HttpResponseMessage answer = await http.SendAsync(request, Soon);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(allowed, string.Join(", ", answer.Content.Headers.Allow));
    }

    [Fact]
    public async Task StoreThenRetrieve_WithOurUser_GivesBackTheBytesAndAnOutcomeForEach()
    {
        using DicomWebClient client = new(new DicomWebOptions { Root = new Uri(root) });
        byte[] rubbish = Encoding.ASCII.GetBytes(new string('x', 5000));
        OutgoingInstance[] instances =
        [
            Instance(1, 1), new(Uids.CtImageStorage, "1.2.3.4", OutgoingPart.Of(rubbish, MediaType.Dicom)), Instance(1, 2), Instance(2, 1),
        ];
        StoreOutcome outcome = await client.StoreAsync(instances, Soon, SampleInstances.StudyInstanceUid(1));
        Assert.Equal(202, outcome.Status);
        Assert.Equal([StoreResult.Stored, StoreResult.Unconfirmed, StoreResult.Stored, StoreResult.Failed], outcome.Instances.Select(instance => instance.Result));
        Assert.Equal((ushort?)0xA900, outcome.Instances[3].Reason?.Code);
        Assert.Equal([DimseStatus.UnableToProcess], outcome.OtherFailures);
        Assert.Equal(2, archive.Instances);
        Assert.Equal(2, Directory.GetFiles(folder.Folder("archive"), "*", SearchOption.AllDirectories).Length);

        await using DicomWebParts parts = await client.RetrieveAsync(DicomWebResource.Study(SampleInstances.StudyInstanceUid(1)), Soon);
        List<byte[]> files = [];
        await foreach (MultipartPart part in parts)
        {
            using MemoryStream file = new();
            await part.Body.CopyToAsync(file, Soon);
            files.Add(file.ToArray());
        }

        Assert.Equal([SampleInstances.File(1, 1, 1), SampleInstances.File(1, 1, 2)], files);
    }

    [Fact]
    public async Task Store_OfAMessageThatBreaksOff_KeepsWhatWasWholeAndSaysSo()
    {
        MultipartWriter writer = new(MediaType.Dicom, [Instance(1, 1).File, Instance(1, 2).File]);
        using MemoryStream message = new();
        await writer.WriteToAsync(message, Soon);
        using ByteArrayContent cut = new(message.ToArray(), 0, (int)message.Length - 300);
        cut.Headers.TryAddWithoutValidation("Content-Type", writer.ContentType);
        using HttpResponseMessage answer = await http.PostAsync("studies", cut, Soon);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using JsonDocument account = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Soon));
        Assert.Equal(1, account.RootElement.GetProperty("00081199").GetProperty("Value").GetArrayLength());
        Assert.Equal(1, archive.Instances);
        Assert.Single(Directory.GetFiles(folder.Folder("archive"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Find_PageByPageAndFuzzily_WithOurUser_GivesEveryMatchOnce()
    {
        for (int study = 1; study <= 9; study++)
        {
            archive.AddBytes(SampleInstances.File(study, 1, 1));
        }

        using DicomWebClient client = new(new DicomWebOptions { Root = new Uri(root) });
        DataSet keys = new();
        keys.SetString(Tags.PatientName, "jane");
        List<string?> found = [];
        await foreach (DataSet match in client.FindAllAsync(new DicomWebQuery { Level = QueryLevel.Study, IsFuzzy = true, Keys = keys }, 4, Soon))
        {
            found.Add(match.GetString(Tags.StudyInstanceUID));
            Assert.Equal($"{root}/studies/{found[^1]}", match.GetString(Tags.RetrieveURL));
        }

        Assert.Equal(Enumerable.Range(1, 9).Select(SampleInstances.StudyInstanceUid), found);
        await using DicomWebDataSets page = await client.FindAsync(new DicomWebQuery { Level = QueryLevel.Image, Limit = 4 }, Soon);
        Assert.Equal(DicomWebWarnings.MoreMatches, page.Warnings);
    }

    [Fact]
    public async Task RetrieveMetadataAndBulkData_WithOurUser_GiveHeaderAndPixels()
    {
        archive.AddBytes(SampleInstances.File(1, 1, 1));
        using DicomWebClient client = new(new DicomWebOptions { Root = new Uri(root) });
        string place = $"studies/{SampleInstances.StudyInstanceUid(1)}/series/{SampleInstances.SeriesInstanceUid(1, 1)}/instances/{SampleInstances.SopInstanceUid(1, 1, 1)}";
        DicomWebResource resource = DicomWebResource.Instance(SampleInstances.StudyInstanceUid(1), SampleInstances.SeriesInstanceUid(1, 1), SampleInstances.SopInstanceUid(1, 1, 1));
        await using DicomWebDataSets metadata = await client.RetrieveMetadataAsync(resource, Soon);
        DataSet header = await metadata.SingleAsync(Soon);
        Assert.Equal("DOE^JANE", header.GetString(Tags.PatientName));
        string bulk = Assert.IsType<BulkDataElement>(header.Find(Tags.PixelData)).Uri;
        Assert.Equal($"{root}/{place}/bulkdata/7FE00010", bulk);
        Assert.Equal(new byte[1000], Assert.Single(await BodiesAsync(await client.RetrieveBulkDataAsync(bulk, Soon))));

        await using DicomWebParts middle = await client.RetrieveBulkDataAsync(bulk, Soon, (990, null));
        Assert.Equal((true, 990, 1000), (middle.IsPartial, middle.RangeOffset, middle.WholeLength));

        using HttpRequestMessage some = new(HttpMethod.Get, bulk);
        some.Headers.TryAddWithoutValidation("Accept", "application/octet-stream");
        some.Headers.TryAddWithoutValidation("Range", "bytes=10-19");
        using HttpResponseMessage answer = await http.SendAsync(some, Soon);
        Assert.Equal((HttpStatusCode.PartialContent, 10), (answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync(Soon)).Length));
        Assert.Equal("bytes 10-19/1000", answer.Content.Headers.ContentRange?.ToString());
    }

    [Fact]
    public async Task RetrieveFrames_OfTwoFrames_GivesEachOrRefuses()
    {
        DataSet image = new();
        image.SetString(Tags.SOPClassUID, Uids.MultiFrameGrayscaleByteSecondaryCaptureImageStorage);
        image.SetString(Tags.SOPInstanceUID, "1.2.3.3");
        image.SetString(Tags.StudyInstanceUID, "1.2.3.1");
        image.SetString(Tags.SeriesInstanceUID, "1.2.3.2");
        image.SetString(Tags.PhotometricInterpretation, "MONOCHROME2");
        image.SetString(Tags.NumberOfFrames, "2");
        image.SetUshort(Tags.SamplesPerPixel, 1);
        image.SetUshort(Tags.Rows, 10);
        image.SetUshort(Tags.Columns, 10);
        image.SetUshort(Tags.BitsAllocated, 8);
        image.SetUshort(Tags.BitsStored, 8);
        image.SetUshort(Tags.HighBit, 7);
        image.SetUshort(Tags.PixelRepresentation, 0);
        byte[] pixels = [.. Enumerable.Range(0, 200).Select(number => (byte)number)];
        image.SetBytes(Tags.PixelData, Vr.OB, pixels);
        archive.AddBytes(DicomFileWriter.Segments(
            FileMetaInformation.Build(Uids.MultiFrameGrayscaleByteSecondaryCaptureImageStorage, "1.2.3.3", Uids.ExplicitVrLittleEndian), image, TransferSyntax.ExplicitVrLittleEndian, source: null).ToArray());
        using DicomWebClient client = new(new DicomWebOptions { Root = new Uri(root) });
        DicomWebResource resource = DicomWebResource.Instance("1.2.3.1", "1.2.3.2", "1.2.3.3");
        Assert.Equal([pixels[100..], pixels[..100]], await BodiesAsync(await client.RetrieveFramesAsync(resource, [2, 1], Soon)));
        DicomWebStatusException refusal = await Assert.ThrowsAsync<DicomWebStatusException>(() => client.RetrieveFramesAsync(resource, [3], Soon));
        Assert.Equal(HttpStatusCode.NotFound, refusal.Status);
        refusal = await Assert.ThrowsAsync<DicomWebStatusException>(() => client.RetrieveFramesAsync(resource, [1], Soon, "image/jpeg"));
        Assert.Equal(HttpStatusCode.NotAcceptable, refusal.Status);
    }

    [PeerFact("curl", "/usr/bin/python3")]
    public async Task Retrieve_WithCurl_CanBeReadWithPydicom()
    {
        archive.AddBytes(SampleInstances.File(1, 1, 1));
        archive.AddBytes(SampleInstances.File(1, 1, 2));
        string place = $"{root}/studies/{SampleInstances.StudyInstanceUid(1)}/series/{SampleInstances.SeriesInstanceUid(1, 1)}/instances/{SampleInstances.SopInstanceUid(1, 1, 2)}";
        string file = folder.File("got.dcm");
        (int exit, string output) = await PeerProcess.RunAsync("curl", ["-sSf", "-H", "Accept: application/dicom", "-o", file, place], TimeSpan.FromSeconds(20));
        Assert.True(exit == 0, output);
        Assert.Equal(SampleInstances.File(1, 1, 2), await File.ReadAllBytesAsync(file, Soon));

        (exit, output) = await PeerProcess.RunAsync("curl", ["-sSf", $"{root}/studies/{SampleInstances.StudyInstanceUid(1)}/metadata", "-o", folder.File("metadata.json")], TimeSpan.FromSeconds(20));
        Assert.True(exit == 0, output);
        const string script = "import json,sys,pydicom\nfor d in json.load(open(sys.argv[1])):\n ds=pydicom.Dataset.from_json(d, bulk_data_uri_handler=lambda t,v,u: b'')\n print(ds.SOPInstanceUID, ds.PatientName)\nprint(pydicom.dcmread(sys.argv[2]).StudyInstanceUID)";
        (exit, output) = await PeerProcess.RunAsync("/usr/bin/python3", ["-c", script, folder.File("metadata.json"), file], TimeSpan.FromSeconds(30));
        Assert.True(exit == 0, output);
        Assert.Contains($"{SampleInstances.SopInstanceUid(1, 1, 2)} DOE^JANE", output, StringComparison.Ordinal);
    }

    [PeerFact("Orthanc")]
    public async Task QueryRetrieveAndStore_WithOrthancAsTheUser_Work()
    {
        for (int number = 1; number <= 5; number++)
        {
            archive.AddBytes(SampleInstances.File(1, 1, number));
        }

        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("orthanc"), "USER", new Dictionary<string, int>());
        using HttpResponseMessage known = await orthanc.Http.PutAsync("/dicom-web/servers/archive", Json(new { Url = root + "/" }), Soon);
        known.EnsureSuccessStatusCode();

        using HttpResponseMessage found = await orthanc.Http.PostAsync("/dicom-web/servers/archive/qido", Json(new { Uri = "/studies", Arguments = new Dictionary<string, string> { ["PatientID"] = "MRN1" } }), Soon);
        Assert.Contains(SampleInstances.StudyInstanceUid(1), await found.Content.ReadAsStringAsync(Soon), StringComparison.Ordinal);

        using HttpResponseMessage retrieved = await orthanc.Http.PostAsync("/dicom-web/servers/archive/retrieve",
            Json(new { Resources = new[] { new { Study = SampleInstances.StudyInstanceUid(1) } }, Synchronous = true }), Soon);
        Assert.True(retrieved.IsSuccessStatusCode, orthanc.Output);
        Assert.Equal(5, await orthanc.CountInstancesAsync());

        await orthanc.UploadAsync(SampleInstances.File(2, 1, 1));
        using JsonDocument ids = JsonDocument.Parse(await orthanc.Http.GetStringAsync("/studies", Soon));
        using HttpResponseMessage stored = await orthanc.Http.PostAsync("/dicom-web/servers/archive/stow",
            Json(new { Resources = ids.RootElement.EnumerateArray().Select(id => id.GetString()).ToArray(), Synchronous = true }), Soon);
        Assert.True(stored.IsSuccessStatusCode, orthanc.Output);
        Assert.Equal(6, archive.Instances);
        Assert.Equal(SampleInstances.File(2, 1, 1), await File.ReadAllBytesAsync(Path.Combine(folder.Folder("archive"), SampleInstances.SopInstanceUid(2, 1, 1) + ".dcm"), Soon));
    }

    private static OutgoingInstance Instance(int study, int number) => new(
        Uids.CtImageStorage, SampleInstances.SopInstanceUid(study, 1, number), OutgoingPart.Of(SampleInstances.File(study, 1, number), MediaType.Dicom));

    private static StringContent Json(object value) => new(JsonSerializer.Serialize(value), Encoding.UTF8, "application/json");

    private static async Task<List<byte[]>> BodiesAsync(DicomWebParts parts)
    {
        await using DicomWebParts all = parts;
        List<byte[]> bodies = [];
        await foreach (MultipartPart part in all)
        {
            using MemoryStream body = new();
            await part.Body.CopyToAsync(body, Soon);
            bodies.Add(body.ToArray());
        }

        return bodies;
    }
}
