using System.Collections.Concurrent;
using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>The instances of a simulated archive, in a stable order for queries and retrievals.</summary>
internal sealed class ArchiveIndex(string aeTitle)
{
    private readonly ConcurrentDictionary<string, ArchivedInstance> instances = new();

    public int Count => instances.Count;

    /// <summary>Adds <paramref name="instance"/>, or puts it in the place of the one with its UID.</summary>
    public void Add(ArchivedInstance instance) => instances[instance.SopInstanceUid] = instance;

    /// <summary>The SOP class of an instance that is here; null when it is not.</summary>
    public string? SopClassOf(string sopInstanceUid) => instances.GetValueOrDefault(sopInstanceUid)?.SopClassUid;

    public bool Remove(string sopInstanceUid) => instances.TryRemove(sopInstanceUid, out _);

    /// <summary>The answers to a C-FIND, in a stable order.</summary>
    public IEnumerable<DataSet> Find(Query query)
    {
        foreach (DataSet answer in query.Answers(Ordered().Select(instance => instance.Keys)))
        {
            answer.SetString(Tags.RetrieveAETitle, aeTitle);
            answer.SetString(Tags.InstanceAvailability, "ONLINE");
            yield return answer;
        }
    }

    /// <summary>What a C-MOVE or C-GET is to send: the instances under its unique keys, in a stable order.</summary>
    public IReadOnlyList<ArchivedInstance> Select(Retrieval retrieval) => [.. Ordered().Where(instance => retrieval.Selects(instance.Keys))];

    /// <summary>The instances of a study or series, or the instance, in a stable order.</summary>
    public IEnumerable<ArchivedInstance> Under(DicomWebResource resource)
    {
        IEnumerable<ArchivedInstance> some = resource.SopInstanceUid is not string uid ? instances.Values
            : instances.TryGetValue(uid, out ArchivedInstance? one) ? [one] : [];
        return Ordered(some.Where(instance => instance.StudyInstanceUid == resource.StudyInstanceUid
            && (resource.SeriesInstanceUid is null || instance.SeriesInstanceUid == resource.SeriesInstanceUid)));
    }

    private IEnumerable<ArchivedInstance> Ordered() => Ordered(instances.Values);

    private static IEnumerable<ArchivedInstance> Ordered(IEnumerable<ArchivedInstance> some) => some
        .OrderBy(instance => instance.StudyInstanceUid, StringComparer.Ordinal)
        .ThenBy(instance => instance.SeriesInstanceUid, StringComparer.Ordinal)
        .ThenBy(instance => instance.SopInstanceUid, StringComparer.Ordinal);
}
