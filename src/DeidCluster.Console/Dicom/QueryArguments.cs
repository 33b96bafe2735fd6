using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DeidCluster.Deid;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>How a verb is told what to query or retrieve, the same for each.</summary>
internal sealed class QueryArguments
{
    private readonly Option<string[]> keys = new("--key", "-k")
    {
        Description = "A key: Keyword=value or (gggg,eeee)=value to match, Keyword to be told. An item's key is Sequence.Keyword=value.",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string> level = new("--level") { Description = "PATIENT, STUDY, SERIES or IMAGE.", DefaultValueFactory = _ => "STUDY" };
    private readonly Option<bool> patientRoot = new("--patient-root") { Description = "Use the Patient Root model; the Study Root model otherwise." };

    /// <summary>Adds them to <paramref name="verb"/>.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(keys);
        verb.Add(level);
        verb.Add(patientRoot);
    }

    /// <summary>The information model.</summary>
    public QueryModel Model(ParseResult parsed) => parsed.GetValue(patientRoot) ? QueryModel.PatientRoot : QueryModel.StudyRoot;

    /// <summary>The level.</summary>
    public QueryLevel Level(ParseResult parsed) => QueryLevelFacts.Parse(parsed.GetValue(level)!.ToUpperInvariant()) is QueryLevel known && Model(parsed).Levels.Contains(known)
        ? known
        : throw new UsageException($"--level takes {string.Join(", ", Model(parsed).Levels.Select(known => known.Keyword()))} with this model.");

    /// <summary>The identifier, with the level and every key; the unique key of the level is asked for in any case.</summary>
    public DataSet Identifier(ParseResult parsed)
    {
        DataSet identifier = new();
        string[] given = parsed.GetValue(keys) ?? [];
        if (given.Any(key => key.Any(letter => letter > 0x7F)))
        {
            identifier.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        }

        identifier.SetString(Tags.QueryRetrieveLevel, Level(parsed).Keyword());
        identifier.SetEmpty(Level(parsed).UniqueKey());
        foreach (string key in given)
        {
            string[] parts = key.Split('=', 2);
            Set(identifier, parts[0].Split('.'), parts.Length == 2 ? parts[1] : "");
        }

        return identifier;
    }

    private static void Set(DataSet dataSet, ReadOnlySpan<string> path, string value)
    {
        DictionaryEntry entry = Find(path[0]);
        if (path.Length > 1)
        {
            DataSet item = dataSet.Items(entry.Tag) is [DataSet present, ..] ? present : new DataSet();
            dataSet.SetItems(entry.Tag, item);
            Set(item, path[1..], value);
        }
        else if (value.Length == 0)
        {
            dataSet.SetEmpty(entry.Tag);
        }
        else if (entry.Vr.IsText())
        {
            dataSet.SetString(entry.Tag, value);
        }
        else if (int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            dataSet.SetInt(entry.Tag, number);
        }
        else
        {
            throw new UsageException($"{path[0]} takes a number.");
        }
    }

    private static DictionaryEntry Find(string name) =>
        (Tag.TryParse(name, out Tag tag) ? DicomDictionary.Find(tag) : DicomDictionary.FindKeyword(name))
        ?? throw new UsageException($"'{name}' is no keyword or tag of the standard{NearestWord.Suggest(name, DicomDictionary.All.Select(entry => entry.Keyword))}.");
}
