using System.Text;
using DeidCluster.Studies;
using DeidCluster.Engine;

namespace DeidCluster.Simulation;

/// <summary>The index of studies, the ledger, claims, linkage, identities, and the rows of projects and archives.</summary>
internal sealed class StudyTables
{
    private const int ListRowsMax = 1_000;

    private readonly SortedDictionary<string, StudyRow> studies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<Place>> admissionLines = [];
    private readonly Dictionary<string, SortedDictionary<string, SortedSet<Place>>> permitLines = [];
    private readonly Dictionary<string, SortedDictionary<string, InstanceRow>> ledgers = [];
    private readonly SortedDictionary<string, ClaimRow> claims = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LinkageRow> linkage = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ProjectRow> projects = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ArchiveRow> archives = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Project, string SubjectKey), IdentityRow> identities = [];
    private readonly Dictionary<string, long> counters = new(StringComparer.Ordinal);

    private readonly SortedDictionary<string, TombstoneRow> tombstones = new(StringComparer.Ordinal);

    public IEnumerable<StudyRow> Studies => studies.Values;

    public IEnumerable<KeyValuePair<string, SortedDictionary<string, InstanceRow>>> Ledgers => ledgers;

    public IEnumerable<ClaimRow> Claims => claims.Values;

    public IReadOnlyList<ProjectRow> Projects => [.. projects.Values];

    public IReadOnlyList<ArchiveRow> Archives => [.. archives.Values];

    public static bool Knows(RowWrite row) => row is
        StudyRow or InstanceRow or LedgerReset or LedgerClear or ClaimRow or ClaimRelease or LinkageRow or ProjectRow or ArchiveRow or TombstoneRow;

    public StudyRow? Find(string studyId) => studies.GetValueOrDefault(studyId);

    public IReadOnlyList<InstanceRow> Ledger(string studyId) => ledgers.TryGetValue(studyId, out var rows) ? [.. rows.Values] : [];

    public IReadOnlyList<LinkageRow> Linkage(string project) =>
        [.. linkage.Values.Where(row => row.Project == project).OrderBy(row => row.At).ThenBy(row => row.StudyId, StringComparer.Ordinal)];

    public IReadOnlyList<StatusCount> Count() =>
    [
        .. studies.Values.GroupBy(row => (row.Project, row.Status)).Select(group => new StatusCount(group.Key.Project, group.Key.Status, group.LongCount()))
            .OrderBy(count => count.Project, StringComparer.Ordinal).ThenBy(count => count.Status.ToString(), StringComparer.Ordinal),
    ];

    public TombstoneRow? Tombstone(string studyId) => tombstones.GetValueOrDefault(studyId);

    public IReadOnlyList<(string Project, long Studies)> CountTombstones() =>
        [.. tombstones.Values.GroupBy(row => row.Project, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => (group.Key, group.LongCount()))];

    public (long Studies, DateTimeOffset? Oldest) CountRetirable(string project, DateTimeOffset before)
    {
        DateTimeOffset[] finished = [.. studies.Values.Where(row => row.Project == project && row.FinishedAt < before).Select(row => row.FinishedAt!.Value)];
        return (finished.Length, finished.Length > 0 ? finished.Min() : null);
    }

    public IEnumerable<RetirableStudy> Retirable(RetirableStudies query) =>
        studies.Values.Where(row => row.Project == query.Project && row.FinishedAt is not null).OrderBy(row => row.FinishedAt).ThenBy(row => row.StudyId, StringComparer.Ordinal)
            .Take(Math.Max(0, query.Limit)).Select(row => new RetirableStudy(row.StudyId, row.FinishedAt!.Value));

    public bool HasIdentity(string project, string subjectKey) => identities.ContainsKey((project, subjectKey));

    public IdentityRow Fix(IdentityRow proposal)
    {
        if (Identity(proposal.Project, proposal.SubjectKey) is { } known)
        {
            return known;
        }

        long number = proposal.CounterDigits > 0 ? counters[proposal.Project] = counters.GetValueOrDefault(proposal.Project) + 1 : 0;
        return identities[(proposal.Project, proposal.SubjectKey)] = number > 0 ? proposal.Numbered(number) : proposal;
    }

    public IdentityRow? Identity(string project, string subjectKey) => identities.GetValueOrDefault((project, subjectKey));

    public IEnumerable<StudyRow> Waiting(AdmissionQueue query) =>
        admissionLines.GetValueOrDefault(query.Project, []).Take(Math.Max(0, query.Limit)).Select(place => studies[place.StudyId]);

    public IEnumerable<StudyRow> Waiting(PermitQueue query) =>
        permitLines.GetValueOrDefault(query.Archive, []).Values.SelectMany(line => line.Take(Math.Max(0, query.LimitPerProject)))
            .Order().Take(PermitQueue.RowsMax).Select(place => studies[place.StudyId]);

    public IEnumerable<ClaimRow> Owners(ClaimOwners query) =>
        query.IdStudyUids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(uid => claims.GetValueOrDefault(ClaimKey(query.Project, uid))).OfType<ClaimRow>();

    /// <summary>False when a row of the turn claims what another study has, the releases before it in the same turn counted.</summary>
    public bool CanClaim(IReadOnlyList<RowWrite> rows)
    {
        Dictionary<string, string> claimed = [];
        HashSet<string> released = [];
        foreach (RowWrite row in rows)
        {
            if (row is ClaimRelease release)
            {
                released.Add(release.StudyId);
                foreach (string key in claimed.Where(one => one.Value == release.StudyId).Select(one => one.Key).ToList())
                {
                    claimed.Remove(key);
                }
            }
            else if (row is ClaimRow claim)
            {
                string key = ClaimKey(claim.Project, claim.IdStudyUid);
                string? owner = claimed.GetValueOrDefault(key);
                if (owner is null && claims.TryGetValue(key, out ClaimRow? known) && !released.Contains(known.StudyId))
                {
                    owner = known.StudyId;
                }

                if (owner is not null && owner != claim.StudyId)
                {
                    return false;
                }

                claimed[key] = claim.StudyId;
            }
        }

        return true;
    }

    public void Write(RowWrite row)
    {
        switch (row)
        {
            case StudyRow study:
                Put(study);
                break;
            case InstanceRow instance:
                LedgerOf(instance.StudyId)[InstanceKey(instance)] = instance;
                break;
            case LedgerReset reset:
                Reset(reset);
                break;
            case LedgerClear clear:
                ledgers.Remove(clear.StudyId);
                break;
            case ClaimRow claim:
                claims[ClaimKey(claim.Project, claim.IdStudyUid)] = claim;
                break;
            case ClaimRelease release:
                foreach (string key in claims.Where(one => one.Value.StudyId == release.StudyId).Select(one => one.Key).ToList())
                {
                    claims.Remove(key);
                }

                break;
            case LinkageRow line:
                linkage[line.StudyId] = line;
                break;
            case TombstoneRow tombstone:
                tombstones[tombstone.StudyId] = tombstone;
                break;
            case ProjectRow project:
                projects[project.Project] = project;
                break;
            case ArchiveRow archive:
                archives[archive.Archive] = archive;
                break;
        }
    }

    /// <summary>One page, newest first; the cursor is the last row's place in that order.</summary>
    public StudyPage List(StudyFilter filter)
    {
        int limit = Math.Clamp(filter.Limit, 1, ListRowsMax);
        IEnumerable<StudyRow> found = studies.Values.Where(row => Matches(row, filter))
            .OrderByDescending(row => row.RequestedAt).ThenByDescending(row => row.StudyId, StringComparer.Ordinal);
        if (filter.Cursor is not null)
        {
            (long ticks, string studyId) = ReadCursor(filter.Cursor);
            found = found.Where(row => row.RequestedAt.UtcTicks < ticks || (row.RequestedAt.UtcTicks == ticks && string.CompareOrdinal(row.StudyId, studyId) < 0));
        }

        List<StudyRow> rows = [.. found.Take(limit + 1)];
        return rows.Count <= limit ? new StudyPage(rows, null) : new StudyPage(rows[..limit], WriteCursor(rows[limit - 1]));
    }

    private bool Matches(StudyRow row, StudyFilter filter) =>
        (filter.Project is null || row.Project == filter.Project)
        && (filter.Statuses.Count == 0 || filter.Statuses.Contains(row.Status))
        && (filter.Mrn is null || row.IdMrn == filter.Mrn)
        && (filter.AccessionNumber is null || row.IdAccessionNumber == filter.AccessionNumber)
        && (filter.StudyUid is null || row.IdStudyUid == filter.StudyUid || Ledger(row.StudyId).Any(instance => instance.IdStudyUid == filter.StudyUid))
        && (filter.ProcedureId is null || row.IdProcedure == filter.ProcedureId);

    private void Put(StudyRow study)
    {
        if (studies.TryGetValue(study.StudyId, out StudyRow? before))
        {
            Leave(before);
        }

        studies[study.StudyId] = study;
        if (study.Status == StudyStatus.Queued)
        {
            Line(admissionLines, study.Project).Add(new Place(study));
        }

        if (study is { WantsPermit: true, Archive: { } archive })
        {
            if (!permitLines.TryGetValue(archive, out SortedDictionary<string, SortedSet<Place>>? lines))
            {
                permitLines[archive] = lines = new(StringComparer.Ordinal);
            }

            Line(lines, study.Project).Add(new Place(study));
        }
    }

    private void Leave(StudyRow before)
    {
        if (before.Status == StudyStatus.Queued)
        {
            admissionLines[before.Project].Remove(new Place(before));
        }

        if (before is { WantsPermit: true, Archive: { } archive })
        {
            permitLines[archive][before.Project].Remove(new Place(before));
        }
    }

    private void Reset(LedgerReset reset)
    {
        SortedDictionary<string, InstanceRow> rows = LedgerOf(reset.StudyId);
        foreach ((string key, InstanceRow row) in rows.Where(one => reset.From.Contains(one.Value.State)).ToList())
        {
            rows[key] = row with { State = reset.To, Reason = null };
        }
    }

    private SortedDictionary<string, InstanceRow> LedgerOf(string studyId)
    {
        if (!ledgers.TryGetValue(studyId, out SortedDictionary<string, InstanceRow>? rows))
        {
            ledgers[studyId] = rows = new(StringComparer.Ordinal);
        }

        return rows;
    }

    private static SortedSet<Place> Line(IDictionary<string, SortedSet<Place>> lines, string key)
    {
        if (!lines.TryGetValue(key, out SortedSet<Place>? line))
        {
            lines[key] = line = [];
        }

        return line;
    }

    private static string ClaimKey(string project, string uid) => $"{project}\0{uid}";

    private static string InstanceKey(InstanceRow row) => $"{row.IdStudyUid}\0{row.IdSopInstanceUid}";

    private static string WriteCursor(StudyRow last) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes($"{last.RequestedAt.UtcTicks} {last.StudyId}"));

    private static (long Ticks, string StudyId) ReadCursor(string cursor)
    {
        string[] parts = Encoding.UTF8.GetString(Convert.FromHexString(cursor)).Split(' ', 2);
        return parts.Length == 2 ? (long.Parse(parts[0]), parts[1]) : throw new FormatException("The cursor is not one that a page gave.");
    }

    /// <summary>A study's place in a waiting line: by priority, then by time of request, then by id.</summary>
    private sealed record Place(int Priority, DateTimeOffset RequestedAt, string StudyId) : IComparable<Place>
    {
        public Place(StudyRow row)
            : this(row.Priority, row.RequestedAt, row.StudyId)
        {
        }

        public int CompareTo(Place? other)
        {
            int order = other!.Priority.CompareTo(Priority);
            order = order != 0 ? order : RequestedAt.CompareTo(other.RequestedAt);
            return order != 0 ? order : string.CompareOrdinal(StudyId, other.StudyId);
        }
    }
}
