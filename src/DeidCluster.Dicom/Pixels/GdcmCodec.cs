using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace DeidCluster.Dicom;

/// <summary>
/// JPEG, JPEG-LS and JPEG 2000 through GDCM in worker processes, which are started when frames come and ended when this object is disposed. A worker that dies,
/// hangs or answers nonsense is replaced, and only the frame that it had is refused.
/// </summary>
public sealed class GdcmCodec : IFrameCodec, IAsyncDisposable
{
    private const int CodedSlackBytes = 64 * 1024;

    private static readonly FrozenSet<string> Decodable = new[]
    {
        Uids.JpegBaselineProcess1,
        Uids.JpegExtendedProcess2And4,
        Uids.JpegSpectralSelectionNonHierarchicalProcess6And8,
        Uids.JpegFullProgressionNonHierarchicalProcess10And12,
        Uids.JpegLosslessNonHierarchicalProcess14,
        Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1,
        Uids.JpegLsLosslessImageCompression,
        Uids.JpegLsLossyNearLosslessImageCompression,
        Uids.Jpeg2000ImageCompressionLosslessOnly,
        Uids.Jpeg2000ImageCompression,
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Encodable = new[]
    {
        Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1,
        Uids.JpegLsLosslessImageCompression,
        Uids.Jpeg2000ImageCompressionLosslessOnly,
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly CodecWorkerOptions options;
    private readonly ConcurrentStack<WorkerProcess> idle = new();
    private readonly SemaphoreSlim places;
    private bool isDisposed;

    /// <summary>A codec whose workers are started as <paramref name="options"/> say; none is started yet.</summary>
    public GdcmCodec(CodecWorkerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        this.options = options;
        places = new SemaphoreSlim(options.Workers);
    }

    /// <inheritdoc/>
    public bool CanDecode(TransferSyntax transferSyntax) => Decodable.Contains(transferSyntax.Uid);

    /// <inheritdoc/>
    public bool CanEncode(TransferSyntax transferSyntax) => Encodable.Contains(transferSyntax.Uid);

    /// <inheritdoc/>
    public async ValueTask<NativeFrame> DecodeAsync(ReadOnlyMemory<byte> coded, TransferSyntax transferSyntax, PixelDescription description, CancellationToken cancellationToken)
    {
        Codestream stream = Codestream.Read(coded.Span);
        PixelDescription asked = Agreed(stream, description) with { IsPlanar = false };
        (byte[] bytes, PixelDescription decoded) = await DoAsync(WorkerTask.Decode, coded, transferSyntax, asked, length => length == asked.FrameBytes, cancellationToken).ConfigureAwait(false);
        NativeFrame frame = new(bytes, description with
        {
            IsPlanar = decoded.IsPlanar,
            PhotometricInterpretation = stream.DecodedPhotometric(description.PhotometricInterpretation, CodedSyntaxes.IsLossless(transferSyntax)),
        });
        return description.BitsAllocated == 1 ? frame with { Bytes = Packed(bytes) } : frame;
    }

    /// <inheritdoc/>
    public async ValueTask<CodedFrame> EncodeAsync(NativeFrame frame, TransferSyntax transferSyntax, CancellationToken cancellationToken)
    {
        PixelDescription description = frame.Description;
        if (description.BitsAllocated is not (8 or 16) || description.SamplesPerPixel is not (1 or 3) || PhotometricInterpretations.IsSubsampled(description.PhotometricInterpretation))
        {
            throw new CodecException(CodecFailure.Unsupported, $"{transferSyntax.Name} is not written for pixels of {description.SamplesPerPixel} x {description.BitsAllocated} bits, {description.PhotometricInterpretation}");
        }

        if (transferSyntax.Uid == Uids.Jpeg2000ImageCompressionLosslessOnly && !FitsJpeg2000(description))
        {
            throw new CodecException(CodecFailure.Unsupported, $"{transferSyntax.Name} is not written for {description.Columns} x {description.Rows} pixels of {description.SamplesPerPixel} x {description.BitsAllocated} bits: the encoder's result might not fit its room of four bytes a pixel. JPEG-LS, JPEG Lossless and RLE are");
        }

        NativeFrame mixed = ColourPlanes.ByPixel(frame);
        (byte[] bytes, PixelDescription coded) = await DoAsync(
            WorkerTask.Encode, mixed.Bytes, transferSyntax, mixed.Description, length => length > 0 && length <= (2L * mixed.Bytes.Length) + CodedSlackBytes, cancellationToken).ConfigureAwait(false);
        return new CodedFrame(bytes, coded);
    }

    /// <summary>Ends all workers. Frames in work fail.</summary>
    public async ValueTask DisposeAsync()
    {
        isDisposed = true;
        while (idle.TryPop(out WorkerProcess? worker))
        {
            await worker.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal static CodecException NotInstalled() => new(
        CodecFailure.NotInstalled,
        $"JPEG, JPEG-LS and JPEG 2000 need GDCM, which is not on this machine: apt install {GdcmLibrary.Package}, or name its place in {GdcmLibrary.PathVariable}. "
        + "RLE Lossless, Deflated Image Frame Compression and uncompressed pixels work without it");

    private async Task<(byte[] Bytes, PixelDescription Description)> DoAsync(
        WorkerTask task, ReadOnlyMemory<byte> payload, TransferSyntax transferSyntax, PixelDescription description, Predicate<long> resultBytes, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (GdcmLibrary.Find(options.GdcmPlace) is null)
        {
            throw NotInstalled();
        }

        await places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (idle.TryPop(out WorkerProcess? waiting))
            {
                try
                {
                    return await DoAsync(waiting).ConfigureAwait(false);
                }
                catch (CodecException e) when (e.Failure == CodecFailure.Died && !waiting.HasTask)
                {
                    // It was ended while it was idle: the frame has nothing to do with it.
                }
            }

            return await DoAsync(await WorkerProcess.StartAsync(options, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            places.Release();
        }

        async Task<(byte[] Bytes, PixelDescription Description)> DoAsync(WorkerProcess worker)
        {
            try
            {
                return await worker.DoAsync(task, payload, transferSyntax.Uid, description, resultBytes, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                if (worker.IsUsable && !isDisposed)
                {
                    idle.Push(worker);
                }
                else
                {
                    await worker.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>
    /// GDCM's JPEG 2000 encoder takes four bytes a pixel for its result and writes past them: pictures are only given to it when what cannot be compressed at all would
    /// fit too (measured on noise: less than 9 in 100 more, and some 200 bytes for each component). It does not take pictures with one row or column either.
    /// </summary>
    private static bool FitsJpeg2000(PixelDescription description)
    {
        const int ResultBytesOfAPixel = 4;
        const int HeadBytesMax = 256; // of each component
        return Math.Min(description.Rows, description.Columns) > 1
            && (description.FrameBytes * 8 / 7) + (HeadBytesMax * description.SamplesPerPixel) <= ResultBytesOfAPixel * description.PixelCount;
    }

    /// <summary>What is asked of the decoder: what the data set says, which its codestream has to bear out. Single bits are decoded as bytes.</summary>
    private static PixelDescription Agreed(Codestream stream, PixelDescription description)
    {
        int sampleBits = Math.Max(8, description.BitsAllocated);
        if (stream.Columns != description.Columns || stream.Rows != description.Rows || stream.Components != description.SamplesPerPixel)
        {
            throw new CodecException(CodecFailure.Refused, "the codestream's rows, columns or components are not those of the data set");
        }

        if (stream.Precision > sampleBits || (stream.Precision + 7) / 8 != sampleBits / 8)
        {
            throw new CodecException(CodecFailure.Refused, $"the codestream has samples of {stream.Precision} bits, for which the data set allocates {description.BitsAllocated}");
        }

        return description.BitsAllocated == 1 ? description with { BitsAllocated = 8, BitsStored = 8, HighBit = 7 } : description;
    }

    /// <summary>Bytes that are 0 or not as single bits, the first in the lowest (PS3.5 8.1.1).</summary>
    private static byte[] Packed(byte[] bytes)
    {
        byte[] packed = new byte[(bytes.Length + 7) / 8];
        for (int i = 0; i < bytes.Length; i++)
        {
            packed[i / 8] |= (byte)(bytes[i] == 0 ? 0 : 1 << (i % 8));
        }

        return packed;
    }
}
