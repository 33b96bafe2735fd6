using DeidCluster.Dicom;
using DeidCluster.Pipeline;
using DeidCluster.Studies;
using Retrieval = DeidCluster.Pipeline.Retrieval;

namespace DeidCluster.Simulation;

/// <summary>How an archive behaves at the moment.</summary>
internal enum ArchiveMood
{
    /// <summary>As the standard says.</summary>
    Truthful,

    /// <summary>Refuses associations.</summary>
    Refusing,

    /// <summary>Takes questions and never answers.</summary>
    Silent,

    /// <summary>Takes long for everything.</summary>
    Slow,

    /// <summary>Says that it has sent what it has not, and sends some of it twice, late, or not at all.</summary>
    Lying,

    /// <summary>Does not know of some studies that it has.</summary>
    Forgetful,

    /// <summary>Ends in the middle with a failure.</summary>
    Failing,
}

/// <summary>An archive: what it holds, how it behaves, and the associations that it has open by its own account.</summary>
internal sealed class SimulatedArchive(World world, string name, Random random)
{
    /// <summary>An association on which nothing happens is ended.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(30);

    private readonly SortedDictionary<string, SourceStudy> studies = new(StringComparer.Ordinal);
    private readonly List<Association> open = [];

    public string Name => name;

    public ArchiveMood Mood { get; set; }

    /// <summary>Associations that are open now.</summary>
    public int Open => open.Count;

    public void Add(SourceStudy study) => studies[study.StudyUid] = study;

    /// <summary>A question arrives: a new association, or the reason why there is none.</summary>
    public Association Accept(NodeProcess from, string purpose)
    {
        if (Mood == ArchiveMood.Refusing)
        {
            throw new AssociationRejectedException(name, AssociationRejection.TemporaryCongestion);
        }

        Association association = new(this, from, purpose);
        open.Add(association);
        world.Trace.Say($"{name} association {open.Count} {from} {purpose}");
        world.Checker.Associated(name, open.Select(one => $"{one.Owner} {one.Purpose}"));
        if (from.Scheduler.IsStopped)
        {
            FellSilent(from);
        }

        return association;
    }

    public void Close(Association association)
    {
        if (open.Remove(association))
        {
            world.Trace.Say($"{name} closed {association.Owner} {association.Purpose}");
        }
    }

    /// <summary>Nothing is heard of the process any more: its associations end after the idle time-out, unless it is heard again before.</summary>
    public void FellSilent(NodeProcess process)
    {
        int pause = process.Pauses;
        foreach (Association association in open.Where(one => one.Owner == process).ToList())
        {
            world.Loop.After(IdleTimeout, () =>
            {
                if (process.Scheduler.IsStopped && process.Pauses == pause && open.Contains(association))
                {
                    association.Abort();
                }
            });
        }
    }

    /// <summary>The process's host has ended its connections.</summary>
    public void Reset(NodeProcess process) => open.Where(one => one.Owner == process).ToList().ForEach(one => one.Abort());

    /// <summary>The process is heard again: what was answered meanwhile is released.</summary>
    public void HeardAgain(NodeProcess process) => open.Where(one => one.Owner == process && one.IsAnswered).ToList().ForEach(Close);

    public IReadOnlyList<ArchiveSeries> Find(StudyRequest request)
    {
        if (Mood == ArchiveMood.Forgetful && random.Next(2) == 0)
        {
            return [];
        }

        IEnumerable<SourceStudy> found = request.StudyUid is { } uid
            ? studies.Values.Where(study => study.StudyUid == uid)
            : studies.Values.Where(study => study.Mrn == request.Mrn && study.AccessionNumber == request.AccessionNumber);
        return
        [
            .. found.SelectMany(study => study.Instances.GroupBy(instance => instance.SeriesUid)
                .Where(series => request.SeriesUids.Count == 0 || request.SeriesUids.Contains(series.Key))
                .Select(series => new ArchiveSeries(
                    study.StudyUid, series.Key, "CT", null, [.. series.Select(instance => new ArchiveInstance(instance.SopInstanceUid, "1.2.840.10008.5.1.4.1.1.2"))]))),
        ];
    }

    public IReadOnlyList<SourceInstance> Asked(Retrieval retrieval) => studies.GetValueOrDefault(retrieval.StudyUid) is not { } study ? [] :
    [
        .. study.Instances.Where(instance => retrieval.SeriesUid is null || instance.SeriesUid == retrieval.SeriesUid)
            .Where(instance => retrieval.SopInstanceUids.Count == 0 || retrieval.SopInstanceUids.Contains(instance.SopInstanceUid)),
    ];

    /// <summary>How long one way to it takes.</summary>
    public TimeSpan Way() => TimeSpan.FromMicroseconds(100 + random.Next(2_000));

    /// <summary>How long it takes for one answer or one instance.</summary>
    public TimeSpan Pace() => TimeSpan.FromMilliseconds(Mood == ArchiveMood.Slow ? 500 + random.Next(15_000) : 2 + random.Next(200));

    /// <summary>Whether the next instance is sent in time, late, twice or never.</summary>
    public int Sending() => Mood == ArchiveMood.Lying ? random.Next(5) : 4;

    public bool Breaks() => Mood == ArchiveMood.Failing && random.Next(3) == 0;

    /// <summary>One association, as the archive counts it.</summary>
    internal sealed class Association(SimulatedArchive archive, NodeProcess owner, string purpose)
    {
        public NodeProcess Owner { get; } = owner;

        public string Purpose { get; } = purpose;

        /// <summary>True once the last answer was given.</summary>
        public bool IsAnswered { get; set; }

        public bool IsAborted { get; private set; }

        /// <summary>What its user is told when the archive ends it.</summary>
        public Action OnAbort { get; set; } = static () => { };

        public void Abort()
        {
            IsAborted = true;
            archive.Close(this);
            OnAbort();
        }

        public void Close() => archive.Close(this);
    }
}
