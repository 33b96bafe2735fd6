using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Simulation;

/// <summary>A study as an archive holds it.</summary>
internal sealed record SourceStudy(string StudyUid, string Mrn, string AccessionNumber, IReadOnlyList<SourceInstance> Instances);

/// <summary>One instance of it.</summary>
internal sealed record SourceInstance(string SopInstanceUid, string SeriesUid)
{
    /// <summary>What its bytes hash to: the same for everybody who has the instance.</summary>
    public string Digest { get; } = Hash.Of(SopInstanceUid);
}

/// <summary>Short stable hashes, where the product has digests and UIDs.</summary>
internal static class Hash
{
    public static string Of(params string[] parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))).AsSpan(0, 8));
}
