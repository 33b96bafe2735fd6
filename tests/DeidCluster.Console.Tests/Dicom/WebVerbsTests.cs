using System.CommandLine;
using DeidCluster.Console.Dicom;
using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Dicom;

/// <summary>`deid dicom web` against a real Orthanc.</summary>
public sealed class WebVerbsTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly SampleStudy study = new SampleStudies(new SampleOptions { ImagesPerSeries = 4, ImageSize = 64 }).Ct(1, 1);

    [PeerFact("Orthanc")]
    public async Task StoreFindAndGet_WithOrthanc_GiveBackTheFiles_AndTellOfWhatIsNoInstance()
    {
        await study.WriteToAsync(folder.Folder("in"), CancellationToken.None);
        string[] files = Directory.GetFiles(folder.File("in"), "*", SearchOption.AllDirectories);
        await File.WriteAllTextAsync(folder.File("notes.txt"), "no image");
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.File("orthanc"), "VNA", new Dictionary<string, int>());
        string root = new Uri(orthanc.Http.BaseAddress!, "dicom-web").ToString();
        string uid;
        using (DicomFile first = DicomFile.Open(files[0]))
        {
            uid = first.DataSet.GetString(Tags.StudyInstanceUID)!;
        }

        (int exit, string output, string error) = await RunAsync("store", root, folder.File("in"), folder.File("notes.txt"), "--per-request", "3");
        Assert.Equal((ExitCode.Partly, ""), (exit, error));
        Assert.Contains($"{files.Length} of {files.Length + 1} stored", output, StringComparison.Ordinal);
        Assert.Contains("notes.txt: not sent", output, StringComparison.Ordinal);
        Assert.Equal(files.Length, await orthanc.CountInstancesAsync());

        (exit, output, error) = await RunAsync("find", root, "-k", $"StudyInstanceUID={uid}", "-k", "ModalitiesInStudy");
        Assert.Equal((ExitCode.Done, ""), (exit, error));
        Assert.Equal($"{uid}\tCT\\RTSTRUCT\\SR", output.Trim());
        (exit, output, error) = await RunAsync("find", root, "--level", "instance", "--study", uid);
        Assert.Equal(files.Length, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        (exit, output, error) = await RunAsync("get", root, "--study", uid, "--out", folder.File("out"));
        Assert.Equal((ExitCode.Done, ""), (exit, error));
        Assert.Contains($"{files.Length} of {files.Length} kept", output, StringComparison.Ordinal);
        Assert.Equal(Contents(files), Contents(Directory.GetFiles(folder.File("out"))));

        (exit, output, error) = await RunAsync("get", root, "--study", "1.2.3.4.5", "--out", folder.File("out"));
        Assert.Equal(ExitCode.Failed, exit);
        Assert.Contains("404 (not found)", error, StringComparison.Ordinal);
        Assert.DoesNotContain("1.2.3.4.5", error, StringComparison.Ordinal);
    }

    [PeerFact("Orthanc", TlsFront.Python)]
    public async Task Find_ThroughHttpsWithBothCertificatesAndAPassword_IsAnswered_AndWithoutEitherNot()
    {
        using TestCertificates certificates = new();
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(
            folder.File("orthanc"), "VNA", new Dictionary<string, int>(), new OrthancSecurity(certificates, User: "deid", Password: "pass:word"));
        int port = FreePort.Next();
        await using PeerProcess front = await TlsFront.StartAsync(port, orthanc.Http.BaseAddress!.Port, certificates);
        await File.WriteAllTextAsync(folder.File("password"), "pass:word\n");
        string[] find = ["find", $"https://127.0.0.1:{port}/dicom-web"];
        string[] trust = ["--tls-trusted", certificates.File("root.pem")];
        string[] own = ["--tls-certificate", certificates.File("client.pem"), "--tls-key", certificates.File("client.key")];
        string[] user = ["--user", "deid", "--password-file", folder.File("password")];

        Assert.Equal((ExitCode.Done, "", ""), await RunAsync([.. find, .. trust, .. own, .. user]));
        Assert.Contains("401 (not authenticated)", (await RunAsync([.. find, .. trust, .. own])).Error, StringComparison.Ordinal);
        Assert.Contains("no trusted root stands behind", (await RunAsync([.. find, .. own, .. user])).Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, (await RunAsync([.. find, .. trust, .. user])).Exit);
    }

    [Theory]
    [InlineData("find", "ftp://127.0.0.1/")]
    [InlineData("find", "http://127.0.0.1:1/dicom-web", "--level", "frame")]
    [InlineData("find", "http://127.0.0.1:1/dicom-web", "--user", "me")]
    [InlineData("find", "http://127.0.0.1:1/dicom-web", "--tls-trusted", "root.pem")]
    [InlineData("find", "https://127.0.0.1:1/dicom-web", "--tls-trusted", "missing.pem")]
    [InlineData("find", "http://127.0.0.1:1/dicom-web", "--token-file", "missing.token")]
    [InlineData("find", "http://127.0.0.1:1/dicom-web", "-k", "Unheard=1")]
    [InlineData("get", "http://127.0.0.1:1/dicom-web", "--study", "1.2.3", "--instance", "1.2.4", "--out", "x")]
    public async Task Arguments_ThatCannotBeUsed_AreExplained(params string[] arguments)
    {
        (int exit, _, string error) = await RunAsync(arguments);
        Assert.Equal(ExitCode.Failed, exit);
        Assert.StartsWith("deid: ", error, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static string[] Contents(IEnumerable<string> files) =>
        [.. files.Select(path => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))).Order(StringComparer.Ordinal)];

    private static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] arguments)
    {
        RootCommand root = new();
        DicomVerbs.AddTo(root);
        using StringWriter output = new();
        using StringWriter error = new();
        int exit = await CommandLine.RunAsync(root, ["dicom", "web", .. arguments], output, error);
        return (exit, output.ToString(), error.ToString());
    }
}
