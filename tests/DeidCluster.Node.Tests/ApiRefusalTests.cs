using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace DeidCluster.Node.Tests;

/// <summary>What the API refuses, and how it names the field without telling its value.</summary>
public sealed class ApiRefusalTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    private const string Secret = "SMITH-1234567";

    [Theory]
    [InlineData("""{"project":"all","studyUid":"1.2.3","mrnn":"SMITH-1234567"}""", "mrnn", "is not known here (did you mean 'mrn'?)")]
    [InlineData("""{"studies":[{"project":"all","studyUid":"1.2.3"},{"project":"all","mrn":"SMITH-1234567*","accessionNumber":"1"}]}""", "studies[1].mrn", "has a wildcard, backslash or control character")]
    [InlineData("""[{"project":"all","mrn":"SMITH-1234567"}]""", "studies[0].accessionNumber", "is missing: a study is named by studyUid, or by mrn and accessionNumber together")]
    [InlineData("""[{"project":"all"}]""", "studies[0].studyUid", "is missing: a study is named by studyUid, or by mrn and accessionNumber together")]
    [InlineData("""{"project":"SMITH-1234567","studyUid":"1.2.3"}""", "project", "is not a project of this installation")]
    [InlineData("""{"studyUid":"1.2.3"}""", "project", "is missing")]
    [InlineData("""{"project":"all","studyUid":"SMITH-1234567"}""", "studyUid", "is not a UID (PS3.5 9.1)")]
    [InlineData("""{"project":"all","studyUid":17}""", "studyUid", "is not a text")]
    [InlineData("""{"project":"all","studyUid":"1.2.3","priority":10}""", "priority", "is not a whole number from 0 to 9")]
    [InlineData("""{"project":"all","studyUid":"1.2.3","studyDate":"SMITH-1234567"}""", "studyDate", "is not a date like 2026-01-31")]
    [InlineData("""{"studies":["SMITH-1234567"]}""", "studies[0]", "is not an object")]
    [InlineData("""{"studies":[],"more":1}""", "more", "is not known here")]
    public async Task Row_ThatCannotBeAccepted_NamesItsField(string body, string field, string problem)
    {
        JsonNode details = await SendAsync(body, HttpStatusCode.UnprocessableEntity);
        Assert.Equal(problem, details["errors"]![field]![0]!.GetValue<string>());
        Assert.DoesNotContain(Secret, details.ToJsonString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"project":"all",""", "line 1, byte ")]
    [InlineData("", "line 1, byte 1")]
    [InlineData("""{"project":"all","project":"all"}""", "a member stands twice in an object")]
    [InlineData("""[{"project":"\ud800"}]""", "[0].project is not Unicode")]
    [InlineData("""{"\ud800":1}""", "the name of a member is not Unicode")]
    public async Task Body_ThatIsNotJson_IsRefused_WithItsPlace(string body, string place)
    {
        JsonNode details = await SendAsync(body, HttpStatusCode.BadRequest);
        Assert.Contains(place, details["title"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_AreRefused()
    {
        await SendAsync("[" + string.Join(',', Enumerable.Repeat("{}", 11)) + "]", HttpStatusCode.UnprocessableEntity);
        await SendAsync($$"""{"project":"{{new string('x', 70_000)}}"}""", HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Body_OfAnotherType_IsRefused() =>
        await SendAsync("project=all", HttpStatusCode.UnsupportedMediaType, "application/x-www-form-urlencoded");

    [Fact]
    public async Task Identifier_InAUrl_IsRefused()
    {
        JsonNode details = await node.GetAsync("api/v1/studies?mrn=" + Secret, HttpStatusCode.UnprocessableEntity);
        Assert.NotNull(details["errors"]!["mrn"]);
        await node.GetAsync("api/v1/studies/" + Secret, HttpStatusCode.NotFound);
        await node.GetAsync("api/v1/studies?cursor=nonsense", HttpStatusCode.UnprocessableEntity);
        await node.GetAsync("api/v1/studies?limit=1&limit=2", HttpStatusCode.UnprocessableEntity);
        await node.GetAsync("api/v1/studies?project=" + Secret, HttpStatusCode.UnprocessableEntity);
        await node.GetAsync("api/v1/nothing", HttpStatusCode.NotFound);
        await node.GetAsync("api/v1/nothing.txt", HttpStatusCode.NotFound);
        await node.StopAsync();
        string log = string.Concat(Directory.EnumerateFiles(node.Logs).Select(File.ReadAllText));
        await node.StartAsync();
        Assert.Contains("GET /api/v1/studies/{id} 404", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Method_ThatAPathDoesNotTake_IsRefused_WithThoseItTakes()
    {
        JsonNode details = await node.GetAsync("api/v1/archives/vna/echo", HttpStatusCode.MethodNotAllowed);
        Assert.Equal("this path takes POST", details["title"]!.GetValue<string>());
    }

    [Fact]
    public async Task AnotherHostName_IsRefused()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, (Uri?)null);
        request.Headers.Host = "rebound.example";
        using HttpResponseMessage response = await node.SendAsync(request, "health/live");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private async Task<JsonNode> SendAsync(string body, HttpStatusCode expected, string type = "application/json")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, (Uri?)null) { Content = new StringContent(body, Encoding.UTF8, type) };
        request.Headers.ExpectContinue = true; // a body that is refused is then never sent, and the answer cannot be lost with it
        using HttpResponseMessage response = await node.SendAsync(request, "api/v1/studies");
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(expected == response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        return JsonNode.Parse(text)!;
    }
}
