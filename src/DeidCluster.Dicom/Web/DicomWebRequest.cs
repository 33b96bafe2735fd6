namespace DeidCluster.Dicom;

/// <summary>A request to a DICOMweb provider, as a host took it from its transport.</summary>
public sealed record DicomWebRequest
{
    /// <summary>GET or POST.</summary>
    public required string Method { get; init; }

    /// <summary>The path below the root of the service, without escapes: "/studies/1.2.3".</summary>
    public required string Path { get; init; }

    /// <summary>The query with escapes, with or without "?"; empty when there is none.</summary>
    public string Query { get; init; } = "";

    /// <summary>The absolute URL of the root, from which URLs in answers are made: "https://archive.example/dicom-web".</summary>
    public required string Root { get; init; }

    /// <summary>The Accept header; null when it is missing.</summary>
    public string? Accept { get; init; }

    /// <summary>The media type of <see cref="Body"/>; null when it is missing.</summary>
    public string? ContentType { get; init; }

    /// <summary>The Range header; null when it is missing.</summary>
    public string? Range { get; init; }

    /// <summary>The body.</summary>
    public Stream Body { get; init; } = Stream.Null;

    /// <summary>The method alone: paths and queries identify.</summary>
    public override string ToString() => Method;
}
