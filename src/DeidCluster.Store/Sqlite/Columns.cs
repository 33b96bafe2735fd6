using System.Globalization;
using DeidCluster.Engine;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>How values stand in columns: times as sortable UTC text, ids as lower-case hexadecimal, enumerations by name.</summary>
internal static class Columns
{
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffffffZ";

    public static string Text(this DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static string Text(this Guid id) => id.ToString("n");

    public static DateTimeOffset Time(this SqliteDataReader row, int column) =>
        DateTimeOffset.ParseExact(row.GetString(column), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static DateTimeOffset? TimeOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.Time(column);

    public static Guid Id(this SqliteDataReader row, int column) => Guid.ParseExact(row.GetString(column), "n");

    public static string? TextOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static ActorId Actor(this SqliteDataReader row, int column) => ActorId.Parse(row.GetString(column));

    public static T Name<T>(this SqliteDataReader row, int column) where T : struct, Enum => Enum.Parse<T>(row.GetString(column));
}
