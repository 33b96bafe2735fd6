using System.Text.Json;

namespace DeidCluster.Dicom;

/// <summary>Data sets as bodies of DICOMweb messages.</summary>
internal static class WebDataSets
{
    /// <summary>Written text is handed on in pieces of about this size. Bytes.</summary>
    private const int FlushBytes = 64 * 1024;

    /// <summary>Metadata carries binary values up to this length, and names longer ones. Bytes.</summary>
    private const int InlineBytesMax = 256;

    private static readonly JsonWriterOptions Writing = new() { SkipValidation = true };

    /// <summary>
    /// The data set in <paramref name="body"/>, or the first of several, by its first letter and not by its media type, which servers forget; null when the body is empty.
    /// </summary>
    public static async Task<DataSet?> ReadOneAsync(ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        ReadOnlyMemory<byte> text = body.TrimStart(" \t\r\n\uFEFF"u8);
        if (text.IsEmpty || text.Span[0] == '<')
        {
            return text.IsEmpty ? null : NativeXml.Read(text);
        }

        using MemoryStream json = new(text.ToArray(), writable: false);
        return await DicomJson.ReadAsync(json, ct: ct).FirstOrDefaultAsync(ct).ConfigureAwait(false);
    }

    /// <summary>An answer that is one data set.</summary>
    public static DicomWebResponse Answer(int status, DataSet dataSet)
    {
        OutgoingPart part = OutgoingPart.Of(DicomJson.ToBytes(dataSet), MediaType.DicomJson);
        return new DicomWebResponse(status, part.ContentType, part.Length, part.WriteToAsync);
    }

    /// <summary>Writes <paramref name="dataSets"/> as an array, as they come.</summary>
    public static async Task WriteAsync(Stream body, IAsyncEnumerable<DataSet> dataSets, CancellationToken ct)
    {
        await using Utf8JsonWriter json = new(body, Writing);
        json.WriteStartArray();
        await foreach (DataSet dataSet in dataSets.WithCancellation(ct).ConfigureAwait(false))
        {
            DicomJson.Write(json, WithoutElsewhere(dataSet));
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
            DicomJson.Write(json, file.DataSet, new DicomJsonWriteOptions
            {
                InlineBytesMax = InlineBytesMax,
                BulkDataUri = value => $"{root}{instance.Resource.Path}/bulkdata/{value.Path}",
                Source = file.Source,
            });
            await FlushAsync(json, ct).ConfigureAwait(false);
        }

        json.WriteEndArray();
        await json.FlushAsync(ct).ConfigureAwait(false);
    }

    /// <summary>Without values that were left in a file, which a match cannot carry.</summary>
    private static DataSet WithoutElsewhere(DataSet dataSet)
    {
        DataSet carried = new() { Enclosing = dataSet.Enclosing };
        foreach (Element element in dataSet)
        {
            switch (element)
            {
                case SequenceElement sequence:
                    carried.Add(new SequenceElement(element.Tag, [.. sequence.Items.Select(WithoutElsewhere)]));
                    break;
                case ValueElement:
                    carried.Add(element);
                    break;
            }
        }

        return carried;
    }

    private static async ValueTask FlushAsync(Utf8JsonWriter json, CancellationToken ct)
    {
        if (json.BytesPending >= FlushBytes)
        {
            await json.FlushAsync(ct).ConfigureAwait(false);
        }
    }
}
