using DeidCluster.Deid;
using DeidCluster.Store.Postgres;
using Npgsql;

namespace DeidCluster.Node;

/// <summary>The section "store" of node.yaml: sqlite, or postgres.</summary>
internal static class StoreSection
{
    private const int ConnectionsLimit = 200;
    private const int ShardsLimit = 4096;
    private const string DefaultFile = "store.sqlite";

    /// <summary>Reads it; a missing section is the embedded store in <paramref name="data"/>. Files of secrets count from <paramref name="folder"/>.</summary>
    public static StoreSettings Read(YamlMap? map, string folder, string data)
    {
        if (map?.OptionalMap("postgres") is { } postgres)
        {
            return new StoreSettings(null, ReadPostgres(postgres, folder));
        }

        return new StoreSettings(NodeFile.PathOf(map?.RequiredString("sqlite") ?? DefaultFile, data), null);
    }

    private static PostgresStoreSettings ReadPostgres(YamlMap map, string folder)
    {
        PostgresStoreSettings settings = new PostgresStoreSettings { ConnectionString = ReadConnection(map.RequiredScalar("connection")) }
            .As(user: null, PasswordFile.Read(map.OptionalScalar("password-file"), folder));
        YamlScalar? schema = map.OptionalScalar("schema");
        if (schema is not null && !PostgresStoreSettings.IsSchemaName(schema.Text))
        {
            schema.Fail($"a schema is named by 1 to {PostgresStoreSettings.SchemaLettersMax} lower-case letters, digits and underscores, a letter first");
        }

        return settings with
        {
            Schema = schema?.Text ?? settings.Schema,
            ShardCount = map.OptionalInt("shards", settings.ShardCount, 1, ShardsLimit),
            Migrates = map.OptionalBool("migrate", settings.Migrates),
            NodeRole = map.OptionalString("node-role"),
            ConnectionsMax = map.OptionalInt("connections-max", settings.ConnectionsMax, 3, ConnectionsLimit),
        };
    }

    private static string ReadConnection(YamlScalar? scalar)
    {
        const string Expected = "a connection like Host=db1,db2;Database=deid;Username=deid_node is expected here";
        string text = scalar?.Text ?? "";
        string? problem = null;
        try
        {
            NpgsqlConnectionStringBuilder connection = new(text);
            problem = connection.Password is not null ? "a password does not stand here: name its file with password-file"
                : string.IsNullOrEmpty(connection.Host) ? Expected
                : null;
        }
        catch (ArgumentException)
        {
            problem = Expected;
        }

        if (problem is null)
        {
            return text;
        }

        scalar?.Fail(problem);
        return "";
    }
}
