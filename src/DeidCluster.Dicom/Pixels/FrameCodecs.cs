namespace DeidCluster.Dicom;

/// <summary>
/// All codecs together: each frame goes to the first that knows its transfer syntax. Without <see cref="CodecWorkerOptions"/>, or where GDCM is not installed, what
/// works in this process works all the same.
/// </summary>
public sealed class FrameCodecs : IFrameCodec, IAsyncDisposable
{
    private readonly IReadOnlyList<IFrameCodec> codecs;

    /// <summary>The codecs of this process, and with <paramref name="workers"/> those in worker processes.</summary>
    public FrameCodecs(CodecWorkerOptions? workers = null) => codecs = workers is null ? [new RleCodec(), new DeflateCodec()] : [new RleCodec(), new DeflateCodec(), new GdcmCodec(workers)];

    /// <inheritdoc/>
    public bool CanDecode(TransferSyntax transferSyntax) => codecs.Any(codec => codec.CanDecode(transferSyntax));

    /// <inheritdoc/>
    public bool CanEncode(TransferSyntax transferSyntax) => codecs.Any(codec => codec.CanEncode(transferSyntax));

    /// <summary>Frame <paramref name="index"/> of <paramref name="frames"/>, native or coded, as native pixels.</summary>
    /// <exception cref="CodecException">It cannot be decoded.</exception>
    /// <exception cref="DicomFormatException">It is malformed.</exception>
    public async ValueTask<NativeFrame> DecodeAsync(PixelFrames frames, int index, CancellationToken cancellationToken)
    {
        byte[] bytes = frames.Read(index);
        if (frames.IsEncapsulated)
        {
            return await DecodeAsync(bytes, frames.TransferSyntax, frames.Description, cancellationToken).ConfigureAwait(false);
        }

        if (bytes.Length < frames.Description.FrameBytes)
        {
            throw new CodecException(CodecFailure.Unsupported, "uncompressed pixels with subsampled colour are not coded anew");
        }

        bool isFullThoughNamedSubsampled = PhotometricInterpretations.IsSubsampled(frames.Description.PhotometricInterpretation);
        return new NativeFrame(bytes, isFullThoughNamedSubsampled ? frames.Description with { PhotometricInterpretation = PhotometricInterpretations.YbrFull } : frames.Description);
    }

    /// <inheritdoc/>
    public ValueTask<NativeFrame> DecodeAsync(ReadOnlyMemory<byte> coded, TransferSyntax transferSyntax, PixelDescription description, CancellationToken cancellationToken) =>
        (codecs.FirstOrDefault(codec => codec.CanDecode(transferSyntax)) ?? throw Unsupported(transferSyntax, "decodes")).DecodeAsync(coded, transferSyntax, description, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CodedFrame> EncodeAsync(NativeFrame frame, TransferSyntax transferSyntax, CancellationToken cancellationToken) =>
        (codecs.FirstOrDefault(codec => codec.CanEncode(transferSyntax)) ?? throw Unsupported(transferSyntax, "losslessly encodes")).EncodeAsync(frame, transferSyntax, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable codec in codecs.OfType<IAsyncDisposable>())
        {
            await codec.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static CodecException Unsupported(TransferSyntax transferSyntax, string verb) => new(CodecFailure.Unsupported, $"nothing here {verb} {transferSyntax.Name}; instances in it are received, stored, sent and de-identified as they are, as long as no pixel must change");
}
