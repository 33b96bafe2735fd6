using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DeidCluster.Simulator;

/// <summary>The stream of one connection, seen by the archive's door: it counts until it is released or closed, and is closed when nothing happens on it.</summary>
internal sealed class DoorStream : Stream
{
    /// <summary>A-RELEASE-RP (PS3.8 9.3.7): who reads it may open the next association at once, so it is counted before it leaves.</summary>
    private const byte ReleaseRp = 0x06;

    private readonly ArchiveDoor door;
    private readonly NetworkStream inner;
    private readonly EndPoint remote;
    private readonly TimeSpan idleTimeout;
    private readonly Timer timer;
    private long usedAt = Stopwatch.GetTimestamp();

    public DoorStream(ArchiveDoor door, NetworkStream inner, TimeSpan idleTimeout)
    {
        (this.door, this.inner, this.idleTimeout) = (door, inner, idleTimeout);
        remote = inner.Socket.RemoteEndPoint!;
        timer = new Timer(_ => Look(), null, idleTimeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>True while its association is counted; the door's to set.</summary>
    public bool Counts { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Use();
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > 0 && buffer.Span[0] == ReleaseRp)
        {
            door.Close(this, remote, wasIdle: false);
        }

        await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        Use();
    }

    public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            timer.Dispose();
            door.Close(this, remote, wasIdle: false);
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Use() => Interlocked.Exchange(ref usedAt, Stopwatch.GetTimestamp());

    private void Look()
    {
        TimeSpan left = idleTimeout - Stopwatch.GetElapsedTime(Interlocked.Read(ref usedAt));
        if (left > TimeSpan.Zero || !Counts)
        {
            Again(left > TimeSpan.Zero ? left : idleTimeout);
            return;
        }

        inner.Socket.Dispose();
        door.Close(this, remote, wasIdle: true);
    }

    private void Again(TimeSpan after)
    {
        try
        {
            timer.Change(after, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The connection was closed meanwhile.
        }
    }
}
