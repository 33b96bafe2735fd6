using System.IO.Compression;

namespace DeidCluster.Dicom;

/// <summary>Frames that are deflated (Deflated Image Frame Compression, PS3.5 A.4.13) or fragments of plain pixels (Encapsulated Uncompressed, PS3.5 A.4.11), in this process.</summary>
public sealed class DeflateCodec : IFrameCodec
{
    private const int PaddingBytesMax = 1;

    /// <inheritdoc/>
    public bool CanDecode(TransferSyntax transferSyntax) => IsDeflated(transferSyntax) || transferSyntax.Uid == Uids.EncapsulatedUncompressedExplicitVrLittleEndian;

    /// <inheritdoc/>
    public bool CanEncode(TransferSyntax transferSyntax) => CanDecode(transferSyntax);

    /// <inheritdoc/>
    public ValueTask<NativeFrame> DecodeAsync(ReadOnlyMemory<byte> coded, TransferSyntax transferSyntax, PixelDescription description, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new NativeFrame(IsDeflated(transferSyntax) ? Inflated(coded, description.FrameBytes) : Plain(coded, description.FrameBytes), description));
    }

    /// <inheritdoc/>
    public ValueTask<CodedFrame> EncodeAsync(NativeFrame frame, TransferSyntax transferSyntax, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!IsDeflated(transferSyntax))
        {
            return ValueTask.FromResult(new CodedFrame(frame.Bytes, frame.Description));
        }

        MemoryStream coded = new();
        using (DeflateStream deflate = new(coded, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(frame.Bytes.Span);
        }

        return ValueTask.FromResult(new CodedFrame(coded.GetBuffer().AsMemory(0, (int)coded.Length), frame.Description));
    }

    private static bool IsDeflated(TransferSyntax transferSyntax) => transferSyntax.Uid == Uids.DeflatedImageFrameCompression;

    /// <summary>Exactly so many bytes. Memory grows with what really comes out, not with what the data set says.</summary>
    private static byte[] Inflated(ReadOnlyMemory<byte> coded, long frameBytes)
    {
        const int ChunkBytes = 1024 * 1024;
        using MemoryStream bytes = new();
        using DeflateStream inflate = new(new MemoryStream(coded.ToArray(), writable: false), CompressionMode.Decompress);
        byte[] chunk = new byte[(int)Math.Min(ChunkBytes, frameBytes + 1)];
        try
        {
            while (bytes.Length <= frameBytes && inflate.Read(chunk) is int read and > 0)
            {
                bytes.Write(chunk.AsSpan(0, read));
            }
        }
        catch (InvalidDataException)
        {
            throw Malformed("a deflated frame is damaged");
        }

        return bytes.Length == frameBytes ? bytes.ToArray() : throw Malformed("a deflated frame is not as long as the data set says");
    }

    private static byte[] Plain(ReadOnlyMemory<byte> coded, long frameBytes) => coded.Length >= frameBytes && coded.Length <= frameBytes + PaddingBytesMax
        ? coded[..(int)frameBytes].ToArray()
        : throw Malformed("a frame is not as long as the data set says");

    private static DicomFormatException Malformed(string problem) => new(problem, 0, Tags.PixelData.ToString());
}
