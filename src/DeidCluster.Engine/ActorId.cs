using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Engine;

/// <summary>
/// Names one actor for ever: its kind ("study", "project", "archive") and a key that must not identify a person, since the id
/// stands in logs, traces and indexes.
/// </summary>
public readonly record struct ActorId(string Kind, string Key)
{
    /// <summary>The shard that holds this actor: the same on every node and in every version of the product.</summary>
    public int Shard(int shardCount)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(ToString()), digest);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(digest) % (uint)shardCount);
    }

    /// <summary>"kind/key".</summary>
    public override string ToString() => $"{Kind}/{Key}";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static ActorId Parse(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < text.Length - 1
            ? new ActorId(text[..slash], text[(slash + 1)..])
            : throw new FormatException("An actor id is written kind/key.");
    }
}
