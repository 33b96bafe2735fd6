namespace DeidCluster.Dicom;

/// <summary>How worker processes are started and what they may take.</summary>
public sealed record CodecWorkerOptions
{
    /// <summary>
    /// The command line that starts a worker: a program and its arguments, to which the memory limit in bytes is appended, and which then calls
    /// <see cref="CodecWorker.Run"/> with it. The library knows no program of its own.
    /// </summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The most workers at a time; each works on one frame at a time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>A worker that takes longer for one frame is ended, and the frame refused.</summary>
    public TimeSpan FrameTimeMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>A worker that takes longer to come up is ended.</summary>
    public TimeSpan StartTimeMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The memory that a worker may take beyond what it has after its start: room for several copies of the largest frame that is expected. Bytes.</summary>
    public long WorkerMemoryBytesMax { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>The file or folder of GDCM's binding; null to look in the usual places (<see cref="GdcmLibrary"/>).</summary>
    public string? GdcmPlace { get; init; }

    /// <summary>The clock of the two limits of time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
