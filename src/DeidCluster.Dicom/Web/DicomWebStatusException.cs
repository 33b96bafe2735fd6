using System.Net;

namespace DeidCluster.Dicom;

/// <summary>A DICOMweb server answered a status that is no success (PS3.18 8.5). The message names the server and the status, never the resource.</summary>
public sealed class DicomWebStatusException(string server, string operation, HttpStatusCode status, TimeSpan? retryAfter)
    : DicomNetworkException(NetworkFault.Status, $"{server} answered {operation} with {(int)status}{Meaning(status)}")
{
    /// <summary>The status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>How long the server asks to wait before the request is repeated (RFC 9110 10.2.3); null when it does not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;

    /// <summary>True when the same request may succeed later: 408, 425, 429 and all of 5xx but 501 and 505.</summary>
    public bool IsTransient => Status is HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests
        || ((int)Status >= 500 && Status is not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported));

    private static string Meaning(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => " (not authenticated)",
        HttpStatusCode.Forbidden => " (not allowed)",
        HttpStatusCode.NotFound => " (not found)",
        HttpStatusCode.NotAcceptable => " (it cannot give the asked media type)",
        HttpStatusCode.Gone => " (gone)",
        HttpStatusCode.UnsupportedMediaType => " (it does not take the media type)",
        >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest => " (redirections to another server are not followed)",
        _ => "",
    };
}
