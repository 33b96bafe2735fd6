namespace DeidCluster.Dicom;

/// <summary>Answers QIDO-RS queries (PS3.18 10.6) and WADO-RS requests for metadata (PS3.18 10.4.1.1.2), in JSON.</summary>
internal sealed class SearchAnswers(IDicomWebStore store)
{
    /// <summary>Matches that a query with a limit may ask for at once; they are held until it is known whether there are more.</summary>
    private const int LimitMax = 10_000;

    /// <summary>The matches: 204 when there are none, and a warning when there are more than the limit.</summary>
    public async Task<DicomWebResponse> FindAsync(DicomWebRoute route, DicomWebRequest request, CancellationToken ct)
    {
        RequireJson(request);
        DicomWebQuery query = DicomWebQueryReader.Read(route, request.Query);
        DicomWebWarnings warnings = query.IsFuzzy && !store.CanMatchFuzzily ? DicomWebWarnings.FuzzyNotSupported : DicomWebWarnings.None;
        IAsyncEnumerable<DataSet> matches = store.FindAsync(query, ct).Skip(query.Offset);
        if (query.Limit is int limit)
        {
            List<DataSet> held = await matches.Take(Math.Min(limit, LimitMax) + 1).ToListAsync(ct).ConfigureAwait(false);
            if (held.Count > Math.Min(limit, LimitMax))
            {
                held.RemoveAt(held.Count - 1);
                warnings |= DicomWebWarnings.MoreMatches;
            }

            matches = held.ToAsyncEnumerable();
        }

        IAsyncEnumerator<DataSet> each = matches.GetAsyncEnumerator(ct);
        if (!await each.MoveNextAsync().ConfigureAwait(false))
        {
            await each.DisposeAsync().ConfigureAwait(false);
            return new DicomWebResponse(204) { Headers = Headers(warnings) };
        }

        return new DicomWebResponse(200, MediaType.DicomJson, length: null, (body, stop) => WebDataSets.WriteAsync(body, Rest(each, request.Root), stop)) { Headers = Headers(warnings) };
    }

    /// <summary>The data sets of the instances under a resource, without bulk data.</summary>
    public async Task<DicomWebResponse> MetadataAsync(DicomWebRoute route, DicomWebRequest request, CancellationToken ct)
    {
        RequireJson(request);
        return await store.SelectAsync(route.Resource, ct).ConfigureAwait(false) is { Count: > 0 } instances
            ? new DicomWebResponse(200, MediaType.DicomJson, length: null, (body, stop) => WebDataSets.WriteMetadataAsync(body, instances, request.Root, stop))
            : throw new DicomWebRefusal(DicomWebRefusal.NotFound, "Nothing is stored there.");
    }

    private static void RequireJson(DicomWebRequest request)
    {
        AcceptedTypes accepted = AcceptedTypes.Of(request);
        if (!accepted.Take(MediaType.DicomJson) && !accepted.Take("application/json"))
        {
            throw new DicomWebRefusal(DicomWebRefusal.NotAcceptable, "Data sets are given as application/dicom+json.");
        }
    }

    private static List<KeyValuePair<string, string>> Headers(DicomWebWarnings warnings) =>
        [.. DicomWebWarning.Write(warnings).Select(warning => new KeyValuePair<string, string>("Warning", warning))];

    private static async IAsyncEnumerable<DataSet> Rest(IAsyncEnumerator<DataSet> each, string root)
    {
        await using (each.ConfigureAwait(false))
        {
            do
            {
                DataSet match = each.Current;
                match.Remove(Tags.QueryRetrieveLevel);
                match.Remove(Tags.RetrieveAETitle);
                match.SetString(Tags.RetrieveURL, root + Place(match));
                yield return match;
            }
            while (await each.MoveNextAsync().ConfigureAwait(false));
        }
    }

    private static string Place(DataSet match) => (match.GetString(Tags.StudyInstanceUID), match.GetString(Tags.SeriesInstanceUID), match.GetString(Tags.SOPInstanceUID)) switch
    {
        (string study, string series, string instance) => $"/studies/{study}/series/{series}/instances/{instance}",
        (string study, string series, null) => $"/studies/{study}/series/{series}",
        (string study, null, null) => $"/studies/{study}",
        _ => "",
    };
}
