using DeidCluster.Dicom;

namespace DeidCluster.Pipeline;

/// <summary>Where de-identified instances go. Closed: a folder or a DIMSE peer.</summary>
public abstract record DestinationSettings
{
    /// <summary>The name that projects and operators use.</summary>
    public required string Name { get; init; }
}

/// <summary>A folder, filled as study/series/instance.dcm under the new UIDs.</summary>
public sealed record FolderDestinationSettings : DestinationSettings
{
    /// <summary>The folder; it must exist, so that a missing mount is noticed and not filled under.</summary>
    public required string Path { get; init; }
}

/// <summary>A DICOM peer that takes C-STORE.</summary>
public sealed record DimseDestinationSettings : DestinationSettings
{
    /// <summary>Host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port.</summary>
    public required int Port { get; init; }

    /// <summary>The peer's AE title.</summary>
    public required string AeTitle { get; init; }

    /// <summary>Our AE title when we call it.</summary>
    public required string CallingAeTitle { get; init; }

    /// <summary>TLS, or null for plain TCP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>How many associations one delivery may hold at a time.</summary>
    public int AssociationsMax { get; init; } = 2;

    /// <summary>How long a connection and its negotiation may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the peer may take to answer one C-STORE.</summary>
    public TimeSpan StoreTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
