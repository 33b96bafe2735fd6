using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// An archive over DICOMweb: located with QIDO-RS, fetched with WADO-RS (PS3.18 10.6, 10.4). One connection at a time for each call; how many may
/// run at a time is the archive's permit.
/// </summary>
public sealed class DicomWebArchive(DicomWebArchiveSettings settings, StagingInbox inbox, TimeProvider time) : IArchive
{
    /// <summary>Matches asked for in one request. Matches.</summary>
    private const int PageMatchesMax = 500;

    /// <inheritdoc/>
    public string Name => settings.Name;

    /// <summary>Asks for a study that nobody has: that the service answers says as much as C-ECHO does.</summary>
    public async Task EchoAsync(CancellationToken cancellation)
    {
        using DicomWebClient client = Connect(settings.QueryTimeout);
        DataSet keys = new();
        keys.SetString(Tags.StudyInstanceUID, FileMetaInformation.ImplementationClassUid);
        await foreach (DataSet _ in client.FindAllAsync(new DicomWebQuery { Level = QueryLevel.Study, Keys = keys }, PageMatchesMax, cancellation))
        {
            throw new ArchiveAnswerException($"{Name} answered a query with a study that was not asked for");
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ArchiveSeries>> LocateAsync(StudyRequest request, CancellationToken cancellation)
    {
        using DicomWebClient client = Connect(settings.QueryTimeout);
        return await new InventoryQuery(Name, identifier => client.FindAllAsync(Query(identifier), PageMatchesMax, cancellation)).RunAsync(request);
    }

    /// <inheritdoc/>
    public IRetrieving BeginRetrieving(IReadOnlyCollection<string> sopClassUids) =>
        new DicomWebRetrieving(settings.Name, Connect(settings.RetrieveTimeout), inbox);

    /// <summary>The query that asks what a C-FIND identifier asks: unique keys above its level are its path.</summary>
    private static DicomWebQuery Query(DataSet identifier)
    {
        QueryLevel level = identifier.GetString(Tags.QueryRetrieveLevel) switch
        {
            "SERIES" => QueryLevel.Series,
            "IMAGE" => QueryLevel.Image,
            _ => QueryLevel.Study,
        };
        DataSet keys = identifier.DeepCopy();
        keys.Remove(Tags.QueryRetrieveLevel);
        return new DicomWebQuery
        {
            Level = level,
            StudyInstanceUid = level > QueryLevel.Study ? Above(Tags.StudyInstanceUID) : null,
            SeriesInstanceUid = level > QueryLevel.Series ? Above(Tags.SeriesInstanceUID) : null,
            Keys = keys,
        };

        string? Above(Tag unique)
        {
            keys.Remove(unique);
            return identifier.GetString(unique);
        }
    }

    private DicomWebClient Connect(TimeSpan answerTimeout) => new(new DicomWebOptions
    {
        Root = settings.Root,
        Tls = settings.Tls,
        Authorization = settings.Authorization,
        ConnectTimeout = settings.ConnectTimeout,
        AnswerTimeout = answerTimeout,
        IdleTimeout = answerTimeout,
        ConnectionsMax = 1,
        Clock = time,
    });
}
