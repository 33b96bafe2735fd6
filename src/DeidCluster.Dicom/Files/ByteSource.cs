using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace DeidCluster.Dicom;

/// <summary>Bytes that can be read at any offset, by several readers at once.</summary>
public abstract class ByteSource : IDisposable
{
    /// <summary>The number of bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Reads from <paramref name="offset"/>; the number of bytes read, which is less than asked for only at the end.</summary>
    public abstract int Read(long offset, Span<byte> destination);

    /// <summary>The bytes of a range that are already in memory; false when they must be read.</summary>
    internal virtual bool TrySlice(long offset, int length, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the source holds.</summary>
    protected virtual void Dispose(bool disposing) { }
}

/// <summary>The bytes of a file.</summary>
public sealed class FileSource : ByteSource
{
    private readonly SafeFileHandle handle;

    /// <summary>The file at <paramref name="path"/>, opened for reading.</summary>
    public FileSource(string path) : this(File.OpenHandle(path)) { }

    /// <summary>The file behind <paramref name="handle"/>, which this source closes.</summary>
    internal FileSource(SafeFileHandle handle)
    {
        this.handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        if (destination.Length > Length - offset)
        {
            destination = destination[..(int)Math.Max(0, Length - offset)]; // spares the read that would find the end
        }

        int total = 0;
        while (total < destination.Length && RandomAccess.Read(handle, destination[total..], offset + total) is int read and > 0)
        {
            total += read;
        }

        return total;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            handle.Dispose();
        }
    }
}

/// <summary>Bytes in memory.</summary>
public sealed class MemorySource(ReadOnlyMemory<byte> bytes) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => bytes.Length;

    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        if (offset >= bytes.Length)
        {
            return 0;
        }

        ReadOnlySpan<byte> rest = bytes.Span[(int)offset..];
        int count = Math.Min(rest.Length, destination.Length);
        rest[..count].CopyTo(destination);
        return count;
    }

    internal override bool TrySlice(long offset, int length, out ReadOnlyMemory<byte> slice)
    {
        slice = bytes.Slice((int)offset, length);
        return true;
    }
}

/// <summary>Bytes that arrived in several pieces, e.g. from a pipe.</summary>
public sealed class SequenceSource(ReadOnlySequence<byte> bytes) : ByteSource
{
    /// <inheritdoc/>
    public override long Length { get; } = bytes.Length;

    /// <inheritdoc/>
    public override int Read(long offset, Span<byte> destination)
    {
        int count = (int)Math.Clamp(Length - offset, 0, destination.Length);
        if (count > 0)
        {
            bytes.Slice(offset, count).CopyTo(destination);
        }

        return count;
    }

    internal override bool TrySlice(long offset, int length, out ReadOnlyMemory<byte> slice)
    {
        slice = bytes.IsSingleSegment ? bytes.First.Slice((int)offset, length) : default;
        return bytes.IsSingleSegment;
    }
}
