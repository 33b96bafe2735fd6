using DeidCluster.Engine;
using DeidCluster.Studies;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>The ledger of instances, the claims on source studies, the linkage tables and the identity records.</summary>
internal static class LedgerStatements
{
    public static NpgsqlBatchCommand Of(string studyId) => Statement.Of(
        $"SELECT {StudyTables.Instances.Fields} FROM instance WHERE study_id = $1 ORDER BY id_study_uid, id_series_uid, id_sop_instance_uid", Statement.Text(studyId));

    public static InstanceRow Read(NpgsqlDataReader row) => new()
    {
        StudyId = row.GetString(0),
        IdStudyUid = row.GetString(1),
        IdSopInstanceUid = row.GetString(2),
        IdSeriesUid = row.GetString(3),
        SopClassUid = row.TextOrNull(4),
        Modality = row.TextOrNull(5),
        Archive = row.GetString(6),
        State = row.Name<InstanceState>(7),
        Reason = row.TextOrNull(8),
        RawBytes = row.GetInt64(9),
        RawDigest = row.TextOrNull(10),
        NewSopInstanceUid = row.TextOrNull(11),
        NewSeriesUid = row.TextOrNull(12),
        NewStudyUid = row.TextOrNull(13),
        OutBytes = row.GetInt64(14),
        OutDigest = row.TextOrNull(15),
    };

    /// <summary>Puts rows in some states back into another one, for a step to be done again.</summary>
    public static NpgsqlBatchCommand Reset(LedgerReset reset) => Statement.Of(
        "UPDATE instance SET state = $2, reason = NULL WHERE study_id = $1 AND state = ANY ($3)",
        Statement.Text(reset.StudyId), Statement.Text(reset.To.ToString()), Statement.Texts(reset.From.Select(state => state.ToString())));

    public static NpgsqlBatchCommand Clear(IEnumerable<LedgerClear> clears) =>
        Statement.Of("DELETE FROM instance WHERE study_id = ANY ($1)", Statement.Texts(clears.Select(clear => clear.StudyId)));

    public static NpgsqlBatchCommand Claim(IReadOnlyList<(ActorId Actor, ClaimRow Claim)> claims) => Statement.Of(
        "SELECT make_claims($1, $2, $3, $4)", Statement.Texts(claims.Select(one => one.Claim.Project)), Statement.Texts(claims.Select(one => one.Claim.IdStudyUid)),
        Statement.Texts(claims.Select(one => one.Claim.StudyId)), Statement.Texts(claims.Select(one => one.Actor.ToString())));

    public static NpgsqlBatchCommand Release(IEnumerable<ClaimRelease> releases) =>
        Statement.Of("DELETE FROM claim WHERE study_id = ANY ($1)", Statement.Texts(releases.Select(release => release.StudyId)));

    public static NpgsqlBatchCommand Owners(ClaimOwners query) => Statement.Of(
        "SELECT project, id_study_uid, study_id FROM claim WHERE project = $1 AND id_study_uid = ANY ($2)",
        Statement.Text(query.Project), Statement.Texts(query.IdStudyUids));

    public static ClaimRow ReadClaim(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2));

    public static NpgsqlBatchCommand Linkage(string project) =>
        Statement.Of($"SELECT {StudyTables.Linkages.Fields} FROM linkage WHERE project = $1 ORDER BY at, study_id", Statement.Text(project));

    public static LinkageRow ReadLinkage(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.TextOrNull(2), row.TextOrNull(3), row.TextOrNull(4), row.TextOrNull(5), row.TextOrNull(6),
        row.GetString(7), row.GetString(8).Split(' ', StringSplitOptions.RemoveEmptyEntries), row.TimeAt(9));

    /// <summary>The first write wins; the last statement sees it, whoever's it was. Who counts takes turns on the row of the counter, so that no number is left out.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Fix(IdentityRow proposal)
    {
        NpgsqlParameter Project() => Statement.Text(proposal.Project);
        NpgsqlParameter Subject() => Statement.Text(proposal.SubjectKey);
        return proposal.CounterDigits == 0
            ?
            [
                Statement.Of(
                    "INSERT INTO identity (project, subject_key, key_id, pseudonym, shift_days) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                    Project(), Subject(), Statement.Text(proposal.KeyId), Statement.Text(proposal.Pseudonym), Statement.Int(proposal.ShiftDays)),
                FindIdentity(proposal.Project, proposal.SubjectKey),
            ]
            :
            [
                Statement.Of("INSERT INTO identity_counter (project, last_number) VALUES ($1, 0) ON CONFLICT (project) DO UPDATE SET last_number = identity_counter.last_number", Project()),
                Statement.Of(
                    """
                    INSERT INTO identity (project, subject_key, key_id, pseudonym, shift_days, number)
                    SELECT $1, $2, $3, $4 || lpad(n::text, greatest($6, length(n::text)), '0'), $5, n
                    FROM (SELECT last_number + 1 AS n FROM identity_counter WHERE project = $1) AS next ON CONFLICT DO NOTHING
                    """,
                    Project(), Subject(), Statement.Text(proposal.KeyId), Statement.Text(proposal.Pseudonym), Statement.Int(proposal.ShiftDays), Statement.Int(proposal.CounterDigits)),
                Statement.Of(
                    """
                    UPDATE identity_counter SET last_number = greatest(last_number, (SELECT number FROM identity WHERE project = $1 AND subject_key = $2))
                    WHERE project = $1
                    """,
                    Project(), Subject()),
                FindIdentity(proposal.Project, proposal.SubjectKey),
            ];
    }

    public static NpgsqlBatchCommand FindIdentity(string project, string subjectKey) => Statement.Of(
        "SELECT project, subject_key, key_id, pseudonym, shift_days FROM identity WHERE project = $1 AND subject_key = $2", Statement.Text(project), Statement.Text(subjectKey));

    public static IdentityRow ReadIdentity(NpgsqlDataReader row) => new(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4));
}
