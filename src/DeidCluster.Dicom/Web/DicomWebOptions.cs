using System.Net.Http.Headers;

namespace DeidCluster.Dicom;

/// <summary>Which DICOMweb server a <see cref="DicomWebClient"/> speaks to, as whom, and how long it waits.</summary>
public sealed record DicomWebOptions
{
    /// <summary>The root of the service, such as "https://archive.example/dicom-web": "/studies" is appended to it.</summary>
    public required Uri Root { get; init; }

    /// <summary>Longest wait for a connection, with TLS.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for the head of an answer, once the whole request was sent: a server may have to fetch from tape.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Longest silence inside a body, sent or received.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connections kept to the server at most; further requests wait for one.</summary>
    public int ConnectionsMax { get; init; } = 8;

    /// <summary>
    /// The value of the Authorization header, asked for before each request, so that a token can be renewed; null sends none.
    /// <c>new("Bearer", token)</c> or <see cref="Basic"/>.
    /// </summary>
    public Func<CancellationToken, ValueTask<AuthenticationHeaderValue?>>? Authorization { get; init; }

    /// <summary>Our certificate, trusted roots, pins and the rest for https; null trusts the system's roots and shows no certificate.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Puts handlers of one's own (signatures, proxies) before the one that connects; null for none. They see URLs, which hold identifiers.</summary>
    public Func<HttpMessageHandler, HttpMessageHandler>? Wrap { get; init; }

    /// <summary>How much of a multipart answer is taken.</summary>
    public MultipartLimits Multipart { get; init; } = MultipartLimits.Default;

    /// <summary>The clock of all waits but the connection's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Basic authorization (RFC 7617) of <paramref name="user"/>.</summary>
    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user}:{password}")));
}
