using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using DeidCluster.TestKit;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Benchmarks;

/// <summary>The physical floor: transactions that change one row and nothing else, on the same disk and server.</summary>
internal static partial class RowFloor
{
    private const int Rows = 1_000;

    /// <summary>pgbench with a single-row update; transactions a second.</summary>
    public static async Task<double> PgbenchAsync(PostgresPeer server, string folder, int clients, int seconds)
    {
        await Sql.RunAsync(server, $"CREATE TABLE IF NOT EXISTS floor (id int PRIMARY KEY, n int NOT NULL); INSERT INTO floor SELECT id, 0 FROM generate_series(1, {Rows}) id ON CONFLICT DO NOTHING");
        string script = Path.Combine(folder, "floor.sql");
        await File.WriteAllTextAsync(script, $"\\set id random(1, {Rows})\nUPDATE floor SET n = n + 1 WHERE id = :id;\n");
        (int code, string output) = await PeerProcess.RunAsync(
            Path.Combine(PostgresPeer.Programs!, "pgbench"),
            ["-n", "-M", "prepared", "-f", script, "-c", $"{clients}", "-j", $"{Math.Min(clients, Environment.ProcessorCount)}", "-T", $"{seconds}",
             "-h", "127.0.0.1", "-p", $"{server.Port}", "-U", PostgresPeer.Superuser, "postgres"],
            Bench.Deadline);
        return code == 0 && Tps().Match(output) is { Success: true } found
            ? double.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"pgbench: {output}");
    }

    /// <summary>One connection that commits one row at a time, as durable as the store; transactions a second.</summary>
    public static double Sqlite(string folder, TimeSpan length)
    {
        using SqliteConnection connection = new($"Data Source={Path.Combine(folder, "floor.sqlite")};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL");
        Execute(connection, "PRAGMA synchronous=FULL");
        Execute(connection, "CREATE TABLE floor (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)");
        Execute(connection, $"WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {Rows}) INSERT INTO floor SELECT id, 0 FROM ids");
        using SqliteCommand update = connection.CreateCommand();
        update.CommandText = "UPDATE floor SET n = n + 1 WHERE id = $id";
        SqliteParameter id = update.Parameters.Add("$id", SqliteType.Integer);
        int done = 0;
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < length)
        {
            id.Value = (done++ % Rows) + 1;
            update.ExecuteNonQuery();
        }

        return done / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    [GeneratedRegex(@"tps = ([0-9.]+)")]
    private static partial Regex Tps();
}
