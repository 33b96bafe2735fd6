using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>Associations through TLS (PS3.15 B.12): both our sides, DCMTK and openssl.</summary>
public class TlsTests
{
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Association_BetweenBothSides_CarriesMessages(bool isMutual)
    {
        using TestCertificates certificates = new();
        X509Seen seen = new();
        ScriptedScp scp = new() { Accept = seen.Take };
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { Tls = Options(certificates, "server") with { RequiresPeerCertificate = isMutual } }, scp);
        TlsOptions user = isMutual ? Options(certificates, "client") : Options(certificates, null);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Calling(listener, user, SampleInstances.Context), Peers.Soon);
        for (int time = 0; time < 3; time++)
        {
            Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
                Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[400_000]), 400_000, null, Peers.Soon));
        }

        await scu.ReleaseAsync(Peers.Soon);
        await listener.StopAsync(Peers.Soon);
        Assert.Equal(isMutual ? "CN=client" : null, seen.Subject);
        Assert.Empty(scp.Faults);
    }

    [Theory]
    [InlineData("server", "expired", null, TlsFault.Expired)]
    [InlineData("server", "stranger", null, TlsFault.Untrusted)] // issued by a root that is not trusted
    [InlineData("server", "elsewhere", null, TlsFault.NameMismatch)]
    [InlineData("server", "server", "client", TlsFault.Untrusted)] // pinned to another certificate
    public async Task Provider_WhoseCertificateIsNotBelieved_IsNotSpokenTo(string _, string shown, string? pinned, TlsFault expected)
    {
        using TestCertificates certificates = new();
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { Tls = Options(certificates, shown) with { RequiresPeerCertificate = false } }, scp);
        TlsOptions user = Options(certificates, null) with { PinnedSha256 = pinned is null ? [] : [certificates.Sha256(pinned)] };
        TlsException fault = await Assert.ThrowsAsync<TlsException>(
            () => ScuAssociation.ConnectAsync(Calling(listener, user, ProposedContext.Verification), Peers.Soon));
        Assert.Equal(expected, fault.Reason);
        Assert.Equal(NetworkFault.Tls, fault.Fault);
    }

    [Fact]
    public async Task Provider_OnAnUnexpectedHost_IsBelievedByItsPin_OrWithoutTheCheckOfNames()
    {
        using TestCertificates certificates = new();
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { Tls = Options(certificates, "elsewhere") with { RequiresPeerCertificate = false } }, new ScriptedScp());
        TlsOptions user = Options(certificates, null);
        foreach (TlsOptions options in new[]
        {
            user with { PinnedSha256 = [certificates.Sha256("elsewhere").ToLowerInvariant()] },
            user with { ChecksHostName = false },
            user with { ExpectedHostName = "pacs.example" },
        })
        {
            await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Calling(listener, options, ProposedContext.Verification), Peers.Soon);
            Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        }
    }

    [Theory]
    [InlineData(null, TlsFault.NoCertificate)]
    [InlineData("stranger", TlsFault.Untrusted)]
    [InlineData("expired", TlsFault.Expired)]
    public async Task User_WhoseCertificateIsNotBelieved_IsRefused_AndToldSo(string? shown, TlsFault expected)
    {
        using TestCertificates certificates = new();
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { Tls = Options(certificates, "server") }, scp);
        TlsException fault = await Assert.ThrowsAsync<TlsException>(
            () => ScuAssociation.ConnectAsync(Calling(listener, Options(certificates, shown), ProposedContext.Verification), Peers.Soon));
        Assert.True(fault.Reason is TlsFault.OursRefused or TlsFault.ClosedAfterHandshake, fault.ToString());
        Assert.Equal(expected, Assert.IsType<TlsException>(await scp.FirstFault.Task.WaitAsync(Peers.Deadline)).Reason);
    }

    [Fact]
    public async Task Peer_WithoutTls_IsNamedAsSuch_OnEitherSide()
    {
        using TestCertificates certificates = new();
        ScriptedScp scp = new();
        await using DicomListener secured = DicomListener.Start(Peers.Listening() with { Tls = Options(certificates, "server") }, scp);
        await Assert.ThrowsAnyAsync<DicomNetworkException>(() => ScuAssociation.ConnectAsync(Peers.Calling(secured.EndPoint, ProposedContext.Verification), Peers.Soon));
        Assert.Equal(TlsFault.NotTls, Assert.IsType<TlsException>(await scp.FirstFault.Task.WaitAsync(Peers.Deadline)).Reason);

        await using DicomListener plain = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        TlsException fault = await Assert.ThrowsAsync<TlsException>(
            () => ScuAssociation.ConnectAsync(Calling(plain, Options(certificates, "client"), ProposedContext.Verification), Peers.Soon));
        Assert.Equal(TlsFault.NotTls, fault.Reason);
    }

    [Fact]
    public async Task Peer_ThatSaysNothing_IsLeftInTime_OnEitherSide()
    {
        using TestCertificates certificates = new();
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { Tls = Options(certificates, "server"), ArtimTimeout = TimeSpan.FromMilliseconds(100) }, scp);
        using Socket silent = new(SocketType.Stream, ProtocolType.Tcp);
        await silent.ConnectAsync(listener.EndPoint, Peers.Soon);
        Assert.Equal(NetworkFault.Timeout, Assert.IsType<DicomNetworkException>(await scp.FirstFault.Task.WaitAsync(Peers.Deadline)).Fault);

        using Socket mute = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        mute.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        mute.Listen();
        AssociationOptions calling = Peers.Calling((IPEndPoint)mute.LocalEndPoint!, ProposedContext.Verification) with
        {
            Tls = Options(certificates, "client"),
            NegotiationTimeout = TimeSpan.FromMilliseconds(100),
        };
        Assert.Equal(NetworkFault.Timeout, (await Assert.ThrowsAsync<DicomNetworkException>(() => ScuAssociation.ConnectAsync(calling, Peers.Soon))).Fault);
    }

    [Theory]
    [InlineData("SCU", "client", true)]
    [InlineData("OTHER", "client", false)] // the certificate of another peer
    [InlineData("SCU", "server", false)]
    public async Task AllowedPeer_IsTitleAndCertificateTogether(string aeTitle, string shown, bool isAllowed)
    {
        using TestCertificates certificates = new();
        AllowedPeer peer = new() { AeTitle = "SCU", Network = IPNetwork.Parse("127.0.0.0/8"), CertificateSha256 = certificates.Sha256("client") };
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { Tls = Options(certificates, "server"), AllowedPeers = AllowedPeers.Only(peer) }, new ScriptedScp());
        Task<ScuAssociation> connecting = ScuAssociation.ConnectAsync(
            Calling(listener, Options(certificates, shown), ProposedContext.Verification) with { CallingAeTitle = aeTitle }, Peers.Soon);
        if (isAllowed)
        {
            await using ScuAssociation scu = await connecting;
            Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
            return;
        }

        Assert.Equal(AssociationRejection.CallingAeTitleNotRecognized, (await Assert.ThrowsAsync<AssociationRejectedException>(() => connecting)).Rejection);
    }

    [Fact]
    public async Task Files_ThatCannotBeUsed_AreNamed()
    {
        using TestFolder folder = new();
        using TestCertificates certificates = new();
        string missing = Path.Combine(folder.Path, "missing.pem");
        string broken = Path.Combine(folder.Path, "broken.pem");
        await File.WriteAllTextAsync(broken, "no certificate");
        foreach (Action load in new Action[]
        {
            () => TlsOptions.Load(missing), () => TlsOptions.Load(broken), () => TlsOptions.Load(null, trustedFile: broken),
            () => TlsOptions.Load(certificates.File("root.pem")), // no key
            () => TlsOptions.Load(certificates.File("server.pfx"), password: "wrong"),
        })
        {
            Assert.Contains(".p", Assert.Throws<TlsConfigurationException>(load).Message, StringComparison.Ordinal);
        }

        Assert.True(TlsOptions.Load(certificates.File("server.pfx"), password: TestCertificates.PfxPassword).Certificate!.HasPrivateKey);
        Assert.Throws<TlsConfigurationException>(() => DicomListener.Start(Peers.Listening() with { Tls = new TlsOptions() }, new ScriptedScp()));
    }

    [PeerFact("echoscu", "storescu")]
    public async Task DcmtkUsers_WithTheirProfiles_AreServed()
    {
        using TestCertificates certificates = new();
        using TestFolder folder = new();
        string file = Path.Combine(folder.Path, "ct.dcm");
        await File.WriteAllBytesAsync(file, SampleInstances.File(1, 1, 1));
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { Tls = Options(certificates, "server") }, new ScriptedScp());
        string[] own = ["+tls", certificates.File("client.key"), certificates.File("client.pem"), "+cf", certificates.File("root.pem")];
        foreach (string profile in new[] { "+py", "+px", "+pz" }) // BCP 195, with downgrade allowed, extended
        {
            (int exitCode, string output) = await PeerProcess.RunAsync(
                "storescu", [.. own, profile, "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", file], ToolDeadline);
            Assert.True(exitCode == 0, $"{profile}: {output}");
        }

        // Without a certificate, without TLS, and with nothing but outdated ciphers it is refused.
        foreach (string[] arguments in new string[][] { ["+tla", "-ic"], [], [.. own, "+pa"] })
        {
            (int exitCode, _) = await PeerProcess.RunAsync("echoscu", [.. arguments, "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}"], ToolDeadline);
            Assert.NotEqual(0, exitCode);
        }
    }

    [PeerFact("echoscu")]
    public async Task DcmtkUser_WithoutACertificate_IsServedWhereNoneIsRequired()
    {
        using TestCertificates certificates = new();
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { Tls = Options(certificates, "server") with { RequiresPeerCertificate = false } }, new ScriptedScp());
        (int exitCode, string output) = await PeerProcess.RunAsync(
            "echoscu", ["+tla", "+cf", certificates.File("root.pem"), "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}"], ToolDeadline);
        Assert.True(exitCode == 0, output);
    }

    [PeerFact("storescp")]
    public async Task DcmtkProvider_WithMutualTls_TakesOurInstances_AndRefusesStrangers()
    {
        using TestCertificates certificates = new();
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, folder.Path, "SINK",
            "+tls", certificates.File("server.key"), certificates.File("server.pem"), "+cf", certificates.File("root.pem"), "-rc", "+py");
        AssociationOptions calling = Peers.Calling(port, "SINK", SampleInstances.Context) with { Tls = Options(certificates, "client") };
        await using (ScuAssociation scu = await ScuAssociation.ConnectAsync(calling, Peers.Soon))
        {
            byte[] dataSet = SampleInstances.DataSet(1, 1, 1, pixelBytes: 300_000);
            Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
                Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, 1), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon));
            await scu.ReleaseAsync(Peers.Soon);
            Assert.Equal(dataSet, (await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(folder.Path))))[^dataSet.Length..]);
        }

        foreach (TlsOptions stranger in new[] { Options(certificates, null), Options(certificates, "stranger") })
        {
            DicomNetworkException fault = await Assert.ThrowsAnyAsync<DicomNetworkException>(() => ScuAssociation.ConnectAsync(calling with { Tls = stranger }, Peers.Soon));
            Assert.True(fault is TlsException { Reason: TlsFault.OursRefused or TlsFault.ClosedAfterHandshake }, fault.ToString()); // its alert may be lost to a reset
        }
    }

    [PeerFact("movescu", "storescp")]
    public async Task Movescu_HasOurProviderSendThroughMutualTls()
    {
        using TestCertificates certificates = new();
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess destination = await DcmtkPeer.StoreScpAsync(port, folder.Path, "SINK",
            "+tls", certificates.File("server.key"), certificates.File("server.pem"), "+cf", certificates.File("root.pem"), "-rc");
        ScriptedScp scp = new()
        {
            Move = _ => new MovePlan("127.0.0.1", port, [.. Enumerable.Range(1, 3).Select(number => new RetrieveInstance(
                Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, number), TransferSyntax.ExplicitVrLittleEndian, () => new MemoryStream(SampleInstances.DataSet(1, 1, number))))])
            {
                Tls = Options(certificates, "client"),
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        (int exitCode, string output) = await PeerProcess.RunAsync("movescu",
            ["-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2", "-aem", "SINK", "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}"], ToolDeadline);
        Assert.True(exitCode == 0, output);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
        Assert.Empty(scp.Faults);
    }

    [PeerFact("storescp")]
    public async Task DcmtkProvider_WithoutTls_IsNamedAsSuch()
    {
        using TestCertificates certificates = new();
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, folder.Path);
        TlsException fault = await Assert.ThrowsAsync<TlsException>(() => ScuAssociation.ConnectAsync(
            Peers.Calling(port, "SINK", SampleInstances.Context) with { Tls = Options(certificates, "client") }, Peers.Soon));
        Assert.Equal(TlsFault.NotTls, fault.Reason);
    }

    [PeerFact("openssl", "echoscu")]
    public async Task RevocationListOfOpenssl_RefusesWhatItNames_WhatItCannotTell_AndIsReadAgainWhenItChanged()
    {
        using TestCertificates certificates = new();
        string list = certificates.File("lists.pem");
        DateTimeOffset tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        await certificates.RevokeAsync(list, tomorrow);
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { Tls = Options(certificates, "server") with { RevocationLists = RevocationLists.Open(list) } }, scp);
        Assert.True(await IsServedAsync());

        await certificates.RevokeAsync(list, tomorrow, "root", "client");
        Assert.False(await IsServedAsync()); // it names the client
        await certificates.RevokeAsync(list, tomorrow, "root", "elsewhere", "expired");
        Assert.True(await IsServedAsync()); // it names others
        await certificates.RevokeAsync(list, DateTimeOffset.UtcNow.AddHours(-1));
        Assert.False(await IsServedAsync()); // it is out of date
        await certificates.RevokeAsync(list, tomorrow, "strange-root");
        Assert.False(await IsServedAsync()); // it is another authority's
        await File.WriteAllTextAsync(list, "half a list");
        Assert.False(await IsServedAsync());
        await certificates.RevokeAsync(list, tomorrow);
        Assert.True(await IsServedAsync());
        Assert.All(scp.Faults, fault => Assert.Equal(TlsFault.Revoked, Assert.IsType<TlsException>(fault).Reason));
        Assert.Equal(4, scp.Faults.Count);

        // As a user, of a provider's certificate.
        await certificates.RevokeAsync(list, tomorrow, "root", "server");
        TlsException refused = await Assert.ThrowsAsync<TlsException>(() => ScuAssociation.ConnectAsync(
            Calling(listener, Options(certificates, "client") with { RevocationLists = RevocationLists.Open(list) }, ProposedContext.Verification), Peers.Soon));
        Assert.Equal(TlsFault.Revoked, refused.Reason);
        Assert.Throws<TlsConfigurationException>(() => RevocationLists.Open(certificates.File("root.pem")));
        Assert.Throws<TlsConfigurationException>(() => RevocationLists.Open(certificates.File("missing.pem")));

        async Task<bool> IsServedAsync()
        {
            string[] own = ["+tls", certificates.File("client.key"), certificates.File("client.pem"), "+cf", certificates.File("root.pem")];
            (int exitCode, _) = await PeerProcess.RunAsync("echoscu", [.. own, "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}"], ToolDeadline);
            return exitCode == 0;
        }
    }

    [PeerFact("openssl")]
    public async Task Openssl_GetsModernProtocolsAndCiphersOnly()
    {
        using TestCertificates certificates = new();
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { Tls = Options(certificates, "server") with { RequiresPeerCertificate = false } }, new ScriptedScp());
        (string[] Options, string? Expected)[] cases =
        [
            (["-tls1_3"], "TLSv1.3"), (["-tls1_2"], "TLSv1.2"), (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"], "ECDHE-ECDSA-AES128-GCM-SHA256"),
            (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], null), (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], null), (["-tls1_2", "-cipher", "AES128-SHA"], null),
        ];
        foreach ((string[] options, string? expected) in cases)
        {
            (int exitCode, string output) = await PeerProcess.RunAsync("bash",
                ["-c", $"openssl s_client -connect 127.0.0.1:{listener.EndPoint.Port} -verify_return_error -CAfile '{certificates.File("root.pem")}' {string.Join(' ', options)} </dev/null"], ToolDeadline);
            Assert.True((exitCode == 0) == (expected is not null), $"{string.Join(' ', options)}: {output}");
            Assert.Contains(expected ?? "", output, StringComparison.Ordinal);
        }
    }

    /// <summary>Options that trust the root and show the certificate <paramref name="name"/>, or none.</summary>
    private static TlsOptions Options(TestCertificates certificates, string? name) => TlsOptions.Load(
        name is null ? null : certificates.File($"{name}.pem"), name is null ? null : certificates.File($"{name}.key"), trustedFile: certificates.File("root.pem"));

    private static AssociationOptions Calling(DicomListener listener, TlsOptions tls, params ProposedContext[] contexts) =>
        Peers.Calling(listener.EndPoint, contexts) with { Tls = tls };

    /// <summary>The subject of the certificate that a handler was shown.</summary>
    private sealed class X509Seen
    {
        public string? Subject { get; private set; }

        public AssociationRejection? Take(AssociationRequest request)
        {
            Subject = request.Certificate?.Subject;
            return null;
        }
    }
}
