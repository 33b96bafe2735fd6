using System.Security.Cryptography;

namespace DeidCluster.Pipeline;

/// <summary>
/// Reads a file once and hashes it on the way. The last block is handed out only after the digest of the whole was found
/// right, so that a peer never gets a complete file that is not the one that was verified.
/// </summary>
public sealed class VerifiedStream : Stream
{
    private const int BlockBytes = 128 * 1024;
    private readonly FileStream file;
    private readonly string digest;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] block = new byte[BlockBytes];
    private byte[] ahead = new byte[BlockBytes];
    private int blockLength;
    private int blockAt;
    private int aheadLength;
    private bool started;
    private bool ended;

    /// <summary>Opens <paramref name="path"/>, whose SHA-256 must be <paramref name="digest"/> (lower-case hexadecimal).</summary>
    public VerifiedStream(string path, string digest)
    {
        this.digest = digest;
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => file.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads over the first <paramref name="count"/> bytes; they are hashed like the rest.</summary>
    public async Task SkipAsync(long count, CancellationToken cancellation)
    {
        byte[] over = new byte[Math.Min(count, BlockBytes)];
        while (count > 0)
        {
            int read = await ReadAsync(over.AsMemory(0, (int)Math.Min(count, over.Length)), cancellation);
            if (read == 0)
            {
                throw new DigestMismatchException();
            }

            count -= read;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (blockAt == blockLength && !await NextBlockAsync(cancellationToken))
        {
            return 0;
        }

        int count = Math.Min(buffer.Length, blockLength - blockAt);
        block.AsMemory(blockAt, count).CopyTo(buffer);
        blockAt += count;
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
            hash.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Moves one block on; the block behind it is read first, so that the end is known, and judged, before the last one is handed out.</summary>
    private async Task<bool> NextBlockAsync(CancellationToken cancellation)
    {
        if (!started)
        {
            started = true;
            aheadLength = await FillAheadAsync(cancellation);
        }

        (block, ahead) = (ahead, block);
        (blockLength, blockAt) = (aheadLength, 0);
        if (blockLength == 0)
        {
            return false;
        }

        aheadLength = await FillAheadAsync(cancellation);
        return true;
    }

    private async Task<int> FillAheadAsync(CancellationToken cancellation)
    {
        if (ended)
        {
            return 0;
        }

        int length = await file.ReadAtLeastAsync(ahead, ahead.Length, throwOnEndOfStream: false, cancellation);
        hash.AppendData(ahead, 0, length);
        ended = length < ahead.Length;
        return !ended || Convert.ToHexStringLower(hash.GetHashAndReset()) == digest ? length : throw new DigestMismatchException();
    }
}

/// <summary>A result in staging is not the file that was verified.</summary>
public sealed class DigestMismatchException() : Exception("a result in staging is not the file that was verified");
