using System.Collections.Concurrent;
using DeidCluster.Engine;
using Microsoft.Data.Sqlite;

namespace DeidCluster.Store.Sqlite;

/// <summary>
/// The one connection that writes, on a thread of its own. What waits is committed together: one BEGIN IMMEDIATE and one sync for
/// many callers, a savepoint for each, and no caller hears of its result before the commit.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int WritesPerCommitMax = 512;

    private readonly SqliteSession session;
    private readonly BlockingCollection<Write> queue = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SqliteWriter(SqliteSession session)
    {
        this.session = session;
        new Thread(Work) { IsBackground = true, Name = "sqlite writer" }.Start();
    }

    /// <summary>Runs <paramref name="write"/> inside a transaction; the task ends when it is durable.</summary>
    public Task<T> WriteAsync<T>(Func<SqliteSession, T> write, CancellationToken cancellation)
    {
        Write<T> item = new(write, cancellation);
        try
        {
            queue.Add(item, CancellationToken.None);
        }
        catch (InvalidOperationException closed)
        {
            return Task.FromException<T>(new StoreUnavailableException("The store is closed.", closed));
        }

        return item.Done;
    }

    /// <summary>Commits what waits, then closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.CompleteAdding();
        await ended.Task;
        queue.Dispose();
    }

    private void Work()
    {
        List<Write> batch = new(WritesPerCommitMax);
        foreach (Write first in queue.GetConsumingEnumerable())
        {
            batch.Clear();
            batch.Add(first);
            while (batch.Count < WritesPerCommitMax && queue.TryTake(out Write? more))
            {
                batch.Add(more);
            }

            Commit(batch);
        }

        session.Dispose();
        ended.SetResult();
    }

    private void Commit(List<Write> batch)
    {
        try
        {
            session.Execute("BEGIN IMMEDIATE");
            foreach (Write write in batch)
            {
                RunInSavepoint(write);
            }

            session.Execute("COMMIT");
        }
        catch (SqliteException failure)
        {
            RollBack();
            foreach (Write write in batch)
            {
                write.Fail(SqliteFailure.Unavailable(failure));
            }

            return;
        }

        foreach (Write write in batch)
        {
            write.Complete();
        }
    }

    private void RunInSavepoint(Write write)
    {
        session.Execute("SAVEPOINT caller");
        try
        {
            write.Run(session);
        }
        catch (SqliteException failure) when (SqliteFailure.IsOfTheWorld(failure))
        {
            // A full or failing disk may have ended the whole transaction already: all callers hear of it.
            throw;
        }
        catch (Exception failure)
        {
            // This caller's own mistake must not fail the others of the batch.
            session.Execute("ROLLBACK TO caller");
            write.Fail(failure);
        }

        session.Execute("RELEASE caller");
    }

    private void RollBack()
    {
        try
        {
            session.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself.
        }
    }

    private abstract class Write
    {
        public abstract void Run(SqliteSession session);

        public abstract void Complete();

        public abstract void Fail(Exception failure);
    }

    private sealed class Write<T>(Func<SqliteSession, T> write, CancellationToken cancellation) : Write
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? result;

        public Task<T> Done => done.Task;

        public override void Run(SqliteSession session)
        {
            if (cancellation.IsCancellationRequested)
            {
                done.TrySetCanceled(cancellation);
                return;
            }

            result = write(session);
        }

        public override void Complete() => done.TrySetResult(result!);

        public override void Fail(Exception failure) => done.TrySetException(failure);
    }
}
