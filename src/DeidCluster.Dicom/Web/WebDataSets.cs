namespace DeidCluster.Dicom;

/// <summary>A data set that is a body of its own: the account of a STOW-RS request.</summary>
internal static class WebDataSets
{
    /// <summary>The data set in <paramref name="body"/>, by its first letter and not by its media type, which servers forget; null when the body is empty.</summary>
    public static DataSet? ReadOne(ReadOnlyMemory<byte> body)
    {
        ReadOnlySpan<byte> text = body.Span.TrimStart(" \t\r\n\uFEFF"u8);
        return text.IsEmpty ? null : text[0] == '<' ? NativeXml.Read(body) : throw new DicomFormatException("a data set that is no XML", 0);
    }
}
