using System.Buffers;
using System.Text.Json;

namespace DeidCluster.Dicom;

/// <summary>
/// Finds the data sets of a JSON array in a stream that arrives in pieces. What is no data set is refused. Work is linear: a token that did not end yet is
/// looked at again only when the buffer has doubled.
/// </summary>
internal sealed class DicomJsonFrames : IDisposable
{
    private readonly DicomJsonReadOptions options;
    private byte[] buffer;
    private JsonReaderState state;
    private long offset; // of the buffer in the stream
    private int filled;
    private int scanned;
    private int frameStart = -1;
    private int itemDepth; // of a data set: 1 in an array
    private bool isAtStart = true;
    private bool isStarted;
    private bool isTokenOpen;

    public DicomJsonFrames(DicomJsonReadOptions options, int bufferBytes)
    {
        this.options = options;
        buffer = ArrayPool<byte>.Shared.Rent(bufferBytes);
        state = new JsonReaderState(new JsonReaderOptions { MaxDepth = options.JsonDepthMax });
    }

    /// <summary>The least that the next read must bring, if the stream does not end; at most <see cref="Space"/>. Bytes.</summary>
    public int BytesWanted => isTokenOpen ? buffer.Length - filled : isAtStart ? DicomJson.ByteOrderMarkBytes : 1;

    /// <summary>Free memory for what is read next; what was handed out before is gone.</summary>
    public Memory<byte> Space()
    {
        int keepFrom = frameStart >= 0 ? frameStart : scanned;
        if (keepFrom > 0)
        {
            buffer.AsSpan(keepFrom, filled - keepFrom).CopyTo(buffer);
            offset += keepFrom;
            filled -= keepFrom;
            scanned -= keepFrom;
            frameStart = frameStart >= 0 ? 0 : -1;
        }

        if (filled == buffer.Length)
        {
            Grow();
        }

        return buffer.AsMemory(filled);
    }

    /// <summary>Tells how much was read into <see cref="Space"/>.</summary>
    public void Advance(int bytes)
    {
        if (isAtStart)
        {
            isAtStart = false;
            scanned = DicomJson.ByteOrderMark(buffer.AsSpan(0, bytes));
        }

        filled += bytes;
    }

    /// <summary>The next complete data set and its offset in the stream; false when more must be read, or at the end.</summary>
    public bool TryNext(bool isEnd, out ReadOnlyMemory<byte> frame, out long frameOffset)
    {
        Utf8JsonReader json = new(buffer.AsSpan(scanned, filled - scanned), isEnd, state);
        try
        {
            while (json.Read())
            {
                if (!IsFrameEnd(ref json))
                {
                    continue;
                }

                int end = scanned + (int)json.BytesConsumed;
                (frame, frameOffset) = (buffer.AsMemory(frameStart, end - frameStart), offset + frameStart);
                (state, scanned, frameStart, isTokenOpen) = (json.CurrentState, end, -1, false);
                return true;
            }
        }
        catch (JsonException)
        {
            throw new DicomFormatException("not well-formed JSON", offset + scanned + json.BytesConsumed);
        }

        state = json.CurrentState;
        scanned += (int)json.BytesConsumed;
        isTokenOpen = scanned < filled;
        (frame, frameOffset) = (default, 0);
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    /// <summary>Takes a token; true when it ends a data set.</summary>
    private bool IsFrameEnd(ref Utf8JsonReader json)
    {
        if (!isStarted)
        {
            isStarted = true;
            itemDepth = json.TokenType == JsonTokenType.StartArray ? 1 : 0;
            if (itemDepth == 1)
            {
                return false;
            }
        }

        if (json.CurrentDepth > itemDepth)
        {
            return false;
        }

        switch (json.TokenType)
        {
            case JsonTokenType.StartObject:
                frameStart = scanned + (int)json.TokenStartIndex;
                return false;
            case JsonTokenType.EndObject:
                return true;
            case JsonTokenType.EndArray when itemDepth == 1:
                return false;
            default:
                throw new DicomFormatException("something else stands where a data set must", offset + scanned + json.TokenStartIndex);
        }
    }

    private void Grow()
    {
        if (buffer.Length >= options.DataSetBytesMax)
        {
            throw new DicomFormatException($"a data set of more than {options.DataSetBytesMax} bytes of JSON", offset);
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)buffer.Length * 2, options.DataSetBytesMax));
        buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
