using DeidCluster.Engine;
using Npgsql;
using NpgsqlTypes;

namespace DeidCluster.Store.Postgres;

/// <summary>Statements with positional parameters ($1, $2, ...), and how values stand in columns: times as UTC, to the microsecond, enumerations by name.</summary>
internal static class Statement
{
    public static NpgsqlBatchCommand Of(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        NpgsqlBatchCommand command = new(sql);
        foreach (NpgsqlParameter parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public static NpgsqlParameter Array(NpgsqlDbType type, object values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type };

    public static NpgsqlParameter Texts(IEnumerable<string?> values) => Array(NpgsqlDbType.Text, values.ToArray());

    public static NpgsqlParameter Ints(IEnumerable<int> values) => Array(NpgsqlDbType.Integer, values.ToArray());

    public static NpgsqlParameter Longs(IEnumerable<long> values) => Array(NpgsqlDbType.Bigint, values.ToArray());

    public static NpgsqlParameter Ids(IEnumerable<Guid> values) => Array(NpgsqlDbType.Uuid, values.ToArray());

    public static NpgsqlParameter Times(IEnumerable<DateTimeOffset> values) => Array(NpgsqlDbType.TimestampTz, values.Select(time => time.UtcDateTime).ToArray());

    public static NpgsqlParameter Flags(IEnumerable<bool> values) => Array(NpgsqlDbType.Boolean, values.ToArray());

    public static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    public static NpgsqlParameter Int(int value) => new NpgsqlParameter<int> { TypedValue = value };

    public static NpgsqlParameter Long(long value) => new NpgsqlParameter<long> { TypedValue = value };

    public static NpgsqlParameter Id(Guid value) => new NpgsqlParameter<Guid> { TypedValue = value };

    public static NpgsqlParameter Time(DateTimeOffset? value) =>
        new() { Value = (object?)value?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter Span(TimeSpan value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Interval };

    public static DateTimeOffset TimeAt(this NpgsqlDataReader row, int column) => new(row.GetDateTime(column), TimeSpan.Zero);

    public static DateTimeOffset? TimeOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.TimeAt(column);

    public static string? TextOrNull(this NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static ActorId Actor(this NpgsqlDataReader row, int column) => ActorId.Parse(row.GetString(column));

    public static T Name<T>(this NpgsqlDataReader row, int column) where T : struct, Enum => Enum.Parse<T>(row.GetString(column));
}
