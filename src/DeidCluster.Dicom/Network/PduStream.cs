using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom;

/// <summary>
/// PDUs over a connection: reads ahead into one buffer, writes what it is given in one write, and turns every failure of the
/// connection into a <see cref="DicomNetworkException"/>. One reader and any writers may work at the same time.
/// </summary>
internal sealed class PduStream(Stream stream, Socket socket, string peer, TimeProvider clock) : IAsyncDisposable
{
    private const int FirstBufferBytes = 16 * 1024;
    private const int DiscardBytesMax = 16 * 1024 * 1024;

    /// <summary>The problem of a PDU whose type no standard names.</summary>
    public const string UnknownPduType = "Unknown PDU type";

    private readonly Deadline reading = new(clock);
    private readonly Deadline writing = new(clock);
    private readonly SemaphoreSlim oneWriter = new(1);
    private byte[] buffer = new byte[FirstBufferBytes];
    private int start;
    private int end;
    private int readers;

    /// <summary>The peer, for messages.</summary>
    public string Peer => peer;

    /// <summary>The longest body that is read now. Bytes.</summary>
    public int BodyBytesMax { get; set; } = PduLimits.NegotiationBytesMax;

    /// <summary>True when nothing waits to be read, not even the end of the connection.</summary>
    public bool IsQuiet
    {
        get
        {
            try
            {
                return start == end && !socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);
            }
            catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>
    /// The next PDU, all of it within <paramref name="timeout"/>, or none (type 0) when the peer closed the connection between two PDUs. Its
    /// body is valid until the next call. A header that cannot be right is a <see cref="DicomFormatException"/>.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
    public async ValueTask<RawPdu> ReadAsync(TimeSpan timeout, CancellationToken ct)
    {
        Interlocked.Increment(ref readers);
        try
        {
            long started = clock.GetTimestamp();
            if (!await FillAsync(PduLimits.HeaderBytes, started, timeout, ct).ConfigureAwait(false))
            {
                return default;
            }

            int length = BodyBytes(buffer.AsSpan(start, PduLimits.HeaderBytes));
            int total = PduLimits.HeaderBytes + length;
            if (!await FillAsync(total, started, timeout, ct).ConfigureAwait(false))
            {
                throw Closed(null);
            }

            RawPdu pdu = new((PduType)buffer[start], buffer.AsMemory(start + PduLimits.HeaderBytes, length));
            start += total;
            return pdu;
        }
        finally
        {
            Interlocked.Decrement(ref readers);
        }
    }

    private int BodyBytes(ReadOnlySpan<byte> header)
    {
        if (header[0] is < (byte)PduType.AssociateRq or > (byte)PduType.Abort)
        {
            throw new DicomFormatException(UnknownPduType, 0);
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[2..]);
        return length <= (uint)BodyBytesMax ? (int)length : throw new DicomFormatException("PDU is longer than was negotiated", 2);
    }

    /// <summary>Writes <paramref name="bytes"/>, one or several whole PDUs, at once.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
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
    /// socket with unread bytes resets the connection. Waits for <paramref name="timeout"/> at most; false when that was not enough.
    /// When someone else reads, that read ends at once.
    /// </summary>
    public async ValueTask<bool> DiscardUntilClosedAsync(TimeSpan timeout, CancellationToken ct)
    {
        bool othersRead = Interlocked.Increment(ref readers) > 1;
        try
        {
            if (othersRead)
            {
                socket.Shutdown(SocketShutdown.Both);
                return false;
            }

            if (stream is SslStream tls)
            {
                await tls.ShutdownAsync().ConfigureAwait(false);
            }

            socket.Shutdown(SocketShutdown.Send);
            long discarded = end - start;
            start = end = 0;
            long started = clock.GetTimestamp();
            while (discarded < DiscardBytesMax && clock.GetElapsedTime(started) < timeout)
            {
                int read = await ReceiveAsync(buffer, Left(started, timeout), ct).ConfigureAwait(false);
                if (read == 0)
                {
                    return true;
                }

                discarded += read;
            }

            return false;
        }
        catch (DicomNetworkException fault) when (fault.Fault == NetworkFault.Timeout)
        {
            return false;
        }
        catch (Exception fault) when (fault is DicomNetworkException or IOException or SocketException or ObjectDisposedException)
        {
            return true; // the connection is gone, which is what we waited for
        }
        finally
        {
            Interlocked.Decrement(ref readers);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stream.DisposeAsync().ConfigureAwait(false);
        socket.Dispose();
    }

    /// <summary>Reads until <paramref name="bytes"/> are in the buffer; false when the peer closed before the first of them.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))] // runs for each PDU and waits for the network: without a pool, each wait would allocate
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

/// <summary>A PDU as it came: its type and its body, not looked into.</summary>
/// <param name="Type">Its type; 0 is none, at the end of the connection.</param>
/// <param name="Body">What follows the header; valid until the next PDU is read.</param>
internal readonly record struct RawPdu(PduType Type, ReadOnlyMemory<byte> Body);
