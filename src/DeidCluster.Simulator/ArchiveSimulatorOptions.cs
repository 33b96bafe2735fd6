using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>Who a simulated archive is and where its instances lie.</summary>
public sealed record ArchiveSimulatorOptions
{
    /// <summary>Its AE title, as called by users and as calling its move destinations.</summary>
    public required string AeTitle { get; init; }

    /// <summary>Its TCP port on loopback; 0 lets the system choose.</summary>
    public int Port { get; init; }

    /// <summary>A folder of DICOM files, read with its subfolders at the start; stored instances are added to it. Null keeps everything in memory.</summary>
    public string? Folder { get; init; }

    /// <summary>The AE titles that it knows as move destinations and as users of storage commitment, and where they listen. More can be added later.</summary>
    public IReadOnlyDictionary<string, MoveDestination> Destinations { get; init; } = new Dictionary<string, MoveDestination>();

    /// <summary>Associations that one C-MOVE sends over at the same time.</summary>
    public int MoveAssociations { get; init; } = 1;

    /// <summary>Associations that it has at a time; the next one is refused.</summary>
    public int AssociationsMax { get; init; } = 64;

    /// <summary>It ends an association on which nothing happens for so long.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What it does wrong. Can be changed while it runs.</summary>
    public ArchiveFaults Faults { get; init; } = new();
}

/// <summary>Where a move destination listens.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">TCP port.</param>
public sealed record MoveDestination(string Host, int Port);

/// <summary>What a simulated archive does wrong, for tests. Everything is off at first; properties may be set at any time.</summary>
public sealed class ArchiveFaults
{
    /// <summary>Every association is refused with this.</summary>
    public AssociationRejection? RefuseAssociations { get; set; }

    /// <summary>Bytes that are no PDU are sent instead of an answer to the request for an association.</summary>
    public bool SendGarbage { get; set; }

    /// <summary>Every answer is late by this.</summary>
    public TimeSpan AnswerDelay { get; set; }

    /// <summary>Every C-FIND ends with this status after its first match.</summary>
    public DimseStatus? FailFind { get; set; }

    /// <summary>The Study Instance UID that C-FIND answers carry instead of the true one: an archive that lies.</summary>
    public string? AnswerWithStudy { get; set; }

    /// <summary>Every C-MOVE and C-GET is refused with this status before anything is sent.</summary>
    public DimseStatus? FailMove { get; set; }

    /// <summary>A C-MOVE or C-GET is aborted after so many instances; 0 is never.</summary>
    public int AbortMoveAfter { get; set; }

    /// <summary>Every so-many-th instance of a C-MOVE or C-GET is left out without a word; 0 is none.</summary>
    public int DropEvery { get; set; }

    /// <summary>Every so-many-th instance of a C-MOVE or C-GET is counted as failed; 0 is none.</summary>
    public int FailEvery { get; set; }
}
