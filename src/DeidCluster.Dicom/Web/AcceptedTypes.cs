namespace DeidCluster.Dicom;

/// <summary>What a client takes, best first: its Accept header, or the query parameter of that name in its place (PS3.18 8.3.3.1, 8.7.5).</summary>
internal sealed class AcceptedTypes
{
    private readonly List<MediaType> ranges;

    private AcceptedTypes(IEnumerable<MediaType> ranges) => this.ranges = [.. ranges.Where(range => range.Quality > 0).OrderByDescending(range => range.Quality)];

    /// <summary>What <paramref name="request"/> takes; everything when it does not say.</summary>
    public static AcceptedTypes Of(DicomWebRequest request)
    {
        string? named = DicomWebQueryReader.Parameters(request.Query).FirstOrDefault(parameter => parameter.Key.Equals("accept", StringComparison.OrdinalIgnoreCase)).Value;
        string? text = named ?? request.Accept;
        return new AcceptedTypes(MediaType.ParseList(string.IsNullOrWhiteSpace(text) ? "*/*" : text));
    }

    /// <summary>True when a body of the media type <paramref name="name"/> is taken.</summary>
    public bool Take(string name) => ranges.Any(range => range.Includes(name));

    /// <summary>
    /// The ways in which parts of the media type <paramref name="partType"/> are taken, best first: as parts of a multipart/related message or as a
    /// body of their own, and the transfer syntax that is asked for ("*" for any; null when none is named).
    /// </summary>
    public IEnumerable<(bool IsMultipart, string? TransferSyntaxUid)> Ways(string partType)
    {
        foreach (MediaType range in ranges)
        {
            if (range.Includes(MediaType.MultipartRelated)
                && (range.Parameter("type") is not string type || MediaType.Parse(type)?.Includes(partType) == true))
            {
                yield return (true, range.Parameter("transfer-syntax"));
            }

            if (range.Includes(partType))
            {
                yield return (false, range.Parameter("transfer-syntax"));
            }
        }
    }
}
