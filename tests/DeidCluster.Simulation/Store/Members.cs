using DeidCluster.Engine;

namespace DeidCluster.Simulation;

/// <summary>Members and the shards that they hold. A member is live while its lease, by the store's clock, has not run out.</summary>
internal sealed class Members(int shardCount)
{
    private readonly SortedDictionary<string, DateTimeOffset> expiry = new(StringComparer.Ordinal);
    private readonly SortedSet<string> draining = new(StringComparer.Ordinal);
    private readonly string?[] owners = new string?[shardCount];
    private readonly long[] tokens = new long[shardCount];

    public long Token(int shard) => tokens[shard];

    public string? Owner(int shard) => owners[shard];

    public bool IsLive(string incarnation, DateTimeOffset now) => expiry.TryGetValue(incarnation, out DateTimeOffset at) && at > now;

    public void Join(Member member, DateTimeOffset now, TimeSpan leaseTime)
    {
        foreach (string expired in expiry.Where(one => one.Value <= now).Select(one => one.Key).ToList())
        {
            expiry.Remove(expired);
        }

        expiry.TryAdd(member.Incarnation, now + leaseTime);
    }

    public MembershipView Heartbeat(string incarnation, DateTimeOffset now, TimeSpan leaseTime)
    {
        if (!IsLive(incarnation, now))
        {
            return new MembershipView(true, [], []);
        }

        expiry[incarnation] = now + leaseTime;
        return new MembershipView(
            false,
            [.. expiry.Where(one => one.Value > now && !draining.Contains(one.Key)).Select(one => one.Key)],
            [.. Enumerable.Range(0, shardCount).Select(shard => new ShardRow(shard, owners[shard] is { } owner && IsLive(owner, now) ? owner : null, tokens[shard]))],
            now);
    }

    public void Drain(string incarnation) => draining.Add(incarnation);

    public void Leave(string incarnation)
    {
        for (int shard = 0; shard < shardCount; shard++)
        {
            if (owners[shard] == incarnation)
            {
                owners[shard] = null;
                tokens[shard]++;
            }
        }

        expiry.Remove(incarnation);
        draining.Remove(incarnation);
    }

    public long? Claim(string incarnation, int shard, long observedToken, DateTimeOffset now)
    {
        bool isFree = owners[shard] is not { } owner || !IsLive(owner, now);
        if (tokens[shard] != observedToken || !isFree || !IsLive(incarnation, now))
        {
            return null;
        }

        owners[shard] = incarnation;
        return ++tokens[shard];
    }

    public bool Release(string incarnation, int shard, long token)
    {
        if (owners[shard] != incarnation || tokens[shard] != token)
        {
            return false;
        }

        owners[shard] = null;
        tokens[shard]++;
        return true;
    }
}
