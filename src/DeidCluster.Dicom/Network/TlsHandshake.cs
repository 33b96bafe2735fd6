using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace DeidCluster.Dicom;

/// <summary>Puts TLS over a connection, within a time, and says in one word why it failed.</summary>
internal static class TlsHandshake
{
    /// <summary>What a TLS connection begins with (RFC 8446 5.1): a handshake record.</summary>
    private const byte HandshakeRecord = 0x16;

    /// <summary>As the side that connects to <paramref name="host"/>.</summary>
    public static async Task<SslStream> AsUserAsync(Socket socket, TlsOptions tls, string host, string peer, TimeProvider clock, TimeSpan timeout, CancellationToken ct)
    {
        TlsFault? refused = null;
        SslStream stream = new(new NetworkStream(socket, ownsSocket: false));
        await RunAsync(
            stream, token => stream.AuthenticateAsClientAsync(tls.Client(host, Validate), token), () => refused, peer, clock, timeout, ct).ConfigureAwait(false);
        return stream;

        bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
            (refused = tls.Judge(certificate as X509Certificate2, chain, errors, clock.GetUtcNow())) is null;
    }

    /// <summary>As the side that was connected to.</summary>
    public static async Task<SslStream> AsProviderAsync(Socket socket, TlsOptions tls, string peer, TimeProvider clock, TimeSpan timeout, CancellationToken ct)
    {
        TlsFault? refused = null;
        SslStream stream = new(new NetworkStream(socket, ownsSocket: false));
        await RunAsync(stream, async token =>
        {
            byte[] first = new byte[1];
            if (await socket.ReceiveAsync(first, SocketFlags.Peek, token).ConfigureAwait(false) == 0)
            {
                throw new DicomNetworkException(NetworkFault.Closed, $"{peer} closed the connection before it said anything"); // a look whether we are there
            }

            if (first[0] != HandshakeRecord)
            {
                refused = TlsFault.NotTls;
                throw new AuthenticationException("The first byte is not that of a TLS handshake.");
            }

            await stream.AuthenticateAsServerAsync(tls.Server(Validate), token).ConfigureAwait(false);
        }, () => refused, peer, clock, timeout, ct).ConfigureAwait(false);
        return stream;

        bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        {
            bool mayBeWithout = certificate is null && !tls.RequiresPeerCertificate;
            return mayBeWithout || (refused = tls.Judge(certificate as X509Certificate2, chain, errors, clock.GetUtcNow())) is null;
        }
    }

    /// <summary>What a connection that ends right after the handshake says of our certificate: in TLS 1.3 a user learns only then that it was refused (RFC 8446 4.4.2.4). Else null.</summary>
    public static TlsException? RefusalOf(DicomNetworkException fault, string peer) =>
        fault.Fault == NetworkFault.Closed ? new TlsException(peer, IsCertificateAlert(fault.InnerException) ? TlsFault.OursRefused : TlsFault.ClosedAfterHandshake, fault) : null;

    /// <summary>
    /// The judgement of a peer's certificate for a handshake that another does, HTTP's: it throws why the certificate is not believed. HTTP compares its
    /// name with that in the URL whatever is asked for, so an expected name is compared here.
    /// </summary>
    public static RemoteCertificateValidationCallback Judging(TlsOptions tls, string peer, TimeProvider clock) => (_, shown, chain, errors) =>
    {
        X509Certificate2? certificate = shown as X509Certificate2;
        if (tls.ExpectedHostName is string expected && certificate is not null)
        {
            errors = certificate.MatchesHostname(expected) ? errors & ~SslPolicyErrors.RemoteCertificateNameMismatch : errors | SslPolicyErrors.RemoteCertificateNameMismatch;
        }

        return tls.Judge(certificate, chain, errors, clock.GetUtcNow()) is TlsFault refused ? throw new TlsException(peer, refused) : true;
    };

    /// <summary>What <paramref name="fault"/>, which another's handshake or the first answer behind it ended with, says of TLS; null when it says nothing.</summary>
    public static TlsException? FailureOf(Exception fault, bool inHandshake, string peer) =>
        Causes(fault).OfType<TlsException>().FirstOrDefault()
        ?? (inHandshake ? new TlsException(peer, FaultOf(fault), fault)
            : IsCertificateAlert(fault) ? new TlsException(peer, TlsFault.OursRefused, fault)
            : null);

    private static async Task RunAsync(
        SslStream stream, Func<CancellationToken, Task> handshake, Func<TlsFault?> refused, string peer, TimeProvider clock, TimeSpan timeout, CancellationToken ct)
    {
        using CancellationTokenSource deadline = new(timeout, clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        try
        {
            await handshake(either.Token).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            switch (fault)
            {
                case OperationCanceledException when !ct.IsCancellationRequested:
                    throw new DicomNetworkException(NetworkFault.Timeout, $"{peer} did not finish the TLS handshake in time", fault);
                case AuthenticationException or IOException or SocketException:
                    throw new TlsException(peer, refused() ?? FaultOf(fault), fault);
                default:
                    throw;
            }
        }
    }

    private static TlsFault FaultOf(Exception fault) =>
        IsCertificateAlert(fault) ? TlsFault.OursRefused
        : IsAlert(fault) ? TlsFault.Handshake
        : TlsFault.NotTls; // bytes that are no record, or the end of the connection instead of an answer

    // OpenSSL tells alerts in words only.
    private static bool IsCertificateAlert(Exception? fault) => Texts(fault).Any(text =>
        text.Contains("alert", StringComparison.OrdinalIgnoreCase) && (text.Contains("certificate", StringComparison.OrdinalIgnoreCase) || text.Contains("unknown ca", StringComparison.OrdinalIgnoreCase)));

    private static bool IsAlert(Exception fault) => Texts(fault).Any(text => text.Contains("alert", StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Texts(Exception? fault) => Causes(fault).Select(cause => cause.Message);

    private static IEnumerable<Exception> Causes(Exception? fault)
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            yield return fault;
        }
    }
}
