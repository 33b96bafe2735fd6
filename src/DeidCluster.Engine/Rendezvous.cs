using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Engine;

/// <summary>
/// Which member should own a shard: the one with the highest hash of (member, shard). Every node computes the same answer from the
/// same list, and a member that comes or goes moves only the shards that it gains or had.
/// </summary>
public static class Rendezvous
{
    /// <summary>The target owner of <paramref name="shard"/>, or null when nobody is live.</summary>
    public static string? Owner(int shard, IReadOnlyCollection<string> liveMembers)
    {
        string? owner = null;
        ulong highest = 0;
        foreach (string member in liveMembers)
        {
            ulong weight = Weight(member, shard);
            if (owner is null || weight > highest || (weight == highest && string.CompareOrdinal(member, owner) > 0))
            {
                (owner, highest) = (member, weight);
            }
        }

        return owner;
    }

    private static ulong Weight(string member, int shard)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{member}/{shard}"), digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }
}
