using System.Buffers.Binary;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// The pixels of one instance that had to be decoded: compressed ones with boxes to blank, those that share a byte, those whose unused bits hold overlays, and
/// those that leave in another transfer syntax. They are coded anew without loss: as the project wants, else in the source's way where that is possible, else
/// uncompressed. Disposed once the result is written.
/// </summary>
public sealed class PixelRedaction : IDisposable
{
    private readonly EncapsulatedPixels? coded;
    private readonly NativePixels? native;
    private readonly PixelFrames? frames;
    private readonly List<ByteSource> made = [];
    private PixelDescription? description;

    private PixelRedaction(string problem) => Problem = problem;

    private PixelRedaction(PixelFrames frames, TransferSyntax target)
    {
        (this.frames, TransferSyntax) = (frames, target);
        _ = target.IsEncapsulated ? (object)(coded = new EncapsulatedPixels()) : native = new NativePixels();
    }

    /// <summary>Why it could not be done; null when it was.</summary>
    internal string? Problem { get; }

    /// <summary>How the pixels are coded now.</summary>
    internal TransferSyntax TransferSyntax { get; } = TransferSyntax.ExplicitVrLittleEndian;

    /// <summary>The pixels in <paramref name="wanted"/>, or with null in the source's own way where that is possible.</summary>
    internal static async Task<PixelRedaction> MakeAsync(
        DicomFile source, PixelPlan plan, TransferSyntax? wanted, FrameCodecs codecs, CancellationToken cancellation)
    {
        try
        {
            PixelFrames frames = PixelFrames.Open(source);
            if (frames.SurplusBytes > 0)
            {
                return new PixelRedaction("something lies behind the last of its pixels");
            }

            if (wanted is null && LosslessOf(source.TransferSyntax) is { } same && codecs.CanEncode(same))
            {
                try
                {
                    return await CodeAsync(frames, same, source.DataSet, plan, codecs, cancellation);
                }
                catch (CodecException e) when (e.Failure is CodecFailure.Unsupported or CodecFailure.Refused or CodecFailure.NotLossless)
                {
                    // Not every kind of pixels has a place in every syntax; uncompressed, all have. What cannot be decoded fails again.
                }
            }

            return await CodeAsync(frames, wanted ?? TransferSyntax.ExplicitVrLittleEndian, source.DataSet, plan, codecs, cancellation);
        }
        catch (CodecException e)
        {
            return new PixelRedaction($"its pixels cannot be coded anew: {e.Message}");
        }
        catch (DicomFormatException malformed)
        {
            return new PixelRedaction($"its pixels cannot be coded anew: {malformed.Problem}");
        }
    }

    /// <summary>Puts the pixels into <paramref name="result"/>, whose ranges lie in <paramref name="source"/>; returns where they lie then.</summary>
    internal ByteSource PutInto(DataSet result, ByteSource source)
    {
        ByteSource joined = coded?.ReplaceIn(result, source) ?? native!.ReplaceIn(result, source);
        made.Add(joined);
        description!.ApplyTo(result);
        PixelTranscoder.MarkLossy(result, frames!);
        return joined;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        made.ForEach(source => source.Dispose());
        coded?.Dispose();
        native?.Dispose();
    }

    private static async Task<PixelRedaction> CodeAsync(
        PixelFrames frames, TransferSyntax target, DataSet header, PixelPlan plan, FrameCodecs codecs, CancellationToken cancellation)
    {
        PixelRedaction redaction = new(frames, target);
        try
        {
            for (int index = 0; index < frames.Count; index++)
            {
                NativeFrame frame = await codecs.DecodeAsync(frames, index, cancellation);
                Blank(frame, index, header, plan);
                await redaction.AddAsync(frame, codecs, cancellation);
            }

            return redaction;
        }
        catch
        {
            redaction.Dispose();
            throw;
        }
    }

    private async Task AddAsync(NativeFrame frame, FrameCodecs codecs, CancellationToken cancellation)
    {
        if (native is not null)
        {
            description ??= frame.Description;
            native.Add(frame);
            return;
        }

        CodedFrame codedFrame = await codecs.EncodeAsync(frame, TransferSyntax, cancellation);
        description ??= codedFrame.Description;
        if (codedFrame.Description != description)
        {
            throw new CodecException(CodecFailure.Refused, "frames of one image decode to pixels of different kinds");
        }

        coded!.Add(codedFrame.Bytes.Span);
    }

    private static void Blank(NativeFrame frame, int index, DataSet header, PixelPlan plan)
    {
        ClearBits(frame, plan.OverlayBits);
        if (plan.Area is null)
        {
            return;
        }

        if (frame.Description.BitsAllocated == 1)
        {
            BlankBits(frame, index, plan.Area);
            return;
        }

        PixelGeometry geometry = PixelGeometry.Of(frame.Description, index + 1, isSubsampled: false, header, out string? problem)
            ?? throw new CodecException(CodecFailure.Unsupported, problem!);
        foreach ((long offset, ReadOnlyMemory<byte> black) in new PixelMask(geometry, plan.Area).Runs(index))
        {
            black.CopyTo(frame.Bytes[(int)offset..]);
        }
    }

    private static void ClearBits(NativeFrame frame, ulong bits)
    {
        Span<byte> clear = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(clear, bits);
        int sampleBytes = frame.Description.SampleBytes;
        Span<byte> bytes = frame.Bytes.Span;
        for (int at = 0; bits != 0 && at < bytes.Length; at++)
        {
            bytes[at] &= (byte)~clear[at % sampleBytes];
        }
    }

    /// <summary>Pixels of one bit, eight to a byte, the first in the lowest bit (PS3.5 8.1.1).</summary>
    private static void BlankBits(NativeFrame frame, int index, PixelArea area)
    {
        // Each pixel as a byte: the geometry of runs then holds for bits.
        PixelGeometry geometry = new()
        {
            Rows = frame.Description.Rows, Cells = frame.Description.Columns, CellPixels = 1, Frames = index + 1, Planes = 1, CellBytes = 1, Fill = [[0]],
        };
        bool isWhite = frame.Description.PhotometricInterpretation == "MONOCHROME1";
        Span<byte> bytes = frame.Bytes.Span;
        foreach ((long start, ReadOnlyMemory<byte> run) in new PixelMask(geometry, area).Runs(index))
        {
            for (long bit = start; bit < start + run.Length; bit++)
            {
                byte mask = (byte)(1 << (int)(bit % 8));
                bytes[(int)(bit / 8)] = isWhite ? (byte)(bytes[(int)(bit / 8)] | mask) : (byte)(bytes[(int)(bit / 8)] & ~mask);
            }
        }
    }

    /// <summary>The lossless syntax nearest to <paramref name="source"/>: itself, or of the same family. Null for uncompressed ones and where there is none.</summary>
    private static TransferSyntax? LosslessOf(TransferSyntax source) => !source.IsEncapsulated ? null
        : CodedSyntaxes.IsLossless(source) ? source
        : TransferSyntax.Find(source.Uid switch
        {
            Uids.JpegBaselineProcess1 or Uids.JpegExtendedProcess2And4 => Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1,
            Uids.JpegLsLossyNearLosslessImageCompression => Uids.JpegLsLosslessImageCompression,
            Uids.Jpeg2000ImageCompression => Uids.Jpeg2000ImageCompressionLosslessOnly,
            _ => "",
        });
}
