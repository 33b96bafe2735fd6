using System.Buffers;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// Reads a multipart message (RFC 2046 5.1, RFC 2387; PS3.18 8.6) part by part from a stream, with one buffer and without holding a part. Parts that
/// came before a fault were complete. What breaks the format is a <see cref="DicomFormatException"/> with the offset in the message.
/// </summary>
/// <remarks>
/// Lines may end with LF alone when the first boundary's line does. Preamble and epilogue are skipped. A line that begins with the
/// boundary and goes on with other letters is part of a body. A message without its closing boundary is refused at its end.
/// </remarks>
public sealed class MultipartReader : IDisposable
{
    /// <summary>Large enough that a read takes what the network has, small enough to stay in the processor's cache.</summary>
    private const int BufferBytes = 128 * 1024;

    private readonly Stream stream;
    private readonly MultipartLimits limits;
    private readonly byte[] line; // "\r\n--boundary"
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private ReadOnlyMemory<byte> delimiter; // what of it ends a body in this message
    private int start;
    private int end;
    private long endOffset;
    private bool isEnded;
    private State state = State.Preamble;
    private int known; // bytes from start on that belong to the body
    private int delimiterBytes; // the delimiter's line behind them; 0 while it was not found
    private bool isClosing;
    private int number;
    private long partBytes;

    /// <param name="stream">The message; it is not disposed here.</param>
    /// <param name="boundary">The parameter of that name of the message's media type.</param>
    /// <param name="limits">How much is taken; null for <see cref="MultipartLimits.Default"/>.</param>
    /// <exception cref="DicomFormatException">The boundary is missing or too long.</exception>
    public MultipartReader(Stream stream, string? boundary, MultipartLimits? limits = null)
    {
        this.stream = stream;
        this.limits = limits ?? MultipartLimits.Default;
        if (boundary is not { Length: > 0 and <= MultipartLimits.BoundaryLettersMax } || boundary.Any(letter => letter is < ' ' or > '~'))
        {
            throw new DicomFormatException("a multipart message without a usable boundary", 0);
        }

        line = Encoding.ASCII.GetBytes($"\r\n--{boundary}");
        delimiter = line.AsMemory(1);

        // The first boundary may stand at the very beginning: a line end put before it makes it like all others.
        line.AsSpan(0, 2).CopyTo(buffer);
        end = 2;
        endOffset = 0;
    }

    private enum State
    {
        Preamble,
        Body,
        Closed,
    }

    private ReadOnlySpan<byte> Rest => buffer.AsSpan(start, end - start);

    private long Offset => Math.Max(endOffset - (end - start), 0);

    /// <summary>The next part, after what is left of the one before; null behind the last. The part before cannot be read any more.</summary>
    public async ValueTask<MultipartPart?> NextAsync(CancellationToken ct)
    {
        while (state != State.Closed && await SkipAsync(ct).ConfigureAwait(false) > 0)
        {
            if (state == State.Preamble && partBytes > MultipartLimits.PreambleBytesMax)
            {
                throw new DicomFormatException("no boundary where a multipart message begins", Offset);
            }
        }

        if (state == State.Closed || !EndBody())
        {
            state = State.Closed;
            return null;
        }

        if (number >= limits.PartsMax)
        {
            throw new DicomFormatException("more parts in a multipart message than are taken", Offset);
        }

        Dictionary<string, string> headers = await ReadHeadersAsync(ct).ConfigureAwait(false);
        (partBytes, known, delimiterBytes) = (0, 0, 0);
        number++;
        return new MultipartPart(number, headers, new MultipartBody(this, number));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            (buffer, start, end, state) = ([], 0, 0, State.Closed);
        }
    }

    /// <summary>The bytes of part <paramref name="part"/> that are there now, at least one; none at its end. They stay until <see cref="Take"/>.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int part, CancellationToken ct)
    {
        if (part != number || state == State.Closed)
        {
            throw new InvalidOperationException("a part can be read until the next one is asked for");
        }

        await KnowAsync(ct).ConfigureAwait(false);
        return buffer.AsMemory(start, known);
    }

    /// <summary>Moves over <paramref name="count"/> bytes that were seen.</summary>
    internal void Take(int count)
    {
        start += count;
        known -= count;
        partBytes += count;
        if (partBytes > limits.PartBytesMax)
        {
            throw new DicomFormatException("a part of a multipart message is longer than is taken", Offset);
        }
    }

    private async ValueTask<int> SkipAsync(CancellationToken ct)
    {
        await KnowAsync(ct).ConfigureAwait(false);
        int count = known;
        Take(count);
        return count;
    }

    /// <summary>Reads on until bytes of the body are known or its end is.</summary>
    private async ValueTask KnowAsync(CancellationToken ct)
    {
        while (known == 0 && delimiterBytes == 0)
        {
            Scan();
            if (known == 0 && delimiterBytes == 0)
            {
                await FillAsync(state == State.Preamble ? "no boundary in a multipart message" : "a multipart message ends inside a part", ct).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Finds out how much of the buffer is body: up to the delimiter, or up to what might become one.</summary>
    private void Scan()
    {
        ReadOnlySpan<byte> rest = Rest;
        ReadOnlySpan<byte> wanted = delimiter.Span;
        for (int from = 0; rest[from..].IndexOf(wanted) is int found and >= 0; from += found + 1)
        {
            int at = from + found;
            int tail = TailBytes(rest[(at + wanted.Length)..]);
            if (tail >= 0)
            {
                known = at;
                delimiterBytes = tail > 0 ? wanted.Length + tail : 0;
                return;
            }
        }

        known = rest.Length - BeginningBytes(rest, wanted);
    }

    /// <summary>The length of what follows a delimiter in its line; 0 when more bytes are needed to tell, -1 when it is none.</summary>
    private int TailBytes(ReadOnlySpan<byte> tail)
    {
        if (tail is [(byte)'-', (byte)'-', ..])
        {
            isClosing = true;
            return 2;
        }

        int padding = tail.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (padding < 0 || (padding == tail.Length - 1 && tail[padding] is (byte)'\r' or (byte)'-'))
        {
            return tail.Length > MultipartLimits.PaddingBytesMax ? -1 : 0;
        }

        isClosing = false;
        return padding > MultipartLimits.PaddingBytesMax ? -1 : tail[padding..] switch
        {
            [(byte)'\n', ..] => padding + 1,
            [(byte)'\r', (byte)'\n', ..] => padding + 2,
            _ => -1,
        };
    }

    /// <summary>How many bytes at the end of <paramref name="rest"/> may be the beginning of <paramref name="wanted"/>.</summary>
    private static int BeginningBytes(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> wanted)
    {
        ReadOnlySpan<byte> tail = rest[^Math.Min(rest.Length, wanted.Length - 1)..];
        while (tail.IndexOf(wanted[0]) is int at and >= 0)
        {
            tail = tail[at..];
            if (wanted.StartsWith(tail))
            {
                return tail.Length;
            }

            tail = tail[1..];
        }

        return 0;
    }

    /// <summary>Moves over the delimiter; false when it was the closing one.</summary>
    private bool EndBody()
    {
        if (state == State.Preamble && buffer[start + delimiterBytes - 2] == '\r')
        {
            delimiter = line; // the message ends its lines with CRLF, so a body may end with a CR of its own only before that
        }

        start += delimiterBytes;
        state = isClosing ? State.Closed : State.Body;
        return !isClosing;
    }

    private async ValueTask<Dictionary<string, string>> ReadHeadersAsync(CancellationToken ct)
    {
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        int taken = 0;
        string? last = null;
        while (true)
        {
            int length = await LineAsync(MultipartLimits.HeaderBytesMax - taken, ct).ConfigureAwait(false);
            ReadOnlySpan<byte> text = Rest[..length].TrimEnd("\r\n"u8);
            if (text.IsEmpty)
            {
                await EndHeadersAsync(length, ct).ConfigureAwait(false);
                return headers;
            }

            last = Keep(headers, text, last);
            start += length;
            taken += length;
        }
    }

    private string? Keep(Dictionary<string, string> headers, ReadOnlySpan<byte> text, string? last)
    {
        if (text[0] is (byte)' ' or (byte)'\t')
        {
            if (last is not null)
            {
                headers[last] += " " + Encoding.Latin1.GetString(text).Trim(); // folded (RFC 5322 2.2.3)
            }

            return last;
        }

        int colon = text.IndexOf((byte)':');
        if (colon <= 0 || headers.Count >= MultipartLimits.HeadersMax)
        {
            throw new DicomFormatException(colon <= 0 ? "a header line of a part without a colon" : "too many header lines in a part", Offset);
        }

        string name = Encoding.Latin1.GetString(text[..colon]).Trim();
        headers[name] = Encoding.Latin1.GetString(text[(colon + 1)..]).Trim();
        return name;
    }

    /// <summary>The length of the next line with its end, which is in the buffer then.</summary>
    private async ValueTask<int> LineAsync(int bytesMax, CancellationToken ct)
    {
        while (true)
        {
            int at = Rest.IndexOf((byte)'\n');
            if (at >= bytesMax || (at < 0 && end - start >= bytesMax))
            {
                throw new DicomFormatException("the header of a part is longer than is taken", Offset);
            }

            if (at >= 0)
            {
                return at + 1;
            }

            await FillAsync("a multipart message ends inside a header", ct).ConfigureAwait(false);
        }
    }

    /// <summary>Moves over the empty line, unless it is the line end before the next boundary: a part without a body (RFC 2046 5.1.1).</summary>
    private async ValueTask EndHeadersAsync(int length, CancellationToken ct)
    {
        while (end - start < delimiter.Length && delimiter.Span.StartsWith(Rest))
        {
            await FillAsync("a multipart message ends inside a part", ct).ConfigureAwait(false);
        }

        start += Rest.StartsWith(delimiter.Span) ? 0 : length;
    }

    private async ValueTask FillAsync(string problemAtEnd, CancellationToken ct)
    {
        if (start > 0)
        {
            Rest.CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        int read = isEnded || end == buffer.Length ? 0 : await stream.ReadAsync(buffer.AsMemory(end), ct).ConfigureAwait(false);
        if (read == 0)
        {
            isEnded = true;
            throw new DicomFormatException(problemAtEnd, endOffset);
        }

        end += read;
        endOffset += read;
    }
}
