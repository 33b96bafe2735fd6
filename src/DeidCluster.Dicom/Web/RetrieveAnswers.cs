using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace DeidCluster.Dicom;

/// <summary>Answers WADO-RS requests for instances, frames and bulk data (PS3.18 10.4).</summary>
internal sealed class RetrieveAnswers(IDicomWebStore store)
{
    private const int FramesMax = 100_000;

    /// <summary>The instances of a study or series, or the instance itself.</summary>
    public async Task<DicomWebResponse> InstancesAsync(DicomWebRoute route, DicomWebRequest request, CancellationToken ct)
    {
        IReadOnlyList<DicomWebInstance> instances = await SelectAsync(route, ct).ConfigureAwait(false);
        foreach ((bool isMultipart, string? transferSyntaxUid) in AcceptedTypes.Of(request).Ways(MediaType.Dicom))
        {
            if ((isMultipart || instances.Count == 1) && instances.All(instance => CanGive(instance, transferSyntaxUid)))
            {
                OutgoingPart[] parts = [.. instances.Select(instance => Part(instance, transferSyntaxUid))];
                return isMultipart ? DicomWebResponse.Of(new MultipartWriter(MediaType.Dicom, parts)) : DicomWebResponse.Of(parts[0]);
            }
        }

        throw NotAcceptable("Instances are given as application/dicom, compressed ones as they are stored.");
    }

    /// <summary>Frames, as they are coded (PS3.18 10.4.1.1.6).</summary>
    public async Task<DicomWebResponse> FramesAsync(DicomWebRoute route, DicomWebRequest request, CancellationToken ct)
    {
        int[] numbers = [.. route.Rest.Split(',').Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number : throw new DicomWebRefusal(DicomWebRefusal.BadRequest, "Frames are asked for by numbers from 1."))];
        if (numbers.Length > FramesMax)
        {
            throw new DicomWebRefusal(DicomWebRefusal.BadRequest, "The request names too many frames.");
        }

        DicomFile file = await OpenAsync(route, ct).ConfigureAwait(false);
        try
        {
            PixelFrames frames = PixelFrames.Open(file);
            if (numbers.Any(number => number > frames.Count))
            {
                throw new DicomWebRefusal(DicomWebRefusal.NotFound, "The instance has fewer frames.");
            }

            return FramesOf(file, frames, [.. numbers.Select(number => number - 1)], request);
        }
        catch (Exception e) when (e is DicomFormatException or CodecException)
        {
            file.Dispose();
            throw new DicomWebRefusal(DicomWebRefusal.NotFound, "The instance has no frames that can be given one by one.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The value of one element (PS3.18 10.4.1.1.5); of encapsulated pixels, all frames.</summary>
    public async Task<DicomWebResponse> BulkDataAsync(DicomWebRoute route, DicomWebRequest request, CancellationToken ct)
    {
        DicomFile file = await OpenAsync(route, ct).ConfigureAwait(false);
        try
        {
            Element element = BulkDataPlace.Find(file.DataSet, route.Rest) ?? throw new DicomWebRefusal(DicomWebRefusal.NotFound, "The instance has no such value.");
            if (element is FragmentsElement)
            {
                PixelFrames frames = PixelFrames.Open(file);
                return FramesOf(file, frames, [.. Enumerable.Range(0, frames.Count)], request);
            }

            Segment value = element switch
            {
                ValueElement { Bytes: var bytes } => new Segment(bytes),
                RangeElement { Range: var range } => new Segment(file.Source, range),
                _ => throw new DicomWebRefusal(DicomWebRefusal.NotFound, "The value is a sequence."),
            };
            return Value(file, value, request);
        }
        catch (Exception e) when (e is DicomFormatException or CodecException)
        {
            file.Dispose();
            throw new DicomWebRefusal(DicomWebRefusal.NotFound, "The value cannot be given in parts.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The media type of coded frames of <paramref name="transferSyntax"/> (PS3.18 table 8.7.3-5).</summary>
    private static string FrameType(TransferSyntax transferSyntax) => transferSyntax.Uid switch
    {
        Uids.JpegBaselineProcess1 or Uids.JpegExtendedProcess2And4 or Uids.JpegLosslessNonHierarchicalProcess14
            or Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1 => "image/jpeg",
        Uids.RleLossless => "image/dicom-rle",
        Uids.JpegLsLosslessImageCompression or Uids.JpegLsLossyNearLosslessImageCompression => "image/jls",
        Uids.Jpeg2000ImageCompressionLosslessOnly or Uids.Jpeg2000ImageCompression => "image/jp2",
        Uids.Jpeg2000Part2MultiComponentImageCompressionLosslessOnly or Uids.Jpeg2000Part2MultiComponentImageCompression => "image/jpx",
        Uids.HighThroughputJpeg2000ImageCompressionLosslessOnly or Uids.HighThroughputJpeg2000WithRpclOptionsImageCompressionLosslessOnly
            or Uids.HighThroughputJpeg2000ImageCompression => "image/jphc",
        _ => MediaType.OctetStream,
    };

    private static DicomWebResponse FramesOf(DicomFile file, PixelFrames frames, int[] numbers, DicomWebRequest request)
    {
        string type = frames.IsEncapsulated ? FrameType(frames.TransferSyntax) : MediaType.OctetStream;
        string contentType = $"{type}; transfer-syntax={frames.TransferSyntax.Uid}";
        bool isNamed(string? uid) => uid is null or DicomWebClient.AsStored || uid == frames.TransferSyntax.Uid
            || (!frames.IsEncapsulated && uid == Uids.ExplicitVrLittleEndian);
        foreach ((bool isMultipart, string? transferSyntaxUid) in AcceptedTypes.Of(request).Ways(type))
        {
            if ((isMultipart || numbers.Length == 1) && isNamed(transferSyntaxUid))
            {
                OutgoingPart[] parts = [.. numbers.Select(number => new OutgoingPart(contentType, frames.IsEncapsulated ? null : frames.FrameBytes,
                    (body, ct) => body.WriteAsync(frames.Read(number), ct).AsTask()))];
                return (isMultipart ? DicomWebResponse.Of(new MultipartWriter(type, parts)) : DicomWebResponse.Of(parts[0])).Owning(file);
            }
        }

        throw NotAcceptable($"These frames are given as {type}.");
    }

    private static DicomWebResponse Value(DicomFile file, Segment value, DicomWebRequest request)
    {
        foreach ((bool isMultipart, _) in AcceptedTypes.Of(request).Ways(MediaType.OctetStream))
        {
            if (!isMultipart && Range(request.Range, value.Length) is (long first, long last))
            {
                SegmentSlice slice = new(value, first, last - first + 1);
                return new DicomWebResponse((int)HttpStatusCode.PartialContent, MediaType.OctetStream, slice.Length, slice.WriteToAsync)
                {
                    Headers = [new("Content-Range", $"bytes {first}-{last}/{value.Length}"), new("Accept-Ranges", "bytes")],
                }.Owning(file);
            }

            OutgoingPart part = new(MediaType.OctetStream, value.Length, new SegmentSlice(value, 0, value.Length).WriteToAsync);
            return (isMultipart ? DicomWebResponse.Of(new MultipartWriter(MediaType.OctetStream, [part]))
                : new DicomWebResponse((int)HttpStatusCode.OK, MediaType.OctetStream, value.Length, part.WriteToAsync) { Headers = [new("Accept-Ranges", "bytes")] }).Owning(file);
        }

        throw NotAcceptable("Values are given as application/octet-stream.");
    }

    /// <summary>The one range that <paramref name="header"/> asks for (RFC 9110 14.1.2); null for all. Several ranges are answered with all, as allowed.</summary>
    private static (long First, long Last)? Range(string? header, long length)
    {
        if (!RangeHeaderValue.TryParse(header, out RangeHeaderValue? range) || range.Unit != "bytes" || range.Ranges.Count != 1)
        {
            return null;
        }

        RangeItemHeaderValue item = range.Ranges.First();
        long first = item.From ?? Math.Max(length - item.To!.Value, 0);
        long last = item.From is null ? length - 1 : Math.Min(item.To ?? long.MaxValue, length - 1);
        return first <= last ? (first, last) : throw new DicomWebRefusal((int)HttpStatusCode.RequestedRangeNotSatisfiable, "The value has no such bytes.");
    }

    private async Task<IReadOnlyList<DicomWebInstance>> SelectAsync(DicomWebRoute route, CancellationToken ct) =>
        await store.SelectAsync(route.Resource, ct).ConfigureAwait(false) is { Count: > 0 } instances
            ? instances
            : throw new DicomWebRefusal(DicomWebRefusal.NotFound, "Nothing is stored there.");

    private async Task<DicomFile> OpenAsync(DicomWebRoute route, CancellationToken ct) =>
        DicomFile.Read((await SelectAsync(route, ct).ConfigureAwait(false))[0].Open());

    private static bool CanGive(DicomWebInstance instance, string? transferSyntaxUid) => transferSyntaxUid switch
    {
        null or DicomWebClient.AsStored => true,
        Uids.ExplicitVrLittleEndian or Uids.ImplicitVrLittleEndian => !instance.TransferSyntax.IsEncapsulated,
        _ => transferSyntaxUid == instance.TransferSyntax.Uid,
    };

    private static OutgoingPart Part(DicomWebInstance instance, string? transferSyntaxUid)
    {
        TransferSyntax stored = instance.TransferSyntax;
        bool isChanged = transferSyntaxUid != DicomWebClient.AsStored && !stored.IsEncapsulated && stored.Uid != (transferSyntaxUid ?? Uids.ExplicitVrLittleEndian);
        TransferSyntax given = isChanged ? TransferSyntax.Find(transferSyntaxUid ?? Uids.ExplicitVrLittleEndian)! : stored;
        return new OutgoingPart($"{MediaType.Dicom}; transfer-syntax={given.Uid}", isChanged ? null : instance.Length, async (body, ct) =>
        {
            using ByteSource source = instance.Open();
            if (!isChanged)
            {
                using SegmentList all = SegmentList.Of(source, 0, instance.Length);
                await all.WriteToAsync(body, ct).ConfigureAwait(false);
                return;
            }

            using DicomFile file = DicomFile.Read(source);
            using SegmentList rewritten = Transcoder.FileSegments(file, given);
            await rewritten.WriteToAsync(body, ct).ConfigureAwait(false);
        });
    }

    private static DicomWebRefusal NotAcceptable(string reason) => new(DicomWebRefusal.NotAcceptable, reason);
}
