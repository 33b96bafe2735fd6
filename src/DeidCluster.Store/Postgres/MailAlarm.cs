using System.Collections.Concurrent;
using DeidCluster.Engine;
using Npgsql;

namespace DeidCluster.Store.Postgres;

/// <summary>
/// Tells other nodes that mail has come for their shards, and hears it from them. A hint only: whoever misses it polls. It is sent after
/// the commit on a connection of its own, many shards' worth at once, since NOTIFY inside a transaction takes a lock on the whole
/// database; nothing is sent for shards of our own.
/// </summary>
internal sealed class MailAlarm : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(30);

    private readonly PostgresSessions sessions;
    private readonly ConcurrentDictionary<string, bool> own = new();
    private readonly ConcurrentDictionary<string, bool> toRing = new();
    private readonly ConcurrentDictionary<Guid, Action> subscribers = new();
    private readonly SemaphoreSlim rung = new(0, 1);
    private readonly CancellationTokenSource stop = new();
    private readonly Task ringing;
    private Task? listening;
    private IReadOnlyDictionary<int, string> ownerByShard = new Dictionary<int, string>();
    private CancellationTokenSource rejoin = new();

    public MailAlarm(PostgresSessions sessions)
    {
        this.sessions = sessions;
        ringing = Task.Run(RingAsync);
    }

    /// <summary>Calls <paramref name="wake"/> when mail has come, until disposed.</summary>
    public IDisposable Subscribe(Action wake)
    {
        Guid id = Guid.NewGuid();
        subscribers[id] = wake;
        return new Subscription(() => subscribers.TryRemove(id, out _));
    }

    /// <summary>Listens for a member of this process from now on.</summary>
    public void Join(string incarnation)
    {
        own[incarnation] = true;
        Interlocked.Exchange(ref rejoin, new CancellationTokenSource()).Cancel();
        listening ??= Task.Run(ListenAsync);
    }

    /// <summary>The member is gone.</summary>
    public void Leave(string incarnation) => own.TryRemove(incarnation, out _);

    /// <summary>Learns from a heartbeat who owns what.</summary>
    public void See(string incarnation, MembershipView view)
    {
        if (view.Expired)
        {
            Leave(incarnation);
            return;
        }

        ownerByShard = view.Shards.Where(row => row.Owner is not null).ToDictionary(row => row.Shard, row => row.Owner!);
    }

    /// <summary>Mail has been committed for these shards.</summary>
    public void Ring(IEnumerable<int> shards)
    {
        bool any = false;
        foreach (int shard in shards)
        {
            if (ownerByShard.TryGetValue(shard, out string? owner) && !own.ContainsKey(owner))
            {
                any |= toRing.TryAdd(owner, true);
            }
        }

        if (any)
        {
            try
            {
                rung.Release();
            }
            catch (SemaphoreFullException)
            {
                return; // it has been told already
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (Task loop in new[] { ringing, listening ?? Task.CompletedTask })
        {
            await loop.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task RingAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await rung.WaitAsync(stop.Token);
                string[] owners = [.. toRing.Keys];
                foreach (string owner in owners)
                {
                    toRing.TryRemove(owner, out _);
                }

                await sessions.ExecuteAsync(
                    [Statement.Of("SELECT pg_notify(channel, '') FROM unnest($1::text[]) AS channel", Statement.Texts(owners.Select(Channel)))], stop.Token);
                await Task.Delay(Pause, stop.Token);
            }
            catch (StoreUnavailableException)
            {
                await Task.WhenAny(Task.Delay(RetryPause, stop.Token));
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ListenAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using CancellationTokenSource again = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, Volatile.Read(ref rejoin).Token);
                await ListenAsync(again.Token);
            }
            catch (OperationCanceledException)
            {
                continue; // stopped, or a member has joined
            }
            catch (Exception failure) when (PostgresFailure.IsOfTheWorld(failure))
            {
                await Task.WhenAny(Task.Delay(RetryPause, stop.Token));
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await sessions.OpenAsync(cancellation);
        await using NpgsqlCommand anew = new("UNLISTEN *", connection);
        await anew.ExecuteNonQueryAsync(cancellation);
        connection.Notification += (_, _) => Wake();
        foreach (string incarnation in own.Keys)
        {
            await using NpgsqlCommand listen = new($"LISTEN \"{Channel(incarnation)}\"", connection);
            await listen.ExecuteNonQueryAsync(cancellation);
        }

        Wake(); // for what came before we listened
        while (true)
        {
            await connection.WaitAsync(SilenceMax, cancellation);
        }
    }

    private void Wake()
    {
        foreach (Action wake in subscribers.Values)
        {
            wake();
        }
    }

    private string Channel(string incarnation) => $"{sessions.Schema}_{incarnation}";

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
