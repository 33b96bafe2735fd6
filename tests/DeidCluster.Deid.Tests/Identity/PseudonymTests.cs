using System.Net;
using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests;

public sealed class PseudonymTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Rotate_KeepsKnownSubjectsAndDerivesNewOnesOtherwise()
    {
        ProjectKeys before = Make.Key();
        ProjectKeys after = before.Rotated(before.NextId());
        ProjectProfile profile = Make.Profile(DateTreatment.Shift);
        IdentityDeriver old = new(before, profile);
        IdentityDeriver current = new(after, profile);

        Assert.Equal(old.SubjectKey("1", "A"), current.SubjectKey("1", "A"));
        Assert.NotEqual(old.Propose("subject"), current.Propose("subject"));
        Assert.Equal(old.Uid("1.2.3"), current.For("key-a")!.Uid("1.2.3"));
        Assert.NotEqual(old.Uid("1.2.3"), current.Uid("1.2.3"));
        Assert.Null(old.For(after.Current.KeyId));
        Assert.Throws<ProjectKeyException>(() => after.Rotated("key-a"));
    }

    [Fact]
    public void Deidentify_IdentityOfAnOlderKey_GivesTheBytesOfBefore()
    {
        ProjectKeys before = Make.Key();
        ProjectKeys after = before.Rotated("key-2");
        Identity identity = new Deidentifier(Make.Profile(), before).Identities.Propose("subject");
        Assert.Equal(BytesOf(before, identity), BytesOf(after, identity));

        using DicomFileScope scope = new();
        Assert.IsType<DeidentifyResult.Held>(new Deidentifier(Make.Profile(), Make.Key('b')).Deidentify(scope.File, identity));
    }

    [Fact]
    public void Keys_WrittenAndRead_AreTheSame_AndForTheirOwnerAlone()
    {
        string path = folder.File("a.key");
        ProjectKeys keys = ProjectKeys.Of(ProjectKey.Generate("key-1")).Rotated("key-2");
        keys.Write(path);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        Assert.Equal(keys.ToFileText(), ProjectKeys.Read(path).ToFileText());
        Assert.Equal("key-2", ProjectKeys.Read(path).Current.KeyId);
        Assert.DoesNotContain(keys.ToFileText().Split(' ')[1][..16], keys.ToString(), StringComparison.Ordinal);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupWrite, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, true)]
    public void Keys_ThatOthersCanRead_AreRefused(UnixFileMode mode, bool isRead)
    {
        string path = folder.File("a.key");
        Make.Keys().Write(path);
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(path, mode);
        if (isRead)
        {
            Assert.Equal("key-a", ProjectKeys.Read(path).Current.KeyId);
        }
        else
        {
            Assert.Contains("chmod 600", Assert.Throws<ProjectKeyException>(() => ProjectKeys.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a 00\n")]
    [InlineData("a {0}\na {0}\n")]
    public void Keys_NoneOrTwice_AreRefused(string text) =>
        Assert.Throws<ProjectKeyException>(() => ProjectKeys.Parse(text.Replace("{0}", new string('a', 64), StringComparison.Ordinal), "file"));

    [Fact]
    public void Lookup_UnknownSubject_HasAProblem_AndSeveralMrnsOfOneAreOneSubject()
    {
        SubjectTable table = SubjectTable.Parse("\uFEFFMRN,Issuer,Pseudonym\r\n 12 ,A,CT-001\r\n# remark\r\n\"9,9\",,CT-001\r\n13,A,CT-002\r\n", "t.csv");
        IdentityDeriver deriver = new(Make.Keys(), Make.Profile(DateTreatment.Shift) with { Pseudonym = new PseudonymPolicy { Kind = PseudonymKind.Lookup, Table = table } });
        SubjectReading first = deriver.Read("12", "a");
        SubjectReading second = deriver.Read("9,9", "B");
        Assert.Equal(first.SubjectKey, second.SubjectKey);
        Assert.Equal("CT-001", deriver.Propose(first).Identity.Pseudonym);
        Assert.Equal(deriver.Propose(first), deriver.Propose(second));
        Assert.NotEqual(first.SubjectKey, deriver.Read("13", "A").SubjectKey);
        foreach (SubjectReading unknown in new[] { deriver.Read("14", "A"), deriver.Read("12", "B"), deriver.Read("", "A") })
        {
            Assert.Null(unknown.SubjectKey);
            Assert.NotNull(unknown.Problem);
        }

        Assert.DoesNotContain("12", first.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mrn;pseudonym\n1;2", 1)]
    [InlineData("mrn,pseudonym\n1,", 2)]
    [InlineData("mrn,pseudonym\n1,A^B", 2)]
    [InlineData("mrn,pseudonym\n1,A\n1,B", 3)]
    [InlineData("mrn,pseudonym\n\"1,A", 2)]
    [InlineData("mrn,pseudonym\n", 2)]
    public void Lookup_BadTable_IsRefusedWithItsRowAndNoValue(string text, int row)
    {
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => SubjectTable.Parse(text, "t.csv"));
        Assert.StartsWith($"t.csv:{row}:", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("A^B", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_MakeOneSubjectOfSeveralMrns()
    {
        SubjectTable aliases = SubjectTable.Parse("mrn,same-as\nOLD-1,NEW-1\nOLD-2,NEW-1\n", "t.csv", SubjectTable.AliasColumn);
        IdentityDeriver deriver = new(Make.Keys(), Make.Profile() with { Pseudonym = new PseudonymPolicy { Aliases = aliases } });
        Assert.Equal(deriver.Read("NEW-1", null).SubjectKey, deriver.Read("old-1", null).SubjectKey);
        Assert.Equal(deriver.Read("NEW-1", null).SubjectKey, deriver.Read("OLD-2", "X").SubjectKey);
        Assert.NotEqual(deriver.Read("NEW-1", null).SubjectKey, deriver.Read("NEW-2", null).SubjectKey);
    }

    [Fact]
    public void Participant_UnderTwoMrns_HasOneShift()
    {
        IdentityDeriver deriver = new(Make.Keys(), Make.Profile(DateTreatment.Shift));
        Assert.Equal(deriver.Propose(deriver.Read("1", null), "P-7").Identity, deriver.Propose(deriver.Read("2", null), "P-7").Identity);
    }

    [Fact]
    public async Task Service_IsAskedWithTheNumber_AndItsNameIsUsed()
    {
        using TestService service = new((path, body) => (HttpStatusCode.OK, body.Contains("\"patientId\":\"77\"", StringComparison.Ordinal) && body.Contains("\"project\":\"p\"", StringComparison.Ordinal) ? "{\"pseudonym\":\"S-1\"}" : "{}"));
        using PseudonymSource client = new(new PseudonymSourceSettings(service.Url, TimeSpan.FromSeconds(10), null));
        Assert.Equal("S-1", await client.AskAsync("p", new SubjectReading("k", null) { IdPatient = " 77 " }, CancellationToken.None));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "{\"pseudonym\":\"A^B\"}", false)]
    [InlineData(HttpStatusCode.OK, "{\"pseudonym\":null}", false)]
    [InlineData(HttpStatusCode.OK, "<html>", false)]
    [InlineData(HttpStatusCode.NotFound, "", false)]
    [InlineData(HttpStatusCode.Redirect, "", false)]
    [InlineData(HttpStatusCode.InternalServerError, "", true)]
    [InlineData(HttpStatusCode.TooManyRequests, "", true)]
    public async Task Service_GivesNoName_FailsClosed(HttpStatusCode status, string answer, bool mayPass)
    {
        using TestService service = new((_, _) => (status, answer));
        using PseudonymSource client = new(new PseudonymSourceSettings(service.Url, TimeSpan.FromSeconds(10), null));
        PseudonymSourceException failure = await Assert.ThrowsAsync<PseudonymSourceException>(() => client.AskAsync("p", new SubjectReading("k", null) { IdPatient = "SECRET-77" }, CancellationToken.None));
        Assert.Equal(mayPass, failure.MayPass);
        Assert.DoesNotContain("SECRET-77", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_SilentOrGone_FailsClosed()
    {
        using TestService silent = new(answer: null);
        using PseudonymSource client = new(new PseudonymSourceSettings(silent.Url, TimeSpan.FromMilliseconds(200), null));
        Assert.True((await Assert.ThrowsAsync<PseudonymSourceException>(() => client.AskAsync("p", new SubjectReading("k", null) { IdPatient = "1" }, CancellationToken.None))).MayPass);
        using PseudonymSource gone = new(new PseudonymSourceSettings(new Uri($"http://127.0.0.1:{FreePort.Next()}/"), TimeSpan.FromSeconds(5), null));
        Assert.True((await Assert.ThrowsAsync<PseudonymSourceException>(() => gone.AskAsync("p", new SubjectReading("k", null) { IdPatient = "1" }, CancellationToken.None))).MayPass);
    }

    [Theory]
    [InlineData("kind: counter, prefix: CT-, digits: 3", true)]
    [InlineData("kind: counter", false)]
    [InlineData("kind: lookup", false)]
    [InlineData("kind: lookup, table: none.csv", false)]
    [InlineData("kind: service, url: 'http://names.example.org/'", false)]
    [InlineData("kind: service, url: 'https://names.example.org/', timeout-seconds: 3", true)]
    [InlineData("kind: service", false)]
    [InlineData("digits: 3", false)]
    public void Project_Pseudonym_IsReadOrRefused(string text, bool isRead)
    {
        string yaml = $"project: a\nselect: {{sop-classes: [all]}}\npseudonym: {{{text}}}";
        if (isRead)
        {
            Assert.NotEqual(PseudonymKind.Hash, ProjectFile.Parse(yaml, "a.yaml").Profile.Pseudonym.Kind);
        }
        else
        {
            Assert.Throws<ConfigurationException>(() => ProjectFile.Parse(yaml, "a.yaml"));
        }
    }

    private static byte[] BytesOf(ProjectKeys keys, Identity identity)
    {
        using DicomFileScope scope = new();
        return Assert.IsType<DeidentifyResult.Done>(new Deidentifier(Make.Profile(), keys).Deidentify(scope.File, identity)).Instance.Segments.ToArray();
    }

    private sealed class DicomFileScope : IDisposable
    {
        public DeidCluster.Dicom.DicomFile File { get; } = Make.File(Make.Instance());

        public void Dispose() => File.Dispose();
    }

    /// <summary>A real HTTP server of one answer; none for null.</summary>
    private sealed class TestService : IDisposable
    {
        private readonly HttpListener listener = new();
        private readonly TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TestService(Func<string, string, (HttpStatusCode Status, string Body)>? answer)
        {
            Url = new Uri($"http://127.0.0.1:{FreePort.Next()}/names/");
            listener.Prefixes.Add(Url.ToString());
            listener.Start();
            _ = ServeAsync(answer);
        }

        public Uri Url { get; }

        public void Dispose()
        {
            stopped.TrySetResult();
            listener.Close();
        }

        private async Task ServeAsync(Func<string, string, (HttpStatusCode Status, string Body)>? answer)
        {
            try
            {
                while (true)
                {
                    HttpListenerContext context = await listener.GetContextAsync();
                    if (answer is null)
                    {
                        await stopped.Task;
                        return;
                    }

                    using StreamReader reader = new(context.Request.InputStream);
                    (HttpStatusCode status, string body) = answer(context.Request.Url!.AbsolutePath, await reader.ReadToEndAsync());
                    context.Response.StatusCode = (int)status;
                    context.Response.ContentType = "application/json";
                    byte[] bytes = System.Text.Encoding.UTF8.GetBytes(body);
                    await context.Response.OutputStream.WriteAsync(bytes);
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
