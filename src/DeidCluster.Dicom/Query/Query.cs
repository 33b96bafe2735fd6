namespace DeidCluster.Dicom;

/// <summary>
/// A C-FIND request that was understood (PS3.4 C.4.1): its level and keys, checked against the information model, and what it finds
/// among instances. Pure: the archive gives the headers, in its order, and gets the answers.
/// </summary>
public sealed class Query
{
    private readonly DataSet keys;
    private readonly QueryOptions options;
    private readonly KeyMatching matching;
    private readonly TimeSpan? zone;

    private Query(QueryModel model, QueryLevel level, DataSet keys, QueryOptions options)
    {
        (Model, Level, this.keys, this.options) = (model, level, keys, options);
        matching = new KeyMatching(options);
        zone = options.TimezoneAdjustment && keys.GetString(Tags.TimezoneOffsetFromUTC) is string offset ? Moments.Offset(offset) : null;
        HasUnsupportedKeys = keys.Any(key => !QueryAttributes.NeverMatched.Contains(key.Tag) && !IsSupported(key.Tag));
    }

    /// <summary>The information model.</summary>
    public QueryModel Model { get; }

    /// <summary>What an answer stands for.</summary>
    public QueryLevel Level { get; }

    /// <summary>
    /// True when a key belongs to a level below the query's. It is neither matched nor returned, and pending responses say FF01 instead
    /// of FF00 (PS3.4 C.2.2.1.3).
    /// </summary>
    public bool HasUnsupportedKeys { get; }

    /// <summary>
    /// Reads <paramref name="identifier"/>. A level that the model lacks, or a missing unique key of a level above unless the query is
    /// relational, is a <see cref="DimseStatusException"/> with A900 that names the offending element (PS3.4 C.4.1.3.1).
    /// </summary>
    public static Query Parse(QueryModel model, DataSet identifier, QueryOptions options)
    {
        QueryLevel level = Retrieval.LevelOf(model, identifier, "C-FIND");
        foreach (QueryLevel above in model.Levels.Where(above => above < level && !options.Relational))
        {
            Tag unique = above.UniqueKey();
            IReadOnlyList<string> values = identifier.GetStrings(unique);
            if (values is not [{ Length: > 0 } value] || value.AsSpan().ContainsAny('*', '?'))
            {
                throw Retrieval.Refused("C-FIND", unique, $"a single value is needed at {level.Keyword()} level");
            }
        }

        return new Query(model, level, identifier, options);
    }

    /// <summary>The answers among <paramref name="instances"/>, headers of composite instances: one for each entity of the level, in the order of its first instance.</summary>
    public IEnumerable<DataSet> Answers(IEnumerable<DataSet> instances)
    {
        foreach (IGrouping<string, DataSet> entity in instances.GroupBy(instance => instance.GetString(Level.UniqueKey()) ?? "").Where(entity => entity.Key.Length > 0))
        {
            if (Answer([.. entity]) is DataSet answer)
            {
                yield return answer;
            }
        }
    }

    /// <summary>The answer for one entity, of which <paramref name="instances"/> are all instances; null when it does not match.</summary>
    public DataSet? Answer(IReadOnlyList<DataSet> instances)
    {
        DataSet stored = zone is TimeSpan wanted ? TimezoneAdjustment.Moved(instances[0], wanted) : instances[0];
        if (!matching.Matches(keys, stored, skipped: tag => !IsMatched(tag) || IsCollected(tag)) || !keys.Where(key => IsCollected(key.Tag)).All(key => MatchesCollected(key, instances)))
        {
            return null;
        }

        DataSet answer = new();
        foreach (Tag common in new[] { Tags.SpecificCharacterSet, Tags.TimezoneOffsetFromUTC })
        {
            if (stored.Find(common) is ValueElement { Bytes.Length: > 0 } element)
            {
                answer.Set(element);
            }
        }

        answer.SetString(Tags.QueryRetrieveLevel, Level.Keyword());
        foreach (Element key in keys.Where(key => !QueryAttributes.NeverMatched.Contains(key.Tag) && IsSupported(key.Tag)))
        {
            Return(key, stored, instances, answer);
        }

        return answer;
    }

    private void Return(Element key, DataSet stored, IReadOnlyList<DataSet> instances, DataSet answer)
    {
        if (QueryAttributes.Counts.ContainsKey(key.Tag))
        {
            answer.SetInt(key.Tag, Count(key.Tag, instances));
        }
        else if (IsCollected(key.Tag))
        {
            answer.SetString(key.Tag, [.. Collected(key.Tag, instances)]);
        }
        else if (key is SequenceElement sequence)
        {
            IEnumerable<DataSet> items = KeyMatching.IsUniversal(key) ? stored.Items(key.Tag) : matching.MatchingItems(sequence, stored);
            answer.Set(new SequenceElement(key.Tag, [.. items.Select(item => Requested(sequence, item))]));
        }
        else
        {
            answer.Set(stored.Find(key.Tag) is ValueElement value ? value : new ValueElement(key.Tag, key.Vr, default));
        }
    }

    /// <summary>A copy of <paramref name="item"/> with what the key's item asks for; all of it when the key names nothing.</summary>
    private static DataSet Requested(SequenceElement key, DataSet item)
    {
        DataSet copy = item.DeepCopy();
        if (key.Items is [{ Count: > 0 } asked, ..])
        {
            copy.RemoveAll(element => element.Tag != Tags.SpecificCharacterSet && !asked.Contains(element.Tag));
            foreach (Element absent in asked.Where(element => !copy.Contains(element.Tag)))
            {
                copy.Set(absent is SequenceElement ? new SequenceElement(absent.Tag) : new ValueElement(absent.Tag, absent.Vr, default));
            }
        }

        return copy;
    }

    /// <summary>Attributes of the level and of those above it are known; those above are matched too, as a join would.</summary>
    private bool IsSupported(Tag tag) => QueryAttributes.LevelOf(tag) is QueryLevel level
        && (IsCollected(tag) || QueryAttributes.Counts.ContainsKey(tag) ? level == Level : level <= Level);

    private bool IsMatched(Tag tag) => IsSupported(tag) && !QueryAttributes.NeverMatched.Contains(tag) && !QueryAttributes.Counts.ContainsKey(tag);

    private static bool IsCollected(Tag tag) => tag == Tags.ModalitiesInStudy || tag == Tags.SOPClassesInStudy;

    private bool MatchesCollected(Element key, IReadOnlyList<DataSet> instances)
    {
        if (!IsSupported(key.Tag))
        {
            return true;
        }

        DataSet collected = new();
        collected.SetString(key.Tag, [.. Collected(key.Tag, instances)]);
        return matching.Matches(keys, key, collected);
    }

    private static IEnumerable<string> Collected(Tag tag, IReadOnlyList<DataSet> instances) => instances
        .Select(instance => instance.GetString(tag == Tags.ModalitiesInStudy ? Tags.Modality : Tags.SOPClassUID))
        .OfType<string>().Where(value => value.All(char.IsAscii)).Distinct().Order(StringComparer.Ordinal);

    private static int Count(Tag tag, IReadOnlyList<DataSet> instances)
    {
        Tag? counted = tag == Tags.NumberOfPatientRelatedStudies ? Tags.StudyInstanceUID
            : tag == Tags.NumberOfPatientRelatedSeries || tag == Tags.NumberOfStudyRelatedSeries ? Tags.SeriesInstanceUID
            : null;
        return counted is Tag unique ? instances.Select(instance => instance.GetString(unique)).Distinct().Count() : instances.Count;
    }
}
