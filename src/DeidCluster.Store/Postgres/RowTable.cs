using Npgsql;
using NpgsqlTypes;

namespace DeidCluster.Store.Postgres;

/// <summary>One column of a table and where its value stands in a row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="SqlType">Its type.</param>
/// <param name="Values">The values of many rows as an array parameter.</param>
internal sealed record Column<T>(string Name, string SqlType, Func<IReadOnlyList<T>, NpgsqlParameter> Values);

/// <summary>A table whose rows are written many at a time: one array parameter for each column, one statement for any number of rows.</summary>
internal sealed class RowTable<T>(string name, string[] key, Func<T, object> keyOf, params IReadOnlyList<Column<T>> columns)
{
    private readonly string upsert =
        $"INSERT INTO {name} ({string.Join(", ", columns.Select(column => column.Name))}) "
        + $"SELECT * FROM unnest({string.Join(", ", columns.Select((column, index) => $"${index + 1}::{column.SqlType}[]"))}) "
        + $"ON CONFLICT ({string.Join(", ", key)}) DO UPDATE SET "
        + string.Join(", ", columns.Where(column => !key.Contains(column.Name)).Select(column => $"{column.Name} = excluded.{column.Name}"));

    /// <summary>The columns in the order in which they are read.</summary>
    public string Fields { get; } = string.Join(", ", columns.Select(column => column.Name));

    /// <summary>Writes the rows; of several with one key the last counts.</summary>
    public NpgsqlBatchCommand Upsert(IEnumerable<T> rows)
    {
        List<T> last = [.. rows.Reverse().DistinctBy(keyOf).Reverse()];
        return Statement.Of(upsert, [.. columns.Select(column => column.Values(last))]);
    }

    public static Column<T> Text(string column, Func<T, string?> read) =>
        new(column, "text", rows => Statement.Array(NpgsqlDbType.Text, rows.Select(read).ToArray()));

    public static Column<T> Int(string column, Func<T, int> read) =>
        new(column, "int", rows => Statement.Array(NpgsqlDbType.Integer, rows.Select(read).ToArray()));

    public static Column<T> Long(string column, Func<T, long> read) =>
        new(column, "bigint", rows => Statement.Array(NpgsqlDbType.Bigint, rows.Select(read).ToArray()));

    public static Column<T> Flag(string column, Func<T, bool> read) =>
        new(column, "boolean", rows => Statement.Array(NpgsqlDbType.Boolean, rows.Select(read).ToArray()));

    public static Column<T> Time(string column, Func<T, DateTimeOffset?> read) =>
        new(column, "timestamptz", rows => Statement.Array(NpgsqlDbType.TimestampTz, rows.Select(row => read(row)?.UtcDateTime).ToArray()));
}
