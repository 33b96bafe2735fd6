using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>A few connections for short reads, so that readers never wait for the writer.</summary>
internal sealed class SqliteReaders(string path, int readersMax) : IAsyncDisposable
{
    private readonly ConcurrentBag<SqliteSession> idle = [];
    private readonly SemaphoreSlim places = new(readersMax);

    /// <summary>Runs <paramref name="read"/> on the thread pool: SQLite itself knows no asynchronous calls.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> read, CancellationToken cancellation)
    {
        await places.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Read(read), cancellation);
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Waits for open reads, then closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int place = 0; place < readersMax; place++)
        {
            await places.WaitAsync();
        }

        foreach (SqliteSession session in idle)
        {
            session.Dispose();
        }
    }

    private T Read<T>(Func<SqliteSession, T> read)
    {
        try
        {
            SqliteSession session = idle.TryTake(out SqliteSession? reused) ? reused : SqliteSession.OpenReader(path);
            try
            {
                return read(session);
            }
            finally
            {
                idle.Add(session);
            }
        }
        catch (SqliteException failure) when (SqliteFailure.IsOfTheWorld(failure))
        {
            throw SqliteFailure.Unavailable(failure);
        }
    }
}
