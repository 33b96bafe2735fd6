using System.Text.Json;

namespace DeidCluster.Dicom;

/// <summary>Data sets as bodies of DICOMweb messages.</summary>
internal static class WebDataSets
{
    /// <summary>Written text is handed on in pieces of about this size. Bytes.</summary>
    private const int FlushBytes = 64 * 1024;

    private static readonly JsonWriterOptions Writing = new() { SkipValidation = true };

    /// <summary>The data set in <paramref name="body"/>, by its first letter and not by its media type, which servers forget; null when the body is empty.</summary>
    public static DataSet? ReadOne(ReadOnlyMemory<byte> body)
    {
        ReadOnlySpan<byte> text = body.Span.TrimStart(" \t\r\n\uFEFF"u8);
        return text.IsEmpty ? null : text[0] == '<' ? NativeXml.Read(body) : JsonDataSets.ReadOne(body);
    }

    /// <summary>An answer that is one data set.</summary>
    public static DicomWebResponse Answer(int status, DataSet dataSet)
    {
        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body, Writing))
        {
            JsonDataSets.Write(json, dataSet, bulkRoot: null);
        }

        OutgoingPart part = OutgoingPart.Of(body.ToArray(), MediaType.DicomJson);
        return new DicomWebResponse(status, part.ContentType, part.Length, part.WriteToAsync);
    }

    /// <summary>Writes <paramref name="dataSets"/> as an array, as they come.</summary>
    public static async Task WriteAsync(Stream body, IAsyncEnumerable<DataSet> dataSets, CancellationToken ct)
    {
        await using Utf8JsonWriter json = new(body, Writing);
        json.WriteStartArray();
        await foreach (DataSet dataSet in dataSets.WithCancellation(ct).ConfigureAwait(false))
        {
            JsonDataSets.Write(json, dataSet, bulkRoot: null);
            await FlushAsync(json, ct).ConfigureAwait(false);
        }

        json.WriteEndArray();
        await json.FlushAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Writes the data sets of <paramref name="instances"/> as an array; long values are named by URIs below <paramref name="root"/>.</summary>
    public static async Task WriteMetadataAsync(Stream body, IReadOnlyList<DicomWebInstance> instances, string root, CancellationToken ct)
    {
        await using Utf8JsonWriter json = new(body, Writing);
        json.WriteStartArray();
        foreach (DicomWebInstance instance in instances)
        {
            using DicomFile file = DicomFile.Read(instance.Open());
            JsonDataSets.Write(json, file.DataSet, $"{root}{instance.Resource.Path}/bulkdata");
            await FlushAsync(json, ct).ConfigureAwait(false);
        }

        json.WriteEndArray();
        await json.FlushAsync(ct).ConfigureAwait(false);
    }

    private static async ValueTask FlushAsync(Utf8JsonWriter json, CancellationToken ct)
    {
        if (json.BytesPending >= FlushBytes)
        {
            await json.FlushAsync(ct).ConfigureAwait(false);
        }
    }
}
