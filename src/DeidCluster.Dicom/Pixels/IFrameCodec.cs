namespace DeidCluster.Dicom;

/// <summary>
/// Decodes and encodes single frames. Decoding answers native pixels, little endian, together with what they mean; encoding is lossless or it fails. To change
/// the pixels of an image, whatever its transfer syntax:
/// <code>
/// PixelFrames frames = PixelFrames.Open(file);
/// using EncapsulatedPixels coded = new();
/// for (int i = 0; i &lt; frames.Count; i++)
/// {
///     NativeFrame frame = await codecs.DecodeAsync(frames, i, ct);
///     Draw(boxes, frame.Bytes.Span, frame.Description);           // the bytes are ours to change
///     coded.Add((await codecs.EncodeAsync(frame, TransferSyntax.Find(Uids.RleLossless)!, ct)).Bytes.Span);
/// }
/// </code>
/// </summary>
public interface IFrameCodec
{
    /// <summary>True when frames of <paramref name="transferSyntax"/> can be decoded, as far as can be said before seeing one.</summary>
    bool CanDecode(TransferSyntax transferSyntax);

    /// <summary>True when frames can be encoded losslessly in <paramref name="transferSyntax"/>.</summary>
    bool CanEncode(TransferSyntax transferSyntax);

    /// <summary>
    /// The native pixels of the codestream <paramref name="coded"/>; <paramref name="description"/> is what the data set says of them, and the answer's
    /// what they are: as many rows, columns, samples and bits allocated, or the frame is refused.
    /// </summary>
    /// <exception cref="CodecException">It cannot be decoded.</exception>
    /// <exception cref="DicomFormatException">It is malformed; the offset counts from the codestream's first byte.</exception>
    ValueTask<NativeFrame> DecodeAsync(ReadOnlyMemory<byte> coded, TransferSyntax transferSyntax, PixelDescription description, CancellationToken cancellationToken);

    /// <summary>The codestream of <paramref name="frame"/>, from which the same bytes can be decoded, and how the data set must describe it.</summary>
    /// <exception cref="CodecException">It cannot be encoded without loss.</exception>
    ValueTask<CodedFrame> EncodeAsync(NativeFrame frame, TransferSyntax transferSyntax, CancellationToken cancellationToken);
}

/// <summary>Uncompressed pixels of one frame, little endian, in memory of its receiver, and what they mean.</summary>
public readonly record struct NativeFrame(Memory<byte> Bytes, PixelDescription Description);

/// <summary>The codestream of one frame, and what a data set must say of it.</summary>
public readonly record struct CodedFrame(ReadOnlyMemory<byte> Bytes, PixelDescription Description);
