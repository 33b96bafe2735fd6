using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// Finds studies and lists their instances, level by level (PS3.4 C.4.1): some archives refuse a query for instances that does not
/// name its series. Every answer is checked against its question; an archive that ignores a key would hand out another person's study.
/// </summary>
internal sealed class InventoryQuery(string archive, Func<DataSet, IAsyncEnumerable<DataSet>> find)
{
    private const int StudiesMax = 64;
    private const int SeriesMax = 5_000;
    private const int InstancesMax = 20_000;
    private int instanceCount;

    /// <summary>The series that the request is about, with their instances.</summary>
    public async Task<IReadOnlyList<ArchiveSeries>> RunAsync(StudyRequest request)
    {
        List<ArchiveSeries> inventory = [];
        foreach (string studyUid in await StudiesAsync(request))
        {
            foreach (ArchiveSeries series in await SeriesAsync(studyUid))
            {
                if (request.SeriesUids.Count == 0 || request.SeriesUids.Contains(series.SeriesUid))
                {
                    inventory.Add(series with { Instances = await InstancesAsync(series) });
                }
            }
        }

        int missing = request.SeriesUids.Distinct().Count(uid => inventory.All(series => series.SeriesUid != uid));
        return missing == 0 || inventory.Count == 0
            ? inventory
            : throw new EffectFailedException(FailureKind.Permanent, $"{archive} lacks {missing} of the requested series");
    }

    private async Task<IReadOnlyList<string>> StudiesAsync(StudyRequest request)
    {
        IReadOnlyList<string> byUid = request.StudyUid is null ? [] : await StudiesAsync([(Tags.StudyInstanceUID, request.StudyUid)]);
        return byUid.Count > 0 || request.Mrn is null || request.AccessionNumber is null
            ? byUid
            : await StudiesAsync([(Tags.PatientID, request.Mrn), (Tags.AccessionNumber, request.AccessionNumber)]);
    }

    private async Task<IReadOnlyList<string>> StudiesAsync(IReadOnlyList<(Tag Tag, string Value)> keys)
    {
        List<string> studies = [];
        await foreach (DataSet answer in AskAsync("STUDY", keys, Tags.StudyInstanceUID))
        {
            Require(keys.All(key => Answers(answer, key.Tag, key.Value)), "a study that was not asked for");
            AddUnique(studies, Uid(answer, Tags.StudyInstanceUID), StudiesMax, "studies");
        }

        return studies;
    }

    private async Task<IReadOnlyList<ArchiveSeries>> SeriesAsync(string studyUid)
    {
        Dictionary<string, ArchiveSeries> series = [];
        await foreach (DataSet answer in AskAsync("SERIES", [(Tags.StudyInstanceUID, studyUid)], Tags.SeriesInstanceUID, Tags.Modality, Tags.SeriesDescription))
        {
            Require(AnswersOrOmits(answer, Tags.StudyInstanceUID, studyUid), "a series of another study");
            string uid = Uid(answer, Tags.SeriesInstanceUID);
            series.TryAdd(uid, new ArchiveSeries(studyUid, uid, answer.GetString(Tags.Modality), answer.GetString(Tags.SeriesDescription), []));
            Require(series.Count <= SeriesMax, $"more than {SeriesMax} series");
        }

        return [.. series.Values];
    }

    private async Task<IReadOnlyList<ArchiveInstance>> InstancesAsync(ArchiveSeries series)
    {
        Dictionary<string, ArchiveInstance> instances = [];
        (Tag, string)[] keys = [(Tags.StudyInstanceUID, series.StudyUid), (Tags.SeriesInstanceUID, series.SeriesUid)];
        await foreach (DataSet answer in AskAsync("IMAGE", keys, Tags.SOPInstanceUID, Tags.SOPClassUID))
        {
            Require(AnswersOrOmits(answer, Tags.StudyInstanceUID, series.StudyUid), "an instance of another study");
            Require(AnswersOrOmits(answer, Tags.SeriesInstanceUID, series.SeriesUid), "an instance of another series");
            string uid = Uid(answer, Tags.SOPInstanceUID);
            if (instances.TryAdd(uid, new ArchiveInstance(uid, answer.GetString(Tags.SOPClassUID))))
            {
                Require(++instanceCount <= InstancesMax, $"more than {InstancesMax} instances");
            }
        }

        Require(instances.Count > 0, "a series without instances");
        return [.. instances.Values];
    }

    private async IAsyncEnumerable<DataSet> AskAsync(string level, IReadOnlyList<(Tag Tag, string Value)> keys, params IReadOnlyList<Tag> wanted)
    {
        DataSet identifier = new();
        if (!keys.All(key => key.Value.All(char.IsAscii)))
        {
            identifier.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        }

        identifier.SetString(Tags.QueryRetrieveLevel, level);
        foreach (Tag tag in wanted)
        {
            identifier.SetString(tag);
        }

        foreach ((Tag tag, string value) in keys)
        {
            identifier.SetString(tag, value);
        }

        await foreach (DataSet answer in find(identifier))
        {
            Require(AnswersOrOmits(answer, Tags.QueryRetrieveLevel, level), "an answer of another level");
            yield return answer;
        }
    }

    /// <summary>True when the answer carries the value asked for. Archives match identifiers in any case, and so do we.</summary>
    private static bool Answers(DataSet answer, Tag tag, string value) =>
        string.Equals(answer.GetString(tag)?.Trim(), value.Trim(), StringComparison.OrdinalIgnoreCase);

    private static bool AnswersOrOmits(DataSet answer, Tag tag, string value) => answer.GetString(tag) is null || Answers(answer, tag, value);

    private string Uid(DataSet answer, Tag tag)
    {
        string? uid = answer.GetString(tag);
        Require(uid is not null && IsUid(uid), "an answer without a UID");
        return uid!;
    }

    private static bool IsUid(string text) =>
        text.Length is > 0 and <= StudyRequestRules.UidLengthMax && text.All(letter => char.IsAsciiDigit(letter) || letter == '.');

    private void AddUnique(List<string> uids, string uid, int limit, string what)
    {
        if (!uids.Contains(uid))
        {
            uids.Add(uid);
            Require(uids.Count <= limit, $"more than {limit} {what}");
        }
    }

    private void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ArchiveAnswerException($"{archive} answered a query with {problem}");
        }
    }
}
