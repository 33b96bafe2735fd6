using System.Collections.Concurrent;
using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>The instances of a simulated archive, and its answers to queries at each level of PS3.4 C.6.</summary>
internal sealed class ArchiveIndex(string aeTitle)
{
    private readonly ConcurrentDictionary<string, ArchivedInstance> instances = new();

    public int Count => instances.Count;

    /// <summary>Adds <paramref name="instance"/>, or puts it in the place of the one with its UID.</summary>
    public void Add(ArchivedInstance instance) => instances[instance.SopInstanceUid] = instance;

    public bool Remove(string sopInstanceUid) => instances.TryRemove(sopInstanceUid, out _);

    /// <summary>The answers to a C-FIND, in a stable order.</summary>
    public IEnumerable<DataSet> Find(DataSet identifier)
    {
        string level = Level(identifier);
        foreach (List<ArchivedInstance> entity in Entities(level))
        {
            if (QueryMatch.Matches(identifier, tag => Values(entity, tag)))
            {
                yield return Answer(identifier, level, entity);
            }
        }
    }

    /// <summary>What a C-MOVE is to send: the instances under its unique keys, in a stable order.</summary>
    public IReadOnlyList<ArchivedInstance> Select(DataSet identifier)
    {
        Level(identifier);
        Tag[] keys = [Tags.PatientID, Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID];
        DataSet unique = new(identifier.Where(element => keys.Contains(element.Tag) && element is ValueElement { Bytes.Length: > 0 }));
        if (unique.Count == 0)
        {
            throw new DimseStatusException("C-MOVE", DimseStatus.DataSetDoesNotMatchSopClass);
        }

        return [.. Ordered().Where(instance => QueryMatch.Matches(unique, instance.Keys.GetStrings))];
    }

    private IEnumerable<ArchivedInstance> Ordered() => instances.Values
        .OrderBy(instance => instance.StudyInstanceUid, StringComparer.Ordinal)
        .ThenBy(instance => instance.SeriesInstanceUid, StringComparer.Ordinal)
        .ThenBy(instance => instance.SopInstanceUid, StringComparer.Ordinal);

    private IEnumerable<List<ArchivedInstance>> Entities(string level) => Ordered()
        .GroupBy(instance => level switch
        {
            "PATIENT" => instance.Keys.GetString(Tags.PatientID) ?? "",
            "STUDY" => instance.StudyInstanceUid,
            "SERIES" => instance.SeriesInstanceUid,
            _ => instance.SopInstanceUid,
        })
        .Select(group => group.ToList());

    private static string Level(DataSet identifier) => identifier.GetString(Tags.QueryRetrieveLevel) is "PATIENT" or "STUDY" or "SERIES" or "IMAGE"
        ? identifier.GetString(Tags.QueryRetrieveLevel)!
        : throw new DimseStatusException("query", DimseStatus.DataSetDoesNotMatchSopClass);

    private DataSet Answer(DataSet identifier, string level, List<ArchivedInstance> entity)
    {
        DataSet keys = entity[0].Keys;
        DataSet answer = new();
        if (keys.Find(Tags.SpecificCharacterSet) is Element characterSet)
        {
            answer.Set(characterSet);
        }

        foreach (Element key in identifier.Where(key => key.Tag != Tags.SpecificCharacterSet))
        {
            if (key is SequenceElement)
            {
                answer.Set(new SequenceElement(key.Tag, []));
            }
            else if (Computed(entity, key.Tag) is string[] values)
            {
                answer.SetString(key.Tag, values);
            }
            else
            {
                answer.Set(keys.Find(key.Tag) ?? new ValueElement(key.Tag, key.Vr, default));
            }
        }

        answer.SetString(Tags.QueryRetrieveLevel, level);
        answer.SetString(Tags.RetrieveAETitle, aeTitle);
        return answer;
    }

    private static IReadOnlyList<string> Values(List<ArchivedInstance> entity, Tag tag) => Computed(entity, tag) ?? entity[0].Keys.GetStrings(tag);

    private static string[]? Computed(List<ArchivedInstance> entity, Tag tag)
    {
        if (tag == Tags.ModalitiesInStudy)
        {
            return [.. entity.Select(instance => instance.Keys.GetString(Tags.Modality) ?? "").Distinct().Order(StringComparer.Ordinal)];
        }

        if (tag == Tags.NumberOfStudyRelatedSeries || tag == Tags.NumberOfPatientRelatedSeries)
        {
            return [Number(entity.Select(instance => instance.SeriesInstanceUid).Distinct().Count())];
        }

        if (tag == Tags.NumberOfPatientRelatedStudies)
        {
            return [Number(entity.Select(instance => instance.StudyInstanceUid).Distinct().Count())];
        }

        return tag == Tags.NumberOfStudyRelatedInstances || tag == Tags.NumberOfSeriesRelatedInstances || tag == Tags.NumberOfPatientRelatedInstances
            ? [Number(entity.Count)]
            : null;
    }

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);
}
