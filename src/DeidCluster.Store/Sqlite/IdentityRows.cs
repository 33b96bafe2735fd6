using DeidCluster.Studies;

namespace DeidCluster.Store.Sqlite;

/// <summary>Identity records: fixed by the first write, never changed.</summary>
internal static class IdentityRows
{
    public static IdentityRow Fix(SqliteSession session, IdentityRow proposal)
    {
        session.Execute(
            "INSERT INTO identity (project, subject_key, key_id, pseudonym, shift_days) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            proposal.Project, proposal.SubjectKey, proposal.KeyId, proposal.Pseudonym, proposal.ShiftDays);
        return session.Query(
            "SELECT key_id, pseudonym, shift_days FROM identity WHERE project = $1 AND subject_key = $2",
            row => proposal with { KeyId = row.GetString(0), Pseudonym = row.GetString(1), ShiftDays = row.GetInt32(2) },
            proposal.Project, proposal.SubjectKey)[0];
    }
}
