namespace DeidCluster.Dicom;

/// <summary>The identifier of a C-MOVE or C-GET that was understood (PS3.4 C.4.2.1.4, C.4.3.1.3): unique keys and nothing else.</summary>
public sealed class Retrieval
{
    private readonly List<(Tag Tag, HashSet<string> Values)> keys;

    private Retrieval(QueryLevel level, List<(Tag, HashSet<string>)> keys) => (Level, this.keys) = (level, keys);

    /// <summary>What the request names.</summary>
    public QueryLevel Level { get; }

    /// <summary>
    /// Reads <paramref name="identifier"/>: at its level one or more values of the unique key, above it one value each unless the
    /// retrieval is relational. Anything else is a <see cref="DimseStatusException"/> with A900 that names the offending element.
    /// </summary>
    public static Retrieval Parse(QueryModel model, DataSet identifier, QueryOptions options, string operation)
    {
        QueryLevel level = LevelOf(model, identifier, operation);
        List<(Tag, HashSet<string>)> keys = [];
        foreach (QueryLevel asked in model.Levels.Where(asked => asked <= level))
        {
            Tag unique = asked.UniqueKey();
            string[] values = [.. identifier.GetStrings(unique).Where(value => value.Length > 0)];
            bool isAbove = asked < level;
            if (values.Length == 0 ? !(isAbove && options.Relational) : values.Any(value => value.AsSpan().ContainsAny('*', '?')) || (isAbove && values.Length > 1))
            {
                throw Refused(operation, unique, $"a unique key is missing or no unique value at {level.Keyword()} level");
            }

            if (values.Length > 0)
            {
                keys.Add((unique, [.. values]));
            }
        }

        return new Retrieval(level, keys);
    }

    /// <summary>True when the instance whose header is <paramref name="instance"/> is to be sent.</summary>
    public bool Selects(DataSet instance) => keys.All(key => instance.GetString(key.Tag) is string value && key.Values.Contains(value));

    internal static QueryLevel LevelOf(QueryModel model, DataSet identifier, string operation) =>
        QueryLevelFacts.Parse(identifier.GetString(Tags.QueryRetrieveLevel)) is QueryLevel level && model.Levels.Contains(level)
            ? level
            : throw Refused(operation, Tags.QueryRetrieveLevel, $"no level of {model.Name}");

    internal static DimseStatusException Refused(string operation, Tag offending, string comment) =>
        new(operation, DimseStatus.DataSetDoesNotMatchSopClass) { OffendingElements = [offending], ErrorComment = comment };
}
