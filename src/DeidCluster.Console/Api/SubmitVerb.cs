using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeidCluster.Studies;

namespace DeidCluster.Console.Api;

/// <summary>`deid study submit`: one study by options, or a cohort from a CSV or JSON file.</summary>
internal static class SubmitVerb
{
    /// <summary>Requests sent to the node at once.</summary>
    public const int BatchSize = 500;

    private const int PriorityDefault = 5;

    private static readonly Option<string?> Project = new("--project") { Description = "The project that wants the study." };
    private static readonly Option<string?> StudyUid = new("--study-uid") { Description = "StudyInstanceUID, when known." };
    private static readonly Option<string?> Mrn = new("--mrn") { Description = "The patient's number at the hospital." };
    private static readonly Option<string?> Accession = new("--accession") { Description = "The accession number." };
    private static readonly Option<string[]> SeriesUid = new("--series-uid") { Description = "Only these series.", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> ProcedureId = new("--procedure-id") { Description = "Your number for the procedure; comes back in the linkage table." };
    private static readonly Option<string?> ParticipantId = new("--participant-id") { Description = "The pseudonym to use." };
    private static readonly Option<string?> StudyDate = new("--study-date") { Description = "The study's date, like 2026-01-31." };
    private static readonly Option<int> Priority = new("--priority") { Description = "0 (last) to 9 (first).", DefaultValueFactory = _ => PriorityDefault };
    private static readonly Option<FileInfo?> Csv = new("--csv")
    {
        Description = "A CSV file with a header line: procedure_id, mrn, accession_number, project_name, extract_generated_timestamp, study_date, study_uid, "
            + "participant_id, series_uid (several separated by backslashes).",
    };

    private static readonly Option<FileInfo?> JsonFile = new("--json-file") { Description = "A JSON file as the API takes it: one request or an array." };

    public static Command Create() => ApiVerb.Create(
        "submit", "Submit one study, or a cohort from a file. Submitting again changes nothing.\nExit code: 0 all accepted, 2 some refused, 1 nothing was submitted.",
        [Project, StudyUid, Mrn, Accession, SeriesUid, ProcedureId, ParticipantId, StudyDate, Priority, Csv, JsonFile], SubmitAsync, Show);

    private static async Task<JsonNode?> SubmitAsync(ParseResult parsed, ApiClient client, CancellationToken cancellation)
    {
        JsonArray outcomes = [];
        foreach (JsonNode[] batch in (await RequestsAsync(parsed, cancellation)).Chunk(BatchSize))
        {
            JsonNode? answer = await client.PostAsync("api/v1/studies", new JsonArray([.. batch.Select(request => request.DeepClone())]), cancellation);
            foreach (JsonNode outcome in answer.Rows("studies"))
            {
                outcomes.Add(outcome.DeepClone());
            }
        }

        return new JsonObject { ["studies"] = outcomes };
    }

    private static async Task<IReadOnlyList<JsonNode>> RequestsAsync(ParseResult parsed, CancellationToken cancellation)
    {
        FileInfo? csv = parsed.GetValue(Csv);
        FileInfo? json = parsed.GetValue(JsonFile);
        int ways = (csv is null ? 0 : 1) + (json is null ? 0 : 1) + (parsed.GetValue(Project) is null ? 0 : 1);
        if (ways != 1)
        {
            throw new UsageException("give exactly one of --project (with --study-uid, or --mrn and --accession), --csv and --json-file");
        }

        if (csv is not null)
        {
            using StreamReader text = csv.OpenText();
            return [.. CohortCsv.Read(text, csv.Name).Select(ToJson)];
        }

        return json is not null ? await ReadJsonAsync(json, cancellation) : [ToJson(FromOptions(parsed))];
    }

    private static async Task<IReadOnlyList<JsonNode>> ReadJsonAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            await using FileStream text = file.OpenRead();
            JsonNode? content = await JsonNode.ParseAsync(text, cancellationToken: cancellation);
            return content is JsonObject one && !one.ContainsKey("studies") ? [one] : [.. content.Rows("studies")];
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file.Name}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: this is no JSON");
        }
    }

    private static StudyRequest FromOptions(ParseResult parsed)
    {
        string? date = parsed.GetValue(StudyDate);
        StudyRequest request = new()
        {
            Project = parsed.GetValue(Project)!,
            StudyUid = parsed.GetValue(StudyUid),
            Mrn = parsed.GetValue(Mrn),
            AccessionNumber = parsed.GetValue(Accession),
            SeriesUids = parsed.GetValue(SeriesUid) ?? [],
            ProcedureId = parsed.GetValue(ProcedureId),
            ParticipantId = parsed.GetValue(ParticipantId),
            StudyDate = date is null ? null : CohortCsv.Date(date) ?? throw new UsageException("--study-date is not a date like 2026-01-31"),
            Priority = parsed.GetValue(Priority),
        };
        return request.StudyUid is not null || (request.Mrn is not null && request.AccessionNumber is not null)
            ? request
            : throw new UsageException("a study needs --study-uid, or --mrn and --accession");
    }

    private static JsonNode ToJson(StudyRequest request) => JsonSerializer.SerializeToNode(request, ApiClient.Json)!;

    private static int Show(JsonNode? answer, Screen screen)
    {
        List<JsonNode> outcomes = [.. answer.Rows("studies")];
        screen.Table(["study", "state", "outcome"], outcomes.Select(outcome => (IReadOnlyList<string?>)
            [outcome.Text("studyId"), outcome.Text("status"), outcome.Text("refusal") ?? (outcome.Flag("changed") ? "accepted" : "known already")]));
        return outcomes.Any(outcome => outcome.Text("refusal") is not null) ? ExitCode.Partly : ExitCode.Done;
    }
}
