using System.Collections.Concurrent;

namespace DeidCluster.Engine;

/// <summary>The shards that this node holds and their tokens. Written by the pump alone, read by effects on any thread.</summary>
internal sealed class HeldShards
{
    private readonly ConcurrentDictionary<int, long> tokens = new();
    private readonly ConcurrentDictionary<int, long> seen = new();
    private readonly ConcurrentDictionary<int, bool> recovering = new();

    public IReadOnlyDictionary<int, long> Tokens => tokens;

    /// <summary>The highest token known of each shard, held or not.</summary>
    public IReadOnlyDictionary<int, long> Seen => seen;

    /// <summary>Shards that were taken and whose pending effects are not yet started again.</summary>
    public IReadOnlyCollection<int> Recovering => [.. recovering.Keys];

    /// <summary>Shards whose mail is worked on.</summary>
    public IReadOnlyList<int> Ready => [.. tokens.Keys.Where(shard => !recovering.ContainsKey(shard))];

    public bool Holds(int shard, long token) => tokens.TryGetValue(shard, out long held) && held == token;

    public void Take(int shard, long token)
    {
        See(shard, token);
        recovering[shard] = true;
        tokens[shard] = token;
    }

    public void Recovered(int shard) => recovering.TryRemove(shard, out _);

    public void Drop(int shard)
    {
        tokens.TryRemove(shard, out _);
        recovering.TryRemove(shard, out _);
    }

    /// <summary>Remembers that the shard has had <paramref name="token"/>, so that rows read before that are known to be old.</summary>
    public void See(int shard, long token) => seen.AddOrUpdate(shard, token, (_, known) => Math.Max(known, token));

    public void Clear()
    {
        tokens.Clear();
        recovering.Clear();
    }
}
