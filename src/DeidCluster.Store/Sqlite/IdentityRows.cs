using DeidCluster.Studies;

namespace DeidCluster.Store.Sqlite;

/// <summary>Identity records: fixed by the first write, never changed.</summary>
internal static class IdentityRows
{
    public static IdentityRow Fix(SqliteSession session, IdentityRow proposal)
    {
        if (Find(session, proposal.Project, proposal.SubjectKey) is { } known)
        {
            return known;
        }

        // One writer at a time: nobody takes the number in between.
        long? number = proposal.CounterDigits > 0 ? NextNumber(session, proposal.Project) : null;
        IdentityRow row = number is { } next ? proposal.Numbered(next) : proposal;
        session.Execute(
            "INSERT INTO identity (project, subject_key, key_id, pseudonym, shift_days, number) VALUES ($1, $2, $3, $4, $5, $6)",
            row.Project, row.SubjectKey, row.KeyId, row.Pseudonym, row.ShiftDays, number);
        return row;
    }

    public static IdentityRow? Find(SqliteSession session, string project, string subjectKey) => session.Query(
        "SELECT key_id, pseudonym, shift_days FROM identity WHERE project = $1 AND subject_key = $2",
        row => new IdentityRow(project, subjectKey, row.GetString(0), row.GetString(1), row.GetInt32(2)), project, subjectKey).FirstOrDefault();

    private static long NextNumber(SqliteSession session, string project) => session.Query(
        "INSERT INTO identity_counter (project, last_number) VALUES ($1, 1) ON CONFLICT (project) DO UPDATE SET last_number = last_number + 1 RETURNING last_number",
        row => row.GetInt64(0), project)[0];
}
