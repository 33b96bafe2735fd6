using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>How one archive (a PACS or VNA) is reached over DIMSE.</summary>
public sealed record ArchiveSettings
{
    /// <summary>The name that projects, studies and operators use.</summary>
    public required string Name { get; init; }

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

    /// <summary>TLS, or null for plain TCP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>How long a connection and its negotiation may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the archive may stay silent within a query.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the archive may stay silent within a retrieval.</summary>
    public TimeSpan RetrieveTimeout { get; init; } = TimeSpan.FromMinutes(5);
}
