using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline.Tests;

/// <summary>The ledger of one study and the identities, in memory; takes up what an effect reports as a turn would.</summary>
internal sealed class MemoryIndex : IStudyIndex
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string, string), InstanceRow> ledger = [];
    private readonly Dictionary<(string, string), IdentityRow> identities = [];
    private readonly Dictionary<string, StudyStatus> statuses = [];

    /// <summary>What was reported while effects ran, in order.</summary>
    public List<ReportProgress> Progress { get; } = [];

    /// <summary>The rows as they stand.</summary>
    public IReadOnlyList<InstanceRow> Rows
    {
        get
        {
            lock (gate)
            {
                return [.. ledger.Values];
            }
        }
    }

    public void Put(IEnumerable<InstanceRow> rows)
    {
        lock (gate)
        {
            foreach (InstanceRow row in rows)
            {
                ledger[(row.IdStudyUid, row.IdSopInstanceUid)] = row;
            }
        }
    }

    public void Put(string studyId, StudyStatus status) => statuses[studyId] = status;

    /// <summary>Takes up progress, or an effect's result.</summary>
    public Task TakeAsync(ICommand command)
    {
        if (command is ReportProgress progress)
        {
            Progress.Add(progress);
        }

        Put(command switch
        {
            ReportLocated report => report.Inventory,
            ReportFetched report => report.Changed,
            ReportAnonymized report => report.Changed,
            ReportVerified report => report.Changed,
            ReportDelivered report => report.Changed,
            ReportProgress report => report.Changed,
            ReportFailed report => report.Changed,
            _ => [],
        });
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<InstanceRow>> LedgerAsync(string studyId, CancellationToken cancellation) => Task.FromResult(Rows);

    public Task<IdentityRow> FixIdentityAsync(IdentityRow proposal, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (!identities.ContainsKey((proposal.Project, proposal.SubjectKey)))
            {
                identities[(proposal.Project, proposal.SubjectKey)] = proposal.CounterDigits > 0 ? proposal.Numbered(identities.Count + 1) : proposal;
            }

            return Task.FromResult(identities[(proposal.Project, proposal.SubjectKey)]);
        }
    }

    public Task<IdentityRow?> FindIdentityAsync(string project, string subjectKey, CancellationToken cancellation)
    {
        lock (gate)
        {
            return Task.FromResult(identities.GetValueOrDefault((project, subjectKey)));
        }
    }

    public Task<StudyRow?> FindAsync(string studyId, CancellationToken cancellation) => Task.FromResult(
        statuses.TryGetValue(studyId, out StudyStatus status) ? new StudyRow { StudyId = studyId, Project = "test", Status = status } : null);

    public Task<StudyPage> ListAsync(StudyFilter filter, CancellationToken cancellation) => Task.FromResult(new StudyPage([], null));

    public Task<IReadOnlyList<StatusCount>> CountAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<StatusCount>>([]);

    public Task<IReadOnlyList<ProjectRow>> ProjectsAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<ProjectRow>>([]);

    public Task<IReadOnlyList<ArchiveRow>> ArchivesAsync(CancellationToken cancellation) => Task.FromResult<IReadOnlyList<ArchiveRow>>([]);

    public Task<IReadOnlyList<LinkageRow>> LinkageAsync(string project, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<LinkageRow>>([]);
}
