using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DeidCluster.Dicom;

/// <summary>
/// Data sets as JSON (PS3.18 annex F). Text is Unicode on that side, so Specific Character Set becomes ISO_IR 192 in both directions;
/// group lengths and file meta information are left out.
/// </summary>
public static class DicomJson
{
    /// <summary>How to make a writer for DICOM JSON: characters as they are, since the text is UTF-8 and no part of a page (PS3.18 F.2.1).</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const int BufferBytes = 64 * 1024;

    /// <summary>
    /// Writes <paramref name="dataSet"/> as one JSON object. A value that must be read and has no source, or encapsulated pixel data that
    /// <see cref="DicomJsonWriteOptions.BulkDataUri"/> names no URI for, is an <see cref="InvalidOperationException"/>.
    /// </summary>
    public static void Write(Utf8JsonWriter json, DataSet dataSet, DicomJsonWriteOptions? options = null) =>
        new DicomJsonEncoder(json, options ?? DicomJsonWriteOptions.Default).Write(dataSet);

    /// <summary>The UTF-8 text of <paramref name="dataSet"/>, without white space.</summary>
    public static byte[] ToBytes(DataSet dataSet, DicomJsonWriteOptions? options = null)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, WriterOptions))
        {
            Write(json, dataSet, options);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The data set in <paramref name="utf8"/>: one JSON object, or an array of one. Every defect is a <see cref="DicomFormatException"/> with offset and tag path.</summary>
    public static DataSet Parse(ReadOnlySpan<byte> utf8, DicomJsonReadOptions? options = null)
    {
        int mark = ByteOrderMark(utf8);
        return DicomJsonDecoder.Decode(utf8[mark..], mark, options ?? DicomJsonReadOptions.Default);
    }

    /// <summary>
    /// The data sets in <paramref name="utf8"/>, a JSON array of them or one alone, each as soon as it is complete; memory is bounded by the
    /// longest. Every defect is a <see cref="DicomFormatException"/> with its offset in the stream, thrown when it is reached.
    /// </summary>
    public static async IAsyncEnumerable<DataSet> ReadAsync(
        Stream utf8, DicomJsonReadOptions? options = null, [EnumeratorCancellation] CancellationToken ct = default)
    {
        options ??= DicomJsonReadOptions.Default;
        using DicomJsonFrames frames = new(options, BufferBytes);
        bool isEnd = false;
        while (!isEnd)
        {
            int read = await utf8.ReadAtLeastAsync(frames.Space(), frames.BytesWanted, throwOnEndOfStream: false, ct).ConfigureAwait(false);
            isEnd = read < frames.BytesWanted;
            frames.Advance(read);
            while (frames.TryNext(isEnd, out ReadOnlyMemory<byte> frame, out long offset))
            {
                yield return DicomJsonDecoder.Decode(frame.Span, offset, options);
            }
        }
    }

    /// <summary>The length of a byte order mark, which RFC 8259 lets a reader ignore. Bytes.</summary>
    internal static int ByteOrderMark(ReadOnlySpan<byte> utf8) => utf8.StartsWith("\uFEFF"u8) ? ByteOrderMarkBytes : 0;

    /// <summary>So many bytes tell whether there is a byte order mark.</summary>
    internal const int ByteOrderMarkBytes = 3;
}
