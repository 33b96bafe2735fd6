using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>Everything that the effects are made of, built from settings. A node opens it once, registers <see cref="Effects"/> and gives <see cref="Receiver"/> to its listener.</summary>
public sealed class PipelineParts : IAsyncDisposable
{
    private readonly FrameCodecs codecs;

    private PipelineParts(
        StagingArea staging, IReadOnlyList<IEffectHandler> effects, IScpHandler receiver, Configured<IArchive> archives, ResultRetention retention, FrameCodecs codecs) =>
        (Staging, Effects, Receiver, Archives, Retention, this.codecs) = (staging, effects, receiver, archives, retention, codecs);

    /// <summary>The handlers of "locate", "fetch", "anonymize", "verify" and "deliver".</summary>
    public IReadOnlyList<IEffectHandler> Effects { get; }

    /// <summary>What the DICOM listener does for archives.</summary>
    public IScpHandler Receiver { get; }

    /// <summary>The archives, for C-ECHO.</summary>
    public Configured<IArchive> Archives { get; }

    /// <summary>The shared files.</summary>
    public StagingArea Staging { get; }

    /// <summary>Releases what is delivered; a node calls it now and then.</summary>
    public ResultRetention Retention { get; }

    /// <summary>Opens staging and builds the parts. Names that are given twice, and AE titles that two archives send with, are an <see cref="ArgumentException"/>.</summary>
    /// <param name="settings">What to build.</param>
    /// <param name="index">The rows of studies and instances.</param>
    /// <param name="time">The clock.</param>
    /// <param name="listenerFaulted">Told of what <see cref="Receiver"/> refused and of associations that broke.</param>
    public static PipelineParts Open(PipelineSettings settings, IStudyIndex index, TimeProvider time, Action<Exception>? listenerFaulted = null)
    {
        GroupSync files = new(new LinuxFiles());
        Configured<IDestination> destinations = new("destination", settings.Destinations.Select(destination => Build(destination, files, time)), destination => destination.Name);
        Configured<PipelineProject> projects = new("project", settings.Projects.Select(project => new PipelineProject(project)), project => project.Name);
        StagingArea staging = StagingArea.Open(settings.Staging, files);
        StagingInbox inbox = new(staging);
        Configured<IArchive> archives = new("archive", settings.Archives.Select(archive => Build(archive, inbox, time)), archive => archive.Name);
        CoreBudget cores = new(settings.CoresMax);
        EffectEdge edge = new(index, time);
        FrameCodecs codecs = new(settings.CodecWorkers);
        IReadOnlyList<IEffectHandler> effects =
        [
            new LocateHandler(archives, projects, edge),
            new FetchHandler(archives, projects, staging, edge, time),
            new AnonymizeHandler(projects, staging, index, cores, codecs, edge, time),
            new VerifyHandler(projects, staging, index, cores, codecs, edge),
            new DeliverHandler(projects, destinations, staging, edge),
        ];
        DicomReceiver receiver = new(settings.AeTitle, settings.Archives, inbox, listenerFaulted);
        return new PipelineParts(staging, effects, receiver, archives, new ResultRetention(staging, index, settings.Staging.ReleaseResults), codecs);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await codecs.DisposeAsync();
        Staging.Dispose();
    }

    private static IArchive Build(ArchiveSettings settings, StagingInbox inbox, TimeProvider time) => settings switch
    {
        DimseArchiveSettings dimse => new DimseArchive(dimse, inbox, time),
        DicomWebArchiveSettings web => new DicomWebArchive(web, inbox, time),
        _ => throw new ArgumentException($"Archive '{settings.Name}' is of no known kind.", nameof(settings)),
    };

    private static IDestination Build(DestinationSettings settings, GroupSync files, TimeProvider time) => settings switch
    {
        FolderDestinationSettings folder => new FolderDestination(folder, files),
        DimseDestinationSettings dimse => new DimseDestination(dimse, time),
        _ => throw new ArgumentException($"Destination '{settings.Name}' is of no known kind.", nameof(settings)),
    };
}
