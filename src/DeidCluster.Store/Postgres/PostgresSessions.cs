using System.Globalization;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>The connections of one process to its installation's schema.</summary>
internal sealed class PostgresSessions : IAsyncDisposable
{
    private const int PreparedStatementsMax = 120;
    private const int KeepAliveSeconds = 2;

    private readonly NpgsqlDataSource source;

    public PostgresSessions(PostgresStoreSettings settings)
    {
        if (!PostgresStoreSettings.IsSchemaName(settings.Schema))
        {
            throw new ArgumentException($"'{settings.Schema}' cannot name a schema.", nameof(settings));
        }

        Schema = settings.Schema;
        Name = $"deidcluster {Guid.CreateVersion7():n}";
        string milliseconds = settings.StatementTimeout.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        NpgsqlConnectionStringBuilder connection = new(settings.ConnectionString)
        {
            SearchPath = Schema,
            ApplicationName = Name,
            MaxPoolSize = settings.ConnectionsMax,
            MaxAutoPrepare = PreparedStatementsMax,
            AutoPrepareMinUsages = 2,
            IncludeErrorDetail = false, // it holds values of rows
            Enlist = false,
            NoResetOnClose = true, // nothing is ever set for a session, and the reset is seven statements with each use
            KeepAlive = KeepAliveSeconds,
            TcpKeepAlive = true,
            CommandTimeout = (int)settings.StatementTimeout.TotalSeconds + 5,
            // A group of turns is one round trip: whoever leaves a transaction open longer is broken. A commit is durable when it is answered.
            Options = $"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout={milliseconds} -c synchronous_commit=on "
                + $"-c tcp_keepalives_idle={KeepAliveSeconds} -c tcp_keepalives_interval={KeepAliveSeconds} -c tcp_keepalives_count=3",
        };
        NpgsqlDataSourceBuilder builder = new(connection.ToString());
        source = connection.Host?.Contains(',', StringComparison.Ordinal) == true
            ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary)
            : builder.Build();
    }

    /// <summary>The installation's schema.</summary>
    public string Schema { get; }

    /// <summary>What the server's pg_stat_activity calls these connections.</summary>
    public string Name { get; }

    /// <summary>A connection for one purpose; closing it gives it back.</summary>
    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellation) => source.OpenConnectionAsync(cancellation);

    /// <summary>Runs the statements in one round trip and one transaction: all or nothing.</summary>
    public Task<int> ExecuteAsync(IEnumerable<NpgsqlBatchCommand> statements, CancellationToken cancellation) =>
        PostgresFailure.GuardAsync(async () =>
        {
            await using NpgsqlConnection connection = await OpenAsync(cancellation);
            await using NpgsqlBatch batch = Batch(connection, statements);
            return await batch.ExecuteNonQueryAsync(cancellation);
        });

    /// <summary>Runs the statements like <see cref="ExecuteAsync"/> and hands their result sets to <paramref name="read"/>.</summary>
    public Task<T> QueryAsync<T>(IEnumerable<NpgsqlBatchCommand> statements, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellation) =>
        PostgresFailure.GuardAsync(async () =>
        {
            await using NpgsqlConnection connection = await OpenAsync(cancellation);
            await using NpgsqlBatch batch = Batch(connection, statements);
            await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellation);
            T result = await read(reader);
            while (await reader.NextResultAsync(cancellation))
            {
                // An error of a later statement shows here.
            }

            return result;
        });

    /// <summary>All rows of one query.</summary>
    public Task<IReadOnlyList<T>> RowsAsync<T>(NpgsqlBatchCommand query, Func<NpgsqlDataReader, T> read, CancellationToken cancellation) =>
        QueryAsync([query], reader => RowsAsync(reader, read, cancellation), cancellation);

    /// <summary>All rows of the present result set.</summary>
    public static async Task<IReadOnlyList<T>> RowsAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellation)
    {
        List<T> rows = [];
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static NpgsqlBatch Batch(NpgsqlConnection connection, IEnumerable<NpgsqlBatchCommand> statements)
    {
        NpgsqlBatch batch = new(connection);
        foreach (NpgsqlBatchCommand statement in statements)
        {
            batch.BatchCommands.Add(statement);
        }

        return batch;
    }
}
