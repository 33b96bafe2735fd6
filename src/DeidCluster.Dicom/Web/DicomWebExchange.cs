using System.Diagnostics;
using System.Net;
using System.Runtime.ExceptionServices;

namespace DeidCluster.Dicom;

/// <summary>
/// One server and its connections: sends a request, waits with deadlines for the head of the answer, and turns what goes wrong into a
/// <see cref="DicomNetworkException"/>. What it says names the server only: a URL names patients and studies.
/// </summary>
internal sealed class DicomWebExchange : IDisposable
{
    private const int RedirectionsMax = 3;
    private const int HeadersKilobytesMax = 64;

    /// <summary>From this length on a body waits for the server's consent (RFC 9110 10.1.1): a refusal that comes while it is sent is lost with the connection. Bytes.</summary>
    private const long AskedBytesMin = 4 * 1024 * 1024;

    /// <summary>How long a server may take to answer 100 before the body is sent all the same: some never do.</summary>
    private static readonly TimeSpan ContinueTimeout = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan ConnectionIdleTimeout = TimeSpan.FromSeconds(30);

    private readonly DicomWebOptions options;
    private readonly HttpMessageInvoker invoker;
    private readonly string root;
    /// <summary>After this share of the wait no consent has come: timers end a little early.</summary>
    private const double WaitedInVain = 0.9;

    private volatile bool ignoresExpectation; // each request would wait in vain (Orthanc 1.10)

    public DicomWebExchange(DicomWebOptions options)
    {
        this.options = options;
        root = options.Root.GetLeftPart(UriPartial.Path).TrimEnd('/');
        Server = options.Root.Authority;
        SocketsHttpHandler sockets = new()
        {
            AllowAutoRedirect = false, // another server must not learn whom we ask for
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = options.ConnectTimeout,
            MaxConnectionsPerServer = options.ConnectionsMax,
            MaxResponseHeadersLength = HeadersKilobytesMax,
            PooledConnectionIdleTimeout = ConnectionIdleTimeout,
            Expect100ContinueTimeout = ContinueTimeout,
            ActivityHeadersPropagator = null, // no trace of a request: its URL holds identifiers
        };
        if (IsSecure)
        {
            TlsOptions tls = options.Tls ?? new TlsOptions();
            sockets.SslOptions = tls.Client(options.Root.IdnHost, TlsHandshake.Judging(tls, Server, options.Clock));
        }

        invoker = new HttpMessageInvoker(options.Wrap?.Invoke(sockets) ?? sockets);
    }

    /// <summary>The server as errors name it: host and port.</summary>
    public string Server { get; }

    private bool IsSecure => options.Root.Scheme == Uri.UriSchemeHttps;

    /// <summary>The absolute form of <paramref name="reference"/>, which a server named; refused when it leads to another server.</summary>
    public Uri Resolve(string reference)
    {
        Uri target = Uri.TryCreate(new Uri(root + "/"), reference, out Uri? resolved) ? resolved : throw Broken("names a place that is no URL");
        return IsSameServer(options.Root, target) ? target : throw Broken("names a place on another server, which is not asked");
    }

    /// <summary>The place <paramref name="pathAndQuery"/> below the root.</summary>
    public Uri Place(string pathAndQuery) => new(root + pathAndQuery);

    /// <summary>Sends a request to <paramref name="target"/>, a place on this server; the head of the answer was received, whatever its status.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri target, Action<HttpRequestMessage> prepare, CancellationToken ct)
    {
        for (int redirections = 0; ; redirections++)
        {
            HttpResponseMessage answer = await SendOnceAsync(method, target, prepare, ct).ConfigureAwait(false);
            if (redirections == RedirectionsMax || method != HttpMethod.Get || Redirection(answer, target) is not Uri next)
            {
                return answer;
            }

            answer.Dispose();
            target = next;
        }
    }

    /// <summary>The body of <paramref name="answer"/>, watched.</summary>
    public async Task<Stream> BodyAsync(HttpResponseMessage answer, CancellationToken ct) =>
        new WatchedStream(await answer.Content.ReadAsStreamAsync(ct).ConfigureAwait(false), Server, options.IdleTimeout, options.Clock);

    /// <summary>The body of a request that writes <paramref name="writer"/>'s message.</summary>
    public HttpContent Content(MultipartWriter writer) => new SentContent(writer, Server, options);

    /// <summary>What a status that is no success becomes.</summary>
    public DicomWebStatusException Refused(string operation, HttpResponseMessage answer) =>
        new(Server, operation, answer.StatusCode, answer.Headers.RetryAfter switch
        {
            { Delta: TimeSpan delay } => delay,
            { Date: DateTimeOffset date } => date > options.Clock.GetUtcNow() ? date - options.Clock.GetUtcNow() : TimeSpan.Zero,
            _ => null,
        });

    /// <summary>What an answer that breaks the protocol becomes.</summary>
    public DicomNetworkException Broken(string problem) => new(NetworkFault.Protocol, $"{Server} {problem}");

    /// <inheritdoc/>
    public void Dispose() => invoker.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri target, Action<HttpRequestMessage> prepare, CancellationToken ct)
    {
        using HttpRequestMessage request = new(method, target);
        prepare(request);
        if (options.Authorization is not null)
        {
            request.Headers.Authorization = await options.Authorization(ct).ConfigureAwait(false);
        }

        bool asks = !ignoresExpectation && request.Content?.Headers.ContentLength is not (null or < AskedBytesMin);
        request.Headers.ExpectContinue = asks ? true : null;
        long started = Stopwatch.GetTimestamp();
        using CancellationTokenSource headTimeout = new(options.ConnectTimeout + options.AnswerTimeout, options.Clock);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(headTimeout.Token, ct);
        SentContent? body = request.Content as SentContent;
        body?.Pace(headTimeout, () => ignoresExpectation |= asks && Stopwatch.GetElapsedTime(started) >= ContinueTimeout * WaitedInVain);
        try
        {
            return await invoker.SendAsync(request, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new DicomNetworkException(NetworkFault.Timeout, $"{Server} did not answer in time", e);
        }
        catch (Exception) when (body?.SourceFault is Exception ours)
        {
            ExceptionDispatchInfo.Throw(ours); // what was to be sent could not be read: not the server's doing
            throw;
        }
        catch (HttpRequestException e)
        {
            throw e.InnerException as DicomNetworkException
                ?? (IsSecure ? TlsHandshake.FailureOf(e, e.HttpRequestError == HttpRequestError.SecureConnectionError, Server) : null)
                ?? new DicomNetworkException(Fault(e), $"{Server}: {Words(e)}", e);
        }
    }

    private static NetworkFault Fault(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError => NetworkFault.Unreachable,
        HttpRequestError.UserAuthenticationError => NetworkFault.Rejected,
        HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.VersionNegotiationError => NetworkFault.Protocol,
        _ => NetworkFault.Closed,
    };

    private static string Words(HttpRequestException e) => Fault(e) switch
    {
        NetworkFault.Unreachable => "nothing answers there",
        NetworkFault.Rejected => "it does not take who we are",
        NetworkFault.Protocol => "the answer is no HTTP that can be read",
        _ => "the connection ended before the answer",
    };

    /// <summary>Where <paramref name="answer"/> sends us on the same server (RFC 9110 15.4); null when it does not, or elsewhere.</summary>
    private static Uri? Redirection(HttpResponseMessage answer, Uri from) =>
        answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        && answer.Headers.Location is Uri location && Uri.TryCreate(from, location, out Uri? target) && IsSameServer(from, target) ? target : null;

    private static bool IsSameServer(Uri known, Uri other) =>
        known.Host == other.Host && known.Port == other.Port && known.Scheme == other.Scheme;
}
