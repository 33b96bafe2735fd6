using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Store.Postgres;
using DeidCluster.Store.Sqlite;
using DeidCluster.Studies;

namespace DeidCluster.Node;

/// <summary>What node.yaml says. Paths are absolute.</summary>
public sealed record NodeSettings
{
    /// <summary>The node's name for people.</summary>
    public required string Name { get; init; }

    /// <summary>Where the HTTP API listens; port 0 lets the system choose.</summary>
    public required HttpSettings Http { get; init; }

    /// <summary>Where the DICOM listener listens.</summary>
    public required DicomSettings Dicom { get; init; }

    /// <summary>The store under the engine; made when it is missing.</summary>
    public required StoreSettings Store { get; init; }

    /// <summary>How long this node keeps its shards after its last heartbeat: what others wait before they take over from a node that died.</summary>
    public TimeSpan LeaseTime { get; init; } = DefaultLeaseTime;

    /// <summary><see cref="LeaseTime"/> unless node.yaml says otherwise.</summary>
    public static readonly TimeSpan DefaultLeaseTime = TimeSpan.FromSeconds(15);

    /// <summary>How long effects may take to end when the node is stopped or drained; what is left then is handed over.</summary>
    public TimeSpan DrainTime { get; init; } = DefaultDrainTime;

    /// <summary><see cref="DrainTime"/> unless node.yaml says otherwise.</summary>
    public static readonly TimeSpan DefaultDrainTime = TimeSpan.FromSeconds(5);

    /// <summary>No node takes longer to drain. Seconds.</summary>
    public const int DrainSecondsMax = 600;

    /// <summary>The staging tree.</summary>
    public required string StagingFolder { get; init; }

    /// <summary>True: results leave staging once every destination has confirmed them.</summary>
    public bool ReleaseResults { get; init; } = true;

    /// <summary>How long journals and ledgers of finished studies are kept where their project does not say; null for ever.</summary>
    public RecordRetention? Retention { get; init; }

    /// <summary>Where the records of retired studies are written to, when their rule says so. The same folder on all nodes.</summary>
    public required string RetiredFolder { get; init; }

    /// <summary>Where log files go; null for none.</summary>
    public string? LogFolder { get; init; }

    /// <summary>True: the log goes to the console too.</summary>
    public bool LogToConsole { get; init; }

    /// <summary>The installation's secret.</summary>
    public required string InstallationSecretFile { get; init; }

    /// <summary>The folder of the projects' key files, each named like its project with the ending ".key".</summary>
    public required string ProjectKeysFolder { get; init; }

    /// <summary>How many effects of each kind run at a time on this node.</summary>
    public EffectLimits Effects { get; init; } = new();

    /// <summary>How long one attempt at an effect of each kind may take. Minutes.</summary>
    public EffectMinutes EffectMinutes { get; init; } = new();

    /// <summary>How many instances are de-identified or verified at a time on this node.</summary>
    public int CoresMax { get; init; } = Environment.ProcessorCount;
}

/// <summary>Where the store is: a file of this node alone, or a PostgreSQL server that nodes share. Exactly one is set.</summary>
/// <param name="SqliteFile">The file; made when it is missing.</param>
/// <param name="Postgres">How to reach the server.</param>
public sealed record StoreSettings(string? SqliteFile, PostgresStoreSettings? Postgres)
{
    /// <summary>Opens it; the result is an <see cref="IStudyIndex"/> too. On a server, leases are judged by the server's clock and not by <paramref name="time"/>.</summary>
    public async Task<IActorStore> OpenAsync(TimeProvider time, CancellationToken cancellation) => Postgres is not null
        ? await PostgresStore.OpenAsync(Postgres, cancellation: cancellation)
        : await SqliteStore.OpenAsync(SqliteFile!, time: time, cancellation: cancellation);
}

/// <summary>The HTTP API of a node.</summary>
public sealed record HttpSettings
{
    /// <summary>Where a node listens unless it is told otherwise.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8042";

    /// <summary>The address; loopback unless there is a token.</summary>
    public Uri Url { get; init; } = new(DefaultUrl);

    /// <summary>The secret that every request must carry as a bearer token; null when the API is open to this machine.</summary>
    public string? Token { get; init; }

    /// <summary>A larger request body is refused. Bytes.</summary>
    public int BodyBytesMax { get; init; } = 4 * 1024 * 1024;

    /// <summary>A request for more studies at once is refused.</summary>
    public int RowsMax { get; init; } = 1000;
}

/// <summary>The DICOM listener of a node.</summary>
public sealed record DicomSettings
{
    /// <summary>Our AE title.</summary>
    public required string AeTitle { get; init; }

    /// <summary>The IP address to listen on; archives must reach it, so it is often "0.0.0.0".</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The TCP port; 0 lets the system choose.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>TLS, or null for plain TCP.</summary>
    public TlsOptions? Tls { get; init; }

    /// <summary>Who may call; of those, only archives are taken from.</summary>
    public AllowedPeers AllowedPeers { get; init; } = AllowedPeers.Anyone;

    /// <summary>The registered port for DICOM (PS3.8 9.1.1).</summary>
    public const int DefaultPort = 11112;
}

/// <summary>Effects of a kind that run at once on one node.</summary>
public sealed record EffectLimits(int Locate = 4, int Fetch = 4, int Anonymize = 2, int Verify = 2, int Deliver = 2, int Retire = 2);

/// <summary>How long one attempt at an effect of a kind may take before it is stopped and tried again. Minutes.</summary>
public sealed record EffectMinutes(int Locate = 30, int Fetch = 720, int Anonymize = 720, int Verify = 720, int Deliver = 720, int Retire = 60);
