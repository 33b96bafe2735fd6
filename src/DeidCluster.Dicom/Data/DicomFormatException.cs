namespace DeidCluster.Dicom;

/// <summary>
/// Malformed DICOM input. The message names the byte offset and the tag path and never a value, which may identify a person.
/// </summary>
public sealed class DicomFormatException(string problem, long offset, string tagPath = "")
    : Exception(tagPath.Length == 0 ? $"{problem} at byte {offset}" : $"{problem} at byte {offset}, in {tagPath}")
{
    /// <summary>What is wrong, in words that hold for any value.</summary>
    public string Problem { get; } = problem;

    /// <summary>The byte offset in the input (after inflation for deflated data sets) at which it was found.</summary>
    public long Offset { get; } = offset;

    /// <summary>The path of tags, e.g. "(0008,1115)[0].(0020,000E)"; empty at the top level.</summary>
    public string TagPath { get; } = tagPath;
}
