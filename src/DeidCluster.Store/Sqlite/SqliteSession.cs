using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>One connection with its prepared statements. Parameters are positional: $1, $2, ... Not for use by two threads at once.</summary>
internal sealed class SqliteSession : IDisposable
{
    private const int BusyTimeoutMilliseconds = 5_000;
    private const int CacheKibibytes = 32 * 1024;

    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> prepared = [];

    static SqliteSession() => SqliteLibrary.Choose();

    private SqliteSession(SqliteConnection connection) => this.connection = connection;

    /// <summary>Opens the one connection that writes.</summary>
    public static SqliteSession OpenWriter(string path)
    {
        SqliteSession session = Open(path);
        // A commit is durable when it returns, whatever becomes of the machine: FULL syncs the log at each commit.
        session.Execute("PRAGMA journal_mode = WAL");
        session.Execute("PRAGMA synchronous = FULL");
        return session;
    }

    /// <summary>Opens a connection that reads committed rows only.</summary>
    public static SqliteSession OpenReader(string path)
    {
        SqliteSession session = Open(path);
        session.Execute("PRAGMA query_only = 1");
        return session;
    }

    /// <summary>Runs a statement; the number of rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Runs several statements that are used once, such as a migration.</summary>
    public void ExecuteScript(string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>All rows of a query.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using SqliteDataReader reader = Prepare(sql, values).ExecuteReader();
        List<T> rows = [];
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <summary>The first column of the first row; null when there is no row or no value.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) =>
        Prepare(sql, values).ExecuteScalar() is { } value and not DBNull ? value : null;

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        foreach (SqliteCommand command in prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private static SqliteSession Open(string path)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        SqliteSession session = new(connection);
        session.Execute($"PRAGMA busy_timeout = {BusyTimeoutMilliseconds}");
        session.Execute($"PRAGMA cache_size = -{CacheKibibytes}");
        return session;
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!prepared.TryGetValue(sql, out SqliteCommand? command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (int index = 0; index < values.Length; index++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"${index + 1}" });
            }

            prepared.Add(sql, command);
        }

        for (int index = 0; index < values.Length; index++)
        {
            command.Parameters[index].Value = values[index] ?? DBNull.Value;
        }

        return command;
    }
}
