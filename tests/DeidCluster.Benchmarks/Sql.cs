using DeidCluster.TestKit;
using Npgsql;

namespace DeidCluster.Benchmarks;

/// <summary>Statements given straight to the server.</summary>
internal static class Sql
{
    private const int SecondsMax = 600;

    public static async Task RunAsync(PostgresPeer server, string sql)
    {
        await using NpgsqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = SecondsMax };
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first row of a query, as numbers.</summary>
    public static async Task<double[]> NumbersAsync(PostgresPeer server, string sql)
    {
        await using NpgsqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = SecondsMax };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync()
            ? [.. Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? 0 : Convert.ToDouble(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture))]
            : [];
    }

    /// <summary>The rows of a query, as text.</summary>
    public static async Task<IReadOnlyList<string>> TextAsync(PostgresPeer server, string sql)
    {
        await using NpgsqlConnection connection = new(server.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = SecondsMax };
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(string.Join(' ', Enumerable.Range(0, reader.FieldCount).Select(column => reader.GetValue(column))));
        }

        return rows;
    }
}
