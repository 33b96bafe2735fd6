using DeidCluster.Engine;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>Tells failures of the world (disk, lock) from our own mistakes (a wrong statement, a broken constraint).</summary>
internal static class SqliteFailure
{
    // https://www.sqlite.org/rescode.html: PERM, BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB.
    private static readonly int[] OfTheWorld = [3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26];

    public static bool IsOfTheWorld(SqliteException failure) => OfTheWorld.Contains(failure.SqliteErrorCode);

    public static StoreUnavailableException Unavailable(SqliteException failure) =>
        new($"SQLite answered {failure.SqliteErrorCode} ({failure.SqliteExtendedErrorCode}).", failure);
}
