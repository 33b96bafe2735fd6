using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>How a store on PostgreSQL is opened.</summary>
public sealed record PostgresStoreSettings
{
    /// <summary>How to connect, in Npgsql's form. Several hosts ("Host=a,b") are tried for the primary, so that a fail-over is ridden out.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The schema of this installation: 1 to <see cref="SchemaLettersMax"/> lower-case letters, digits and underscores, a letter first.</summary>
    public string Schema { get; init; } = "deidcluster";

    /// <summary>Shards of a store that is created now; one that is there keeps its own number.</summary>
    public int ShardCount { get; init; } = 256;

    /// <summary>How long replies, and the receipts that make posting twice harmless, are kept.</summary>
    public TimeSpan ReplyRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>False for a role that may not change the schema: the store is then refused unless it is up to date.</summary>
    public bool Migrates { get; init; } = true;

    /// <summary>A role that gets the right to use the schema, and no more, after migrating; null for none. For nodes that connect with fewer rights than the owner.</summary>
    public string? NodeRole { get; init; }

    /// <summary>Connections of this process, the listening one included.</summary>
    public int ConnectionsMax { get; init; } = 16;

    /// <summary>How long a statement may take on the server. Below the lease, so that nothing of an expired member can still be running for long.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a claim waits for the open work of a shard's last owner before that one's connections are ended.</summary>
    public TimeSpan ClaimLockTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The same store reached in another role; what is null stays as it is.</summary>
    public PostgresStoreSettings As(string? user, string? password)
    {
        NpgsqlConnectionStringBuilder connection = new(ConnectionString);
        connection.Username = user ?? connection.Username;
        connection.Password = password ?? connection.Password;
        return this with { ConnectionString = connection.ToString() };
    }

    /// <summary>The longest schema name, so that a channel's name fits what PostgreSQL allows.</summary>
    public const int SchemaLettersMax = 24;

    /// <summary>True when <paramref name="name"/> can be a <see cref="Schema"/>.</summary>
    public static bool IsSchemaName(string name) =>
        name.Length is > 0 and <= SchemaLettersMax && char.IsAsciiLetterLower(name[0]) && name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_');
}
