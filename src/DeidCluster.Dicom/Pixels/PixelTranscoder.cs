namespace DeidCluster.Dicom;

/// <summary>
/// Changes how the pixels of a file are coded: to an uncompressed transfer syntax, or losslessly to a compressed one. Everything else stays as it is, but for what
/// has to speak of the pixels: photometric interpretation, planar configuration, offset tables, and the mark of lossy compression, which is never lost.
/// Frames are worked on in parallel and never held all together.
/// <code>
/// using TranscodedFile result = await PixelTranscoder.TranscodeAsync(file, target, codecs, ct);
/// using SegmentList bytes = result.Segments();
/// </code>
/// </summary>
public static class PixelTranscoder
{
    private const string LossyMark = "01";

    /// <summary>The frames in work at a time.</summary>
    private static readonly int FramesAtATime = Environment.ProcessorCount;

    /// <summary>The file in <paramref name="target"/>. <paramref name="file"/> must stay open until the result was written.</summary>
    /// <exception cref="CodecException">Its pixels cannot be decoded, or not be encoded without loss.</exception>
    /// <exception cref="DicomFormatException">Its pixels are malformed.</exception>
    public static async Task<TranscodedFile> TranscodeAsync(DicomFile file, TransferSyntax target, FrameCodecs codecs, CancellationToken cancellationToken)
    {
        if (Transcoder.Obstacle(file, target) is null)
        {
            return new TranscodedFile(file, target, file.DataSet, file.Source);
        }

        if (!target.IsEncapsulated && !Transcoder.IsUncompressed(target))
        {
            throw new CodecException(CodecFailure.Unsupported, $"nothing here writes {target.Name}");
        }

        TranscodedFile result = new(file, target, file.DataSet.DeepCopy(), file.Source);
        try
        {
            if (target.IsEncapsulated)
            {
                await EncodeAsync(result, codecs, cancellationToken).ConfigureAwait(false);
            }

            await DecodeFragmentsAsync(result, result.DataSet, isTop: true, codecs, cancellationToken).ConfigureAwait(false);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Puts the pixels of the image itself into the target's codestreams. Icons stay or become native, as PS3.5 A.4 allows them to be.</summary>
    private static async Task EncodeAsync(TranscodedFile result, FrameCodecs codecs, CancellationToken cancellationToken)
    {
        DataSet image = result.DataSet;
        if (!codecs.CanEncode(result.TransferSyntax))
        {
            throw new CodecException(CodecFailure.Unsupported, $"nothing here losslessly encodes {result.TransferSyntax.Name}");
        }

        if (image.Find(Tags.PixelData) is null)
        {
            throw new CodecException(CodecFailure.Unsupported, "there is no Pixel Data to compress");
        }

        PixelFrames frames = PixelFrames.Open(image, result.SourceSyntax, result.Source);
        if (frames.SurplusBytes > 0)
        {
            throw new CodecException(CodecFailure.Unsupported, $"{frames.SurplusBytes} bytes behind the last frame would be lost");
        }

        using EncapsulatedPixels pixels = new();
        PixelDescription? description = null;
        await ForEachAsync(frames.Count, EncodedAsync, Add).ConfigureAwait(false);
        MarkLossy(image, frames);
        description!.ApplyTo(image);
        result.Take(pixels.ReplaceIn(image, result.Source));

        async Task<CodedFrame> EncodedAsync(int i) =>
            await codecs.EncodeAsync(await codecs.DecodeAsync(frames, i, cancellationToken).ConfigureAwait(false), result.TransferSyntax, cancellationToken).ConfigureAwait(false);

        void Add(CodedFrame frame)
        {
            description ??= frame.Description;
            if (frame.Description != description)
            {
                throw new CodecException(CodecFailure.Refused, "frames of one image decode to pixels of different kinds");
            }

            pixels.Add(frame.Bytes.Span);
        }
    }

    /// <summary>Turns every fragments element into native pixels, but for those that were just made.</summary>
    private static async Task DecodeFragmentsAsync(TranscodedFile result, DataSet image, bool isTop, FrameCodecs codecs, CancellationToken cancellationToken)
    {
        foreach (Element element in image.Elements.ToArray())
        {
            foreach (DataSet item in element is SequenceElement sequence ? sequence.Items : [])
            {
                await DecodeFragmentsAsync(result, item, isTop: false, codecs, cancellationToken).ConfigureAwait(false);
            }

            if (element is not FragmentsElement || (isTop && result.TransferSyntax.IsEncapsulated && element.Tag == Tags.PixelData))
            {
                continue;
            }

            if (element.Tag != Tags.PixelData)
            {
                throw new CodecException(CodecFailure.Unsupported, $"{element.Tag} holds fragments and is no Pixel Data");
            }

            PixelFrames frames = PixelFrames.Open(image, result.SourceSyntax, result.Source);
            using NativePixels pixels = new();
            await ForEachAsync(frames.Count, i => codecs.DecodeAsync(frames, i, cancellationToken).AsTask(), pixels.Add).ConfigureAwait(false);
            MarkLossy(image, frames);
            result.Take(pixels.ReplaceIn(image, result.Source));
        }
    }

    /// <summary>Has <paramref name="work"/> done for some frames at a time, and <paramref name="take"/> see the results in their order.</summary>
    private static async Task ForEachAsync<T>(int count, Func<int, Task<T>> work, Action<T> take)
    {
        Queue<Task<T>> inWork = new();
        try
        {
            for (int i = 0; i < count || inWork.Count > 0;)
            {
                while (i < count && inWork.Count < FramesAtATime)
                {
                    int frame = i++;
                    inWork.Enqueue(Task.Run(() => work(frame)));
                }

                take(await inWork.Dequeue().ConfigureAwait(false));
            }
        }
        finally
        {
            await Task.WhenAll(inWork.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Pixels that went through lossy compression say so for ever (PS3.3 C.7.6.1.1.5). A file that does not say it is believed, unless its codestreams cannot be
    /// lossless.
    /// </summary>
    public static void MarkLossy(DataSet image, PixelFrames frames)
    {
        if (!frames.IsEncapsulated || image.GetString(Tags.LossyImageCompression) == LossyMark || MethodOf(frames) is not { } method)
        {
            return;
        }

        image.SetString(Tags.LossyImageCompression, LossyMark);
        if (!image.Contains(Tags.LossyImageCompressionMethod))
        {
            image.SetString(Tags.LossyImageCompressionMethod, method);
        }
    }

    /// <summary>The defined term of the method that lost something (PS3.3 C.7.6.1.1.5.1); null when it is not known to have.</summary>
    private static string? MethodOf(PixelFrames frames) => frames.TransferSyntax.Uid switch
    {
        Uids.JpegBaselineProcess1 or Uids.JpegExtendedProcess2And4 or Uids.JpegSpectralSelectionNonHierarchicalProcess6And8 or Uids.JpegFullProgressionNonHierarchicalProcess10And12 => "ISO_10918_1",
        Uids.JpegLsLossyNearLosslessImageCompression => "ISO_14495_1",
        Uids.Jpeg2000ImageCompression when Codestream.Read(frames.Read(0)).IsIrreversible => "ISO_15444_1",
        _ => null,
    };
}

/// <summary>A file whose pixels are coded anew, to be written while the original is open.</summary>
public sealed class TranscodedFile : IDisposable
{
    private readonly DicomFile original;
    private readonly List<ByteSource> owned = [];

    internal TranscodedFile(DicomFile original, TransferSyntax transferSyntax, DataSet dataSet, ByteSource source) =>
        (this.original, TransferSyntax, DataSet, Source) = (original, transferSyntax, dataSet, source);

    /// <summary>The transfer syntax that the file has now.</summary>
    public TransferSyntax TransferSyntax { get; }

    /// <summary>The data set; its ranges lie in <see cref="Source"/>.</summary>
    public DataSet DataSet { get; }

    /// <summary>The original's bytes, and behind them the new pixels.</summary>
    public ByteSource Source { get; private set; }

    internal TransferSyntax SourceSyntax => original.TransferSyntax;

    /// <summary>The bytes of the file, with meta information of our own.</summary>
    public SegmentList Segments() => ReferenceEquals(DataSet, original.DataSet)
        ? Transcoder.FileSegments(original, TransferSyntax)
        : DicomFileWriter.Segments(Transcoder.Meta(original, TransferSyntax), DataSet, TransferSyntax, Source, options: new WriteOptions { DropGroupLengths = true });

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ByteSource source in owned)
        {
            source.Dispose();
        }
    }

    internal void Take(ByteSource source)
    {
        owned.Add(source);
        Source = source;
    }
}
