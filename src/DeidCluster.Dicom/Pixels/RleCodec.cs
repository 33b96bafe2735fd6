namespace DeidCluster.Dicom;

/// <summary><see cref="Rle"/> as a codec, in this process.</summary>
public sealed class RleCodec : IFrameCodec
{
    /// <inheritdoc/>
    public bool CanDecode(TransferSyntax transferSyntax) => transferSyntax.Uid == Uids.RleLossless;

    /// <inheritdoc/>
    public bool CanEncode(TransferSyntax transferSyntax) => CanDecode(transferSyntax);

    /// <inheritdoc/>
    public ValueTask<NativeFrame> DecodeAsync(ReadOnlyMemory<byte> coded, TransferSyntax transferSyntax, PixelDescription description, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new NativeFrame(Rle.Decode(coded.Span, description), description));
    }

    /// <inheritdoc/>
    public ValueTask<CodedFrame> EncodeAsync(NativeFrame frame, TransferSyntax transferSyntax, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(new CodedFrame(Rle.Encode(frame.Bytes.Span, frame.Description), frame.Description));
    }
}
