using System.Net.Http.Headers;
using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>Where studies are fetched from. Closed: over DIMSE, or over DICOMweb.</summary>
public abstract record ArchiveSettings
{
    /// <summary>The name that projects, studies and operators use.</summary>
    public required string Name { get; init; }

    /// <summary>TLS, or null for none.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>How long a connection and its negotiation may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the archive may stay silent within a query.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the archive may stay silent within a retrieval.</summary>
    public TimeSpan RetrieveTimeout { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>By which operation an archive gives its instances.</summary>
public enum RetrieveOperation
{
    /// <summary>C-MOVE: it opens associations to our listener. What every archive can.</summary>
    Move,

    /// <summary>C-GET: on the association that asks, so that it need not know us or reach us.</summary>
    Get,
}

/// <summary>How one archive (a PACS or VNA) is reached over DIMSE.</summary>
public sealed record DimseArchiveSettings : ArchiveSettings
{
    /// <summary>Host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port.</summary>
    public required int Port { get; init; }

    /// <summary>The archive's AE title: the one we call, and the one it sends with.</summary>
    public required string AeTitle { get; init; }

    /// <summary>Our AE title when we call it.</summary>
    public required string CallingAeTitle { get; init; }

    /// <summary>The AE title of our listener as the archive knows it: the destination of C-MOVE.</summary>
    public required string MoveDestinationAeTitle { get; init; }

    /// <summary>Further AE titles with which it sends to us; <see cref="AeTitle"/> is always one.</summary>
    public IReadOnlyList<string> SendingAeTitles { get; init; } = [];

    /// <summary>How it gives instances.</summary>
    public RetrieveOperation Retrieve { get; init; }
}

/// <summary>How one archive is reached over DICOMweb: QIDO-RS and WADO-RS (PS3.18 10.4, 10.6).</summary>
public sealed record DicomWebArchiveSettings : ArchiveSettings
{
    /// <summary>The root of the service, such as "https://archive.example/dicom-web".</summary>
    public required Uri Root { get; init; }

    /// <summary>Who we are, asked for before each request; null when it does not ask.</summary>
    public Func<CancellationToken, ValueTask<AuthenticationHeaderValue?>>? Authorization { get; init; }
}
