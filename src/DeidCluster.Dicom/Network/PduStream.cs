using System.Buffers.Binary;
using System.Net.Sockets;

namespace DeidCluster.Dicom;

/// <summary>
/// PDUs over a connection: reads ahead into one buffer, writes what it is given in one write, and turns every failure of the
/// connection into a <see cref="DicomNetworkException"/>. One reader and any writers may work at the same time.
/// </summary>
internal sealed class PduStream(Stream stream, Socket socket, string peer, TimeProvider clock) : IAsyncDisposable
{
    private const int FirstBufferBytes = 16 * 1024;
    private const int DiscardBytesMax = 16 * 1024 * 1024;

    private readonly Deadline reading = new(clock);
    private readonly Deadline writing = new(clock);
    private readonly SemaphoreSlim oneWriter = new(1);
    private byte[] buffer = new byte[FirstBufferBytes];
    private int start;
    private int end;

    /// <summary>The longest body that is read now. Bytes.</summary>
    public int BodyBytesMax { get; set; } = PduLimits.NegotiationBytesMax;

    /// <summary>
    /// The next PDU, all of it within <paramref name="timeout"/>, or null when the peer closed the connection between two PDUs. Its PDVs
    /// are valid until the next call. Malformed bytes are a <see cref="DicomFormatException"/>.
    /// </summary>
    public async ValueTask<Pdu?> ReadAsync(TimeSpan timeout, CancellationToken ct)
    {
        long started = clock.GetTimestamp();
        if (!await FillAsync(PduLimits.HeaderBytes, started, timeout, ct).ConfigureAwait(false))
        {
            return null;
        }

        byte type = buffer[start];
        uint length = BinaryPrimitives.ReadUInt32BigEndian(buffer.AsSpan(start + 2));
        if (type is < (byte)PduType.AssociateRq or > (byte)PduType.Abort)
        {
            throw new DicomFormatException("Unknown PDU type", 0);
        }

        if (length > (uint)BodyBytesMax)
        {
            throw new DicomFormatException("PDU is longer than was negotiated", 2);
        }

        int total = PduLimits.HeaderBytes + (int)length;
        if (!await FillAsync(total, started, timeout, ct).ConfigureAwait(false))
        {
            throw Closed(null);
        }

        ReadOnlyMemory<byte> body = buffer.AsMemory(start + PduLimits.HeaderBytes, (int)length);
        start += total;
        return PduReader.Read(type, body);
    }

    /// <summary>Writes <paramref name="bytes"/>, one or several whole PDUs, at once.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, TimeSpan timeout, CancellationToken ct)
    {
        await oneWriter.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            await stream.WriteAsync(bytes, writing.Start(timeout, ct)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new DicomNetworkException(NetworkFault.Timeout, $"{peer} did not take what was sent in time");
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException)
        {
            throw Closed(fault);
        }
        finally
        {
            writing.Stop();
            oneWriter.Release();
        }
    }

    /// <summary>
    /// Ends our direction and discards what still comes until the peer closes, so that the last PDU we wrote reaches it: closing a
    /// socket with unread bytes resets the connection. Waits for <paramref name="timeout"/> at most (ARTIM, PS3.8 9.1.5).
    /// </summary>
    public async ValueTask DiscardUntilClosedAsync(TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            long discarded = end - start;
            start = end = 0;
            long started = clock.GetTimestamp();
            while (discarded < DiscardBytesMax && clock.GetElapsedTime(started) < timeout)
            {
                int read = await ReceiveAsync(buffer, timeout, ct).ConfigureAwait(false);
                if (read == 0)
                {
                    return;
                }

                discarded += read;
            }
        }
        catch (Exception fault) when (fault is DicomNetworkException or SocketException or ObjectDisposedException)
        {
            return; // the connection is gone, which is what we waited for
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        socket.Dispose();
    }

    /// <summary>Reads until <paramref name="bytes"/> are in the buffer; false when the peer closed before the first of them.</summary>
    private async ValueTask<bool> FillAsync(int bytes, long started, TimeSpan timeout, CancellationToken ct)
    {
        while (end - start < bytes)
        {
            MakeRoom(bytes);
            int read = await ReceiveAsync(buffer.AsMemory(end), Left(started, timeout), ct).ConfigureAwait(false);
            if (read == 0)
            {
                return end == start ? false : throw Closed(null);
            }

            end += read;
        }

        return true;
    }

    // A peer that sends a byte now and then does not get more time for it.
    private TimeSpan Left(long started, TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
        {
            return timeout;
        }

        TimeSpan left = timeout - clock.GetElapsedTime(started);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void MakeRoom(int bytes)
    {
        if (start == end)
        {
            start = end = 0;
        }

        if (buffer.Length - start >= bytes)
        {
            return;
        }

        // Twice what one PDU needs, so that a cut PDU is rarely moved to the front.
        byte[] target = buffer.Length >= bytes ? buffer : new byte[Math.Min(2 * bytes, 2 * (BodyBytesMax + PduLimits.HeaderBytes))];
        buffer.AsSpan(start, end - start).CopyTo(target);
        end -= start;
        start = 0;
        buffer = target;
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> target, TimeSpan timeout, CancellationToken ct)
    {
        try
        {
            return await stream.ReadAsync(target, reading.Start(timeout, ct)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new DicomNetworkException(NetworkFault.Timeout, $"{peer} did not send what was expected in time");
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException)
        {
            throw Closed(fault);
        }
        finally
        {
            reading.Stop();
        }
    }

    private DicomNetworkException Closed(Exception? inner) => new(NetworkFault.Closed, $"{peer} closed the connection", inner);
}
