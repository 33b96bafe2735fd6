namespace DeidCluster.Pipeline;

/// <summary>A raw file in staging: its name is the receipt of the instance.</summary>
/// <param name="Path">Where it lies; holds keyed hashes only.</param>
/// <param name="Digest">SHA-256 of the file, lower-case hexadecimal.</param>
/// <param name="Bytes">Length of the file.</param>
public sealed record StagedFile(string Path, string Digest, long Bytes);
