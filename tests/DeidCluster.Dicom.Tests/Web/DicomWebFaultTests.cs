using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace DeidCluster.Dicom.Tests.Web;

/// <summary>What our DICOMweb user makes of servers that fail or misbehave. The peers are scripted byte by byte.</summary>
public class DicomWebFaultTests
{
    private const string Secret = "1.2.777.888";
    private const string PartHead = "Content-Type: application/dicom\r\n\r\n";

    private static readonly DicomWebResource Study = DicomWebResource.Study(Secret);

    private static readonly OutgoingInstance[] Two =
    [
        new(Uids.CtImageStorage, "1.2.1", OutgoingPart.Of(new byte[3000], MediaType.Dicom)),
        new(Uids.CtImageStorage, "1.2.2", OutgoingPart.Of(new byte[3000], MediaType.Dicom)),
    ];

    private static CancellationToken Soon => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    [Theory]
    [InlineData("503 Busy\r\nRetry-After: 17", HttpStatusCode.ServiceUnavailable, true, 17)]
    [InlineData("503 Busy", HttpStatusCode.ServiceUnavailable, true, null)]
    [InlineData("429 Slow", HttpStatusCode.TooManyRequests, true, null)]
    [InlineData("500 Oops", HttpStatusCode.InternalServerError, true, null)]
    [InlineData("501 No", HttpStatusCode.NotImplemented, false, null)]
    [InlineData("401 Who", HttpStatusCode.Unauthorized, false, null)]
    [InlineData("404 Nothing", HttpStatusCode.NotFound, false, null)]
    [InlineData("406 Never", HttpStatusCode.NotAcceptable, false, null)]
    public async Task Retrieve_Refused_IsTypedAndNamesNoIdentifier(string status, HttpStatusCode expected, bool isTransient, int? retryAfterSeconds)
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        using DicomWebClient client = peer.Client();
        DicomWebStatusException refusal = await Assert.ThrowsAsync<DicomWebStatusException>(() => client.RetrieveAsync(Study, Soon));
        Assert.Equal((expected, isTransient, NetworkFault.Status), (refusal.Status, refusal.IsTransient, refusal.Fault));
        Assert.Equal(retryAfterSeconds, refusal.RetryAfter?.TotalSeconds);
        AssertNoIdentifier(refusal);
    }

    [Fact]
    public async Task Retrieve_CutInsideAPart_GivesThePartsBeforeItAndFails()
    {
        string body = $"--b\r\n{PartHead}one\r\n--b\r\n{PartHead}tw";
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=b\r\nContent-Length: 4000\r\n\r\n{body}");
        using DicomWebClient client = peer.Client();
        List<string> got = [];
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => ReadAsync(client, got));
        Assert.Equal(["one"], got);
        Assert.Equal(NetworkFault.Closed, fault.Fault);
        AssertNoIdentifier(fault);
    }

    [Fact]
    public async Task Retrieve_WithoutLengthCutInsideAPart_GivesThePartsBeforeItAndFails()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=b\r\nConnection: close\r\n\r\n--b\r\n{PartHead}one\r\n--b\r\n{PartHead}tw");
        using DicomWebClient client = peer.Client();
        List<string> got = [];
        await Assert.ThrowsAsync<DicomFormatException>(() => ReadAsync(client, got));
        Assert.Equal(["one"], got);
    }

    [Fact]
    public async Task Retrieve_WithAnotherBoundaryThanItSays_IsRefused()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=wrong\r\nConnection: close\r\n\r\n--b\r\n{PartHead}one\r\n--b--\r\n");
        using DicomWebClient client = peer.Client();
        await Assert.ThrowsAsync<DicomFormatException>(() => ReadAsync(client, []));
    }

    [Fact]
    public async Task Retrieve_Chunked_GivesTheParts()
    {
        string body = string.Concat($"--b\r\n{PartHead}one\r\n--b\r\n{PartHead}two\r\n--b--\r\n".Select(letter => $"1\r\n{letter}\r\n"));
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=\"b\"\r\nTransfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n");
        using DicomWebClient client = peer.Client();
        List<string> got = [];
        await ReadAsync(client, got);
        Assert.Equal(["one", "two"], got);
    }

    [Fact]
    public async Task Retrieve_AsOneBodyWithoutParts_IsOnePart()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering("HTTP/1.1 200 OK\r\nContent-Type: application/dicom; transfer-syntax=1.2.840.10008.1.2.1\r\nContent-Length: 3\r\n\r\none");
        using DicomWebClient client = peer.Client();
        List<string> got = [];
        await ReadAsync(client, got);
        Assert.Equal(["one"], got);
    }

    [Fact]
    public async Task Retrieve_FromAServerThatFallsSilentInsideABody_EndsWithATimeout()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Start(async (_, stream, ct) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=b\r\nContent-Length: 4000\r\n\r\n--b\r\n{PartHead}on"), ct);
            await Task.Delay(Timeout.Infinite, ct);
        });
        using DicomWebClient client = peer.Client(options => options with { IdleTimeout = TimeSpan.FromMilliseconds(300) });
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => ReadAsync(client, []));
        Assert.Equal(NetworkFault.Timeout, fault.Fault);
        AssertNoIdentifier(fault);
    }

    [Fact]
    public async Task Retrieve_FromAServerThatNeverAnswers_EndsWithATimeout()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Start((_, _, ct) => Task.Delay(Timeout.Infinite, ct));
        using DicomWebClient client = peer.Client(options => options with { ConnectTimeout = TimeSpan.FromMilliseconds(200), AnswerTimeout = TimeSpan.FromMilliseconds(200) });
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => client.RetrieveAsync(Study, Soon));
        Assert.Equal(NetworkFault.Timeout, fault.Fault);
        AssertNoIdentifier(fault);
    }

    [Fact]
    public async Task Retrieve_SlowButNeverSilent_IsNoTimeout()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Start(async (_, stream, ct) =>
        {
            string body = $"--b\r\n{PartHead}one\r\n--b--";
            await stream.WriteAsync(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=b\r\nContent-Length: {body.Length}\r\n\r\n"), ct);
            foreach (char letter in body)
            {
                await stream.WriteAsync(new[] { (byte)letter }, ct);
                await Task.Delay(TimeSpan.FromMilliseconds(30), ct); // much shorter than the silence allowed, and much longer in sum
            }
        });
        using DicomWebClient client = peer.Client(options => options with { IdleTimeout = TimeSpan.FromSeconds(1.5) });
        List<string> got = [];
        await ReadAsync(client, got);
        Assert.Equal(["one"], got);
    }

    [Fact]
    public async Task Retrieve_CancelledByTheCaller_IsACancellation()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Start((_, _, ct) => Task.Delay(Timeout.Infinite, ct));
        using DicomWebClient client = peer.Client();
        using CancellationTokenSource caller = new(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.RetrieveAsync(Study, caller.Token));
    }

    [Fact]
    public async Task Retrieve_RedirectedOnTheSameServer_Follows()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Start((head, stream, ct) => stream.WriteAsync(Encoding.Latin1.GetBytes(
            head.Contains("/moved/", StringComparison.Ordinal)
                ? "HTTP/1.1 200 OK\r\nContent-Type: application/dicom\r\nContent-Length: 3\r\n\r\none"
                : "HTTP/1.1 307 Moved\r\nLocation: /moved/there\r\nContent-Length: 0\r\n\r\n"), ct).AsTask());
        using DicomWebClient client = peer.Client();
        List<string> got = [];
        await ReadAsync(client, got);
        Assert.Equal(["one"], got);
    }

    [Theory]
    [InlineData("http://elsewhere.invalid/studies")]
    [InlineData("https://127.0.0.1/studies")]
    public async Task Retrieve_RedirectedToAnotherServer_IsRefused(string location)
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        using DicomWebClient client = peer.Client();
        DicomWebStatusException refusal = await Assert.ThrowsAsync<DicomWebStatusException>(() => client.RetrieveAsync(Study, Soon));
        Assert.Equal(HttpStatusCode.Found, refusal.Status);
        Assert.Single(peer.Requests);
    }

    [Fact]
    public async Task Retrieve_RedirectedInACircle_Ends()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering("HTTP/1.1 302 Found\r\nLocation: /dicom-web/studies\r\nContent-Length: 0\r\n\r\n");
        using DicomWebClient client = peer.Client();
        await Assert.ThrowsAsync<DicomWebStatusException>(() => client.RetrieveAsync(Study, Soon));
        Assert.InRange(peer.Requests.Count, 2, 6);
    }

    [Fact]
    public async Task Retrieve_WithHeadersWithoutEnd_IsRefused()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 200 OK\r\nX: {new string('x', 1_000_000)}\r\n\r\n");
        using DicomWebClient client = peer.Client();
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => client.RetrieveAsync(Study, Soon));
        Assert.Equal(NetworkFault.Protocol, fault.Fault);
        AssertNoIdentifier(fault);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n", NetworkFault.Protocol)]
    [InlineData("", NetworkFault.Closed)]
    [InlineData("HTTP/1.1 200", NetworkFault.Closed)]
    public async Task Retrieve_FromWhatIsNoServer_IsTyped(string answer, NetworkFault expected)
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering(answer);
        using DicomWebClient client = peer.Client();
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => client.RetrieveAsync(Study, Soon));
        Assert.Equal(expected, fault.Fault);
        AssertNoIdentifier(fault);
    }

    [Fact]
    public async Task Retrieve_WhereNothingListens_IsUnreachable()
    {
        using DicomWebClient client = new(new DicomWebOptions { Root = new Uri($"http://127.0.0.1:{TestKit.FreePort.Next()}/dicom-web") });
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => client.RetrieveAsync(Study, Soon));
        Assert.Equal(NetworkFault.Unreachable, fault.Fault);
        AssertNoIdentifier(fault);
    }

    [Fact]
    public async Task BulkData_OnAnotherServer_IsNotAskedFor()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using DicomWebClient client = peer.Client();
        await Assert.ThrowsAsync<DicomNetworkException>(() => client.RetrieveBulkDataAsync("http://elsewhere.invalid/bulk/1", Soon));
        Assert.Empty(peer.Requests);
    }

    [Fact]
    public async Task BulkData_WithARange_ReadsWhereItBegins()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering("HTTP/1.1 206 Partial\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes 2-4/10\r\nContent-Length: 3\r\n\r\none");
        using DicomWebClient client = peer.Client();
        await using DicomWebParts parts = await client.RetrieveBulkDataAsync("bulk/1", Soon, (2, 4));
        Assert.Equal((true, 2, 10), (parts.IsPartial, parts.RangeOffset, parts.WholeLength));
        Assert.Contains("Range: bytes=2-4", peer.Requests[0], StringComparison.Ordinal);
        Assert.StartsWith("GET /dicom-web/bulk/1 ", peer.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_WithAuthorization_AskForItEachTime()
    {
        int asked = 0;
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering("HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        using DicomWebClient client = peer.Client(options => options with { Authorization = _ => ValueTask.FromResult<AuthenticationHeaderValue?>(new("Bearer", $"token{++asked}")) });
        await Assert.ThrowsAsync<DicomWebStatusException>(() => client.RetrieveAsync(Study, Soon));
        await Assert.ThrowsAsync<DicomWebStatusException>(() => client.RetrieveAsync(Study, Soon));
        Assert.Contains("Authorization: Bearer token1\r\n", peer.Requests[0], StringComparison.Ordinal);
        Assert.Contains("Authorization: Bearer token2\r\n", peer.Requests[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, StoreResult.Unconfirmed)]
    [InlineData(202, StoreResult.Unconfirmed)]
    public async Task Store_AnsweredWithoutAnAccount_IsNotTakenForStored(int status, StoreResult expected)
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 {status} OK\r\nContent-Length: 0\r\n\r\n");
        using DicomWebClient client = peer.Client();
        StoreOutcome outcome = await client.StoreAsync(Two, Soon);
        Assert.Equal([expected, expected], outcome.Instances.Select(instance => instance.Result));
        Assert.False(outcome.IsComplete);
    }

    [Fact]
    public async Task Store_AnsweredInXmlOnly_IsUnderstood()
    {
        const string xml = """
            <?xml version="1.0" encoding="utf-8"?>
            <NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">
              <DicomAttribute tag="00081198" vr="SQ" keyword="FailedSOPSequence"><Item number="1">
                <DicomAttribute tag="00081150" vr="UI"><Value number="1">1.2.840.10008.5.1.4.1.1.2</Value></DicomAttribute>
                <DicomAttribute tag="00081155" vr="UI"><Value number="1">1.2.1</Value></DicomAttribute>
                <DicomAttribute tag="00081197" vr="US"><Value number="1">49442</Value></DicomAttribute>
              </Item></DicomAttribute>
              <DicomAttribute tag="00081199" vr="SQ" keyword="ReferencedSOPSequence"><Item number="1">
                <DicomAttribute tag="00081150" vr="UI"><Value number="1">1.2.840.10008.5.1.4.1.1.2</Value></DicomAttribute>
                <DicomAttribute tag="00081155" vr="UI"><Value number="1">1.2.2</Value></DicomAttribute>
                <DicomAttribute tag="00081196" vr="US"><Value number="1">45056</Value></DicomAttribute>
              </Item></DicomAttribute>
            </NativeDicomModel>
            """;
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 202 Accepted\r\nContent-Type: application/dicom+xml\r\nContent-Length: {xml.Length}\r\n\r\n{xml}");
        using DicomWebClient client = peer.Client();
        StoreOutcome outcome = await client.StoreAsync(Two, Soon);
        Assert.Equal(
            [(StoreResult.Failed, 0xC122), (StoreResult.StoredWithWarning, 0xB000)],
            outcome.Instances.Select(instance => (instance.Result, (int)instance.Reason!.Value.Code)));
    }

    [Theory]
    [InlineData("500 Oops", "<html>1.2.777.888</html>")]
    [InlineData("400 Bad", "{\"Details\": \"1.2.777.888\"}")]
    [InlineData("413 Large", "")]
    public async Task Store_RefusedAsAWhole_IsTypedAndNamesNoIdentifier(string status, string body)
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering($"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        using DicomWebClient client = peer.Client();
        DicomWebStatusException refusal = await Assert.ThrowsAsync<DicomWebStatusException>(() => client.StoreAsync(Two, Soon));
        Assert.Equal(int.Parse(status[..3], System.Globalization.CultureInfo.InvariantCulture), (int)refusal.Status);
        AssertNoIdentifier(refusal);
    }

    [Fact]
    public async Task Store_ToAServerThatStopsReading_EndsWithATimeout()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Start((_, _, ct) => Task.Delay(Timeout.Infinite, ct));
        using DicomWebClient client = peer.Client(options => options with { IdleTimeout = TimeSpan.FromMilliseconds(300) });
        byte[] large = new byte[50_000_000]; // more than socket buffers hold
        OutgoingInstance[] instances = [new(Uids.CtImageStorage, "1.2.1", OutgoingPart.Of(large, MediaType.Dicom))];
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => client.StoreAsync(instances, Soon));
        Assert.Equal(NetworkFault.Timeout, fault.Fault);
        AssertNoIdentifier(fault);
    }

    [Fact]
    public async Task Store_RefusedBeforeALongBody_IsTypedThoughTheConnectionEnds()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Answering("HTTP/1.1 413 Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        using DicomWebClient client = peer.Client();
        OutgoingInstance[] instances = [new(Uids.CtImageStorage, "1.2.1", OutgoingPart.Of(new byte[50_000_000], MediaType.Dicom))];
        DicomWebStatusException refusal = await Assert.ThrowsAsync<DicomWebStatusException>(() => client.StoreAsync(instances, Soon));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refusal.Status);
    }

    [Fact]
    public async Task Store_ToAServerThatIgnoresExpectations_AsksForConsentOnce()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Start(async (head, stream, ct) =>
        {
            string length = head.Split("\r\n").Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))["Content-Length:".Length..];
            await stream.ReadExactlyAsync(new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)], ct);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), ct);
        });
        using DicomWebClient client = peer.Client();
        OutgoingInstance[] instances = [new(Uids.CtImageStorage, "1.2.1", OutgoingPart.Of(new byte[5_000_000], MediaType.Dicom))];
        await client.StoreAsync(instances, Soon);
        await client.StoreAsync(instances, Soon);
        Assert.Equal([true, false], peer.Requests.Select(head => head.Contains("Expect: 100-continue", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Store_OfAFileThatCannotBeRead_IsNotTheServersFault()
    {
        await using ScriptedHttpPeer peer = ScriptedHttpPeer.Start((_, stream, ct) => stream.CopyToAsync(Stream.Null, ct));
        using DicomWebClient client = peer.Client();
        OutgoingInstance[] instances = [new(Uids.CtImageStorage, "1.2.1", new OutgoingPart(MediaType.Dicom, 1000, (_, _) => throw new FileNotFoundException("gone")))];
        await Assert.ThrowsAsync<FileNotFoundException>(() => client.StoreAsync(instances, Soon));
    }

    private static async Task ReadAsync(DicomWebClient client, List<string> got)
    {
        await using DicomWebParts parts = await client.RetrieveAsync(Study, Soon);
        await foreach (MultipartPart part in parts)
        {
            using MemoryStream body = new();
            await part.Body.CopyToAsync(body, Soon);
            got.Add(Encoding.Latin1.GetString(body.ToArray()));
        }
    }

    private static void AssertNoIdentifier(Exception e)
    {
        Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("studies", e.Message, StringComparison.Ordinal);
    }
}
