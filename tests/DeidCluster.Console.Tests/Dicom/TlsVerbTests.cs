using System.CommandLine;
using DeidCluster.Console.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Console.Tests.Dicom;

/// <summary>`deid dicom ... --tls` against DCMTK.</summary>
public sealed class TlsVerbTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly TestCertificates certificates = new();

    [PeerFact("storescp")]
    public async Task Echo_ThroughMutualTls_IsAnswered_AndWithoutACertificateNot()
    {
        int port = FreePort.Next();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, folder.Path, "SINK",
            "+tls", certificates.File("server.key"), certificates.File("server.pem"), "+cf", certificates.File("root.pem"));
        string[] echo = ["echo", "127.0.0.1", $"{port}", "--called", "SINK", "--tls", "--tls-trusted", certificates.File("root.pem")];
        string[] own = ["--tls-certificate", certificates.File("client.pem"), "--tls-key", certificates.File("client.key")];
        (int exit, string output, string error) = await RunAsync([.. echo, .. own]);
        Assert.True(exit == 0, error);
        Assert.Contains("0000", output, StringComparison.Ordinal);

        (exit, _, error) = await RunAsync(echo);
        Assert.NotEqual(0, exit);
        Assert.Contains("certificate", error, StringComparison.Ordinal);

        (exit, _, error) = await RunAsync([.. echo, .. own, "--tls-pin", certificates.Sha256("client")]);
        Assert.NotEqual(0, exit);
        Assert.Contains("not the pinned one", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Echo_WithFilesThatCannotBeUsed_NamesThem()
    {
        (int exit, _, string error) = await RunAsync("echo", "127.0.0.1", "1", "--tls", "--tls-trusted", folder.File("missing.pem"));
        Assert.NotEqual(0, exit);
        Assert.Contains("missing.pem", error, StringComparison.Ordinal);
        (exit, _, error) = await RunAsync("echo", "127.0.0.1", "1", "--tls-trusted", certificates.File("root.pem"));
        Assert.NotEqual(0, exit);
        Assert.Contains("need --tls", error, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        folder.Dispose();
        certificates.Dispose();
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(params string[] args)
    {
        RootCommand root = new();
        DicomVerbs.AddTo(root);
        StringWriter output = new();
        StringWriter error = new();
        int exit = await CommandLine.RunAsync(root, ["dicom", .. args], output, error);
        return (exit, output.ToString(), error.ToString());
    }
}
