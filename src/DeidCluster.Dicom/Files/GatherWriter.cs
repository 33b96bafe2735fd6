using System.Buffers;

namespace DeidCluster.Dicom;

/// <summary>
/// Writes segments to a file without passing long ranges of other files through our memory: the system copies those itself
/// (copy_file_range), and our own pieces between them leave together in one call.
/// </summary>
internal static class GatherWriter
{
    /// <summary>A shorter range is read and written: two calls of the system cost more than to copy it. Bytes.</summary>
    private const int CopyRangeBytesMin = 64 * 1024;

    /// <summary>Pieces that one call takes (IOV_MAX).</summary>
    private const int PiecesMax = 1024;

    private const int BufferBytes = 128 * 1024;

    /// <summary>Writes everything; cancelled between two calls of the system.</summary>
    public static void Write(SegmentList segments, UnbufferedFile target, CancellationToken ct)
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        foreach (Segment segment in segments.Segments)
        {
            ct.ThrowIfCancellationRequested();
            if (segment.Source is null)
            {
                pieces.Add(segment.Bytes);
                if (pieces.Count == PiecesMax)
                {
                    Flush(pieces, target);
                }

                continue;
            }

            Flush(pieces, target);
            bool isCopied = segment is { Source: FileSource, Range.SwapBytes: <= 1, Length: >= CopyRangeBytesMin };
            Copy(segment, isCopied ? target.CopyFrom((FileSource)segment.Source, segment.Range.Offset, segment.Length, ct) : 0, target, ct);
        }

        Flush(pieces, target);
    }

    private static void Flush(List<ReadOnlyMemory<byte>> pieces, UnbufferedFile target)
    {
        if (pieces.Count > 0)
        {
            target.Write(pieces);
            pieces.Clear();
        }
    }

    /// <summary>Reads and writes what is left of a segment behind its first <paramref name="done"/> bytes.</summary>
    private static void Copy(Segment segment, long done, UnbufferedFile target, CancellationToken ct)
    {
        if (done == segment.Length)
        {
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (done < segment.Length)
            {
                ct.ThrowIfCancellationRequested();
                int read = segment.Read(done, buffer);
                target.Write(buffer.AsSpan(0, read));
                done += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
