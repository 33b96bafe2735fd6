using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DeidCluster.Deid;

/// <summary>The JSON schema (2020-12) of project and rule files, for editors. What it cannot say, such as that a keyword exists, the reader of the files does.</summary>
public static class ProjectSchema
{
    private const string NamePattern = "^[a-z0-9_-]+$";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>That of a project file.</summary>
    public static string Project()
    {
        JsonObject properties = new()
        {
            ["project"] = Text("The project's name, equal to the file's.", "^[a-z0-9_-]{1,64}$"),
            ["description"] = Text("For people."),
            ["edition"] = Words("Edition of PS3.15.", ProjectProfile.Editions),
            ["options"] = List("Options of PS3.15 E.3; those of dates and pixels follow from 'dates' and 'pixels'.", Words(null, ProjectLanguage.OptionWords)),
            ["select"] = Select(),
            ["labels"] = List("Labels of instances; 'select.labels' says which are taken.", Map("Given to every instance for which all conditions hold.", ["label", "when"], new()
            {
                ["label"] = Text("Its name.", NamePattern),
                ["when"] = Conditions(),
            })),
            ["dates"] = Map("What becomes of dates.", ["policy"], new()
            {
                ["policy"] = Words("remove, shift by one number of days a subject, floor, or keep.", [.. Enum.GetNames<DateTreatment>().Select(YamlMap.Kebab)]),
                ["to"] = Words("For floor.", [.. Enum.GetNames<DateUnit>().Select(YamlMap.Kebab)]),
                ["shift-days-min"] = Whole("Smallest shift, days.", -DatePolicy.ShiftDaysLimit, DatePolicy.ShiftDaysLimit),
                ["shift-days-max"] = Whole("Largest shift, days.", -DatePolicy.ShiftDaysLimit, DatePolicy.ShiftDaysLimit),
            }),
            ["pseudonym"] = Map("How subjects are named.", [], new()
            {
                ["kind"] = Words("Where the names come from.", [.. Enum.GetNames<PseudonymKind>().Select(YamlMap.Kebab)]),
                ["prefix"] = Text("Stands before the hash or number.", $"^[A-Za-z0-9_-]{{0,{PseudonymPolicy.PrefixLengthMax}}}$"),
                ["hash-length"] = Whole("Characters of the keyed hash.", PseudonymPolicy.HashLengthMin, PseudonymPolicy.HashLengthMax),
                ["digits"] = Whole("For counter: at least so many digits.", PseudonymPolicy.CounterDigitsMin, PseudonymPolicy.CounterDigitsMax),
                ["table"] = Text("For lookup: a CSV file with the columns mrn, pseudonym and perhaps issuer; relative to this file."),
                ["aliases"] = Text("A CSV file with the columns mrn, same-as and perhaps issuer: several MRNs of one subject."),
                ["url"] = Text("For service: where a pseudonym is asked for; https, or http to this machine."),
                ["timeout-seconds"] = Whole("For service: how long an answer may take.", 1, PseudonymLanguage.TimeoutSecondsLimit),
                ["token-file"] = Text("For service: a file with a bearer token."),
                ["use-participant-id"] = Truth("A participant id of the request is used instead."),
            }),
            ["combine-by-accession"] = Truth("Studies of one subject and accession number leave as one."),
            ["output-transfer-syntax"] = Text("Transfer syntax of results, by name or UID; that of the source when it is left out."),
            ["rule-sets"] = List("Rules for devices, read before 'rules'.", Map("Rules for some instances.", ["rules"], Gate())),
            ["rules"] = Rules(),
            ["rule-files"] = RuleFiles(),
            ["pixels"] = List("Where text is burned in.", PixelRule()),
            ["archives"] = List("Asked in this order.", Text(null, NamePattern)),
            ["destinations"] = List("All must confirm.", Text(null, NamePattern)),
            ["in-flight"] = Whole("Studies worked on at a time, over all nodes.", 1),
            ["share"] = Whole("Its share of each archive beside other projects that wait with the same priority; 1 when left out.", 1, 100),
            ["studies-per-day"] = Whole("Studies begun on one calendar day; 0 is no limit.", 0),
            ["time-zone"] = Text("The zone of that day, such as Europe/Berlin."),
            ["held-to-pause"] = Whole("So many held studies in a row pause the project; 0 is never.", 0),
            ["retry"] = Map("A failed step is tried again, each delay twice the last.", [], new()
            {
                ["attempts"] = Whole("Attempts before the study is held.", 1),
                ["first-delay-seconds"] = Whole("Seconds.", 1),
                ["delay-seconds-max"] = Whole("Seconds.", 1),
            }),
            ["retention"] = Map("How long journals and ledgers of finished studies are kept; without it as node.yaml says, or for ever.", ["keep-days", "then"], new()
            {
                ["keep-days"] = Whole("Days after a study was finished.", 0),
                ["then"] = Words("archive: written to a file, then deleted. purge: deleted. A tombstone is left either way.", [.. Enum.GetNames<RetentionEnd>().Select(YamlMap.Kebab)]),
            }),
        };
        return Document("Project", Map(null, ["project", "select"], properties));
    }

    /// <summary>That of a rule file.</summary>
    public static string RuleFile()
    {
        JsonObject properties = Gate();
        properties["description"] = Text("For people.");
        return Document("Rules", Map(null, ["rules"], properties));
    }

    private static JsonObject Select() => Map("What the project wants.", ["sop-classes"], new()
    {
        ["sop-classes"] = SopClasses($"What is not named is not taken; '{SelectionLanguage.AllSopClasses}' names every class but documents and video."),
        ["modalities"] = Modalities(),
        ["manufacturers"] = List("The first that matches decides.", Map("Wanted images of one manufacturer.", ["matches"], new()
        {
            ["matches"] = Text("Regular expression, any case."),
            ["exclude-series-numbers"] = List("Series Numbers that are not wanted.", Whole(null)),
        })),
        ["exclude-series-descriptions"] = List("Parts of Series Description, any case.", Text(null)),
        ["labels"] = Labels("With labels: an instance with none of these is rejected."),
        ["except-labels"] = Labels("An instance with one of these is rejected."),
        ["min-instances-per-series"] = Whole("Smaller series are not wanted.", 1),
    });

    private static JsonObject Gate() => new()
    {
        ["manufacturer"] = Text("Manufacturer: a regular expression, any case."),
        ["model"] = Text("Manufacturer's Model Name: a regular expression, any case."),
        ["modalities"] = Modalities(),
        ["sop-classes"] = SopClasses("SOP classes by name or UID."),
        ["rules"] = Rules(),
    };

    private static JsonObject RuleFiles() => List("Files of rules, read behind 'rules' in this order; paths count from this file.", new JsonObject
    {
        ["oneOf"] = new JsonArray(Text("The path."), Map("A file that may weaken the profile.", ["file"], new()
        {
            ["file"] = Text("The path."),
            ["allow-weaker"] = Truth("The file's rules may leave more than the profile would."),
            ["reason"] = Text("Why."),
        })),
    });

    private static JsonObject Rules() => List("The first rule that matches an element decides.", Map("What happens to some elements.", ["select", "action"], new()
    {
        ["select"] = Several("A selector or several: keyword, tag, private element, vr:XX or private; levels joined by '.'."),
        ["action"] = Words("What happens to the element.", ActionLanguage.Words),
        ["value"] = new JsonObject { ["description"] = "For replace and set.", ["type"] = new JsonArray("string", "number") },
        ["length"] = Whole("For hash and truncate: characters.", 1, ActionLanguage.TruncatedMax),
        ["to"] = Words("For floor.", [.. Enum.GetNames<DateUnit>().Select(YamlMap.Kebab)]),
        ["years"] = Whole("For age-band: years of a band.", 1, ActionLanguage.BandYearsMax),
        ["multiple"] = new JsonObject { ["description"] = "For round.", ["type"] = "number", ["exclusiveMinimum"] = 0 },
        ["pattern"] = Text("For replace-text: a regular expression, any case."),
        ["with"] = Text("For replace-text: what takes its place."),
        ["when"] = Conditions(),
        ["labels"] = Labels("The instance has one of these."),
        ["except-labels"] = Labels("The instance has none of these."),
        ["reason"] = Text("Why the project wants it."),
        ["allow-weaker"] = Truth("The rule leaves more than the profile would, on purpose."),
    }));

    private static JsonObject Conditions() => List("All must hold.", new JsonObject { ["$ref"] = "#/$defs/condition" });

    private static JsonObject Condition() => Map("A condition on the source: one test of an element, or 'any'.", [], new()
    {
        ["element"] = Text("A keyword, tag or private element, or a path of these."),
        ["equals"] = new JsonObject { ["description"] = "One value equals this.", ["type"] = new JsonArray("string", "number") },
        ["in"] = List("One value equals one of these.", new JsonObject { ["type"] = new JsonArray("string", "number") }),
        ["matches"] = Text("Regular expression found in one value, any case."),
        ["contains"] = Text("One value holds this, any case."),
        ["word"] = Text("One value holds this as whole words, any case."),
        ["at-least"] = new JsonObject { ["description"] = "One value is a number not smaller.", ["type"] = "number" },
        ["at-most"] = new JsonObject { ["description"] = "One value is a number not larger.", ["type"] = "number" },
        ["present"] = new JsonObject { ["description"] = "The element has a value.", ["const"] = true },
        ["any"] = Conditions(),
        ["not"] = Truth("Turns the condition round."),
    });

    private static JsonObject PixelRule() => Map("The first rule that matches an image decides.", [], new()
    {
        ["sop-classes"] = SopClasses("SOP classes by name or UID."),
        ["modalities"] = Modalities(),
        ["manufacturer"] = Text("Manufacturer, any case."),
        ["model"] = Text("Manufacturer's Model Name, any case."),
        ["rows"] = Whole("Rows.", 1, ushort.MaxValue),
        ["columns"] = Whole("Columns.", 1, ushort.MaxValue),
        ["blank"] = List("What is blanked.", Map("A rectangle, all four edges included.", ["left", "top", "right", "bottom"], new()
        {
            ["left"] = Whole("Left edge, pixels from 0.", 0, ushort.MaxValue),
            ["top"] = Whole("Top edge, pixels from 0.", 0, ushort.MaxValue),
            ["right"] = Whole("Right edge, pixels from 0.", 0, ushort.MaxValue),
            ["bottom"] = Whole("Bottom edge, pixels from 0.", 0, ushort.MaxValue),
            ["frames"] = new JsonObject
            {
                ["description"] = "Frames from 1: '3', '2-5', or '2-' for all from the second; every frame when left out.", ["type"] = new JsonArray("string", "integer"),
            },
        })),
        ["keep-ultrasound-regions-only"] = Truth("Blank everything outside of the ultrasound regions."),
        ["no-text"] = Truth("These images hold no text."),
    });

    private static JsonObject Modalities() => List("Modalities (0008,0060).", Words(null, SelectionLanguage.Modalities));

    private static JsonObject SopClasses(string description) => List(description, Text(null));

    private static JsonObject Labels(string description) => List(description, Text(null, NamePattern));

    private static JsonObject Several(string description) => new()
    {
        ["description"] = description,
        ["oneOf"] = new JsonArray(new JsonObject { ["type"] = "string" }, List(null, new JsonObject { ["type"] = "string" })),
    };

    private static JsonObject Text(string? description, string? pattern = null) => Described("string", description, ("pattern", pattern));

    private static JsonObject Truth(string description) => Described("boolean", description);

    private static JsonObject Whole(string? description, int? least = null, int? most = null) =>
        Described("integer", description, ("minimum", least), ("maximum", most));

    private static JsonObject Words(string? description, IEnumerable<string> words)
    {
        JsonObject schema = Described(null, description);
        schema["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]);
        return schema;
    }

    private static JsonObject List(string? description, JsonObject items)
    {
        JsonObject schema = Described("array", description);
        schema["items"] = items;
        return schema;
    }

    private static JsonObject Map(string? description, string[] required, JsonObject properties)
    {
        JsonObject schema = Described("object", description);
        schema["additionalProperties"] = false;
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray([.. required.Select(key => (JsonNode)key)]);
        }

        schema["properties"] = properties;
        return schema;
    }

    private static JsonObject Described(string? type, string? description, params ReadOnlySpan<(string Key, JsonNode? Value)> more)
    {
        JsonObject schema = [];
        if (type is not null)
        {
            schema["type"] = type;
        }

        if (description is not null)
        {
            schema["description"] = description;
        }

        foreach ((string key, JsonNode? value) in more)
        {
            if (value is not null)
            {
                schema[key] = value;
            }
        }

        return schema;
    }

    private static string Document(string title, JsonObject root)
    {
        JsonObject document = new() { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        foreach ((string key, JsonNode? value) in root)
        {
            document[key] = value?.DeepClone();
        }

        document["$defs"] = new JsonObject { ["condition"] = Condition() };
        return document.ToJsonString(Indented) + "\n";
    }
}
