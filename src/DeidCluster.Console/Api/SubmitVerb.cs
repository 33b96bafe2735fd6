using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DeidCluster.Studies;

namespace DeidCluster.Console.Api;

/// <summary>`deid study submit`: one study by options, or a cohort from a CSV or JSON file.</summary>
internal static partial class SubmitVerb
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
        foreach (Submission[] batch in (await RequestsAsync(parsed, cancellation)).Chunk(BatchSize))
        {
            JsonNode? answer;
            try
            {
                answer = await client.PostAsync("api/v1/studies", new JsonArray([.. batch.Select(one => one.Request.DeepClone())]), cancellation);
            }
            catch (RefusalException refusal) when (refusal.Fields.Count > 0)
            {
                throw new UsageException(Explain(refusal, batch, outcomes.Count));
            }

            foreach (JsonNode outcome in answer.Rows("studies"))
            {
                outcomes.Add(outcome.DeepClone());
            }
        }

        return new JsonObject { ["studies"] = outcomes };
    }

    /// <summary>A refusal with the caller's lines and columns in place of the positions in a batch.</summary>
    private static string Explain(RefusalException refusal, Submission[] batch, int accepted)
    {
        IEnumerable<string> problems = refusal.Fields.Select(field =>
            Row().Match(field.Field) is { Success: true } row && int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture) is int i && i < batch.Length
                ? batch[i].Name(row.Groups[2].Value, field.Problem)
                : field.ToString());
        string before = accepted == 0 ? "" : $"; {accepted} requests before these were accepted, and submitting them again changes nothing";
        return $"the node refused: {string.Join("; ", problems)}{before}";
    }

    [GeneratedRegex(@"^studies\[(\d{1,6})\]\.?(.*)$")]
    private static partial Regex Row();

    /// <summary>A request as JSON, and how a problem with one of its fields is told.</summary>
    private sealed record Submission(JsonNode Request, Func<string, string, string> Name);

    private static async Task<IReadOnlyList<Submission>> RequestsAsync(ParseResult parsed, CancellationToken cancellation)
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
            return [.. CohortCsv.Read(text, csv.Name).Select(row => new Submission(
                ToJson(row.Request), (field, problem) => $"{csv.Name}:{row.Line}: {CohortCsv.ColumnOf(field)} {problem}"))];
        }

        if (json is not null)
        {
            return [.. (await ReadJsonAsync(json, cancellation)).Select((request, i) => new Submission(
                request, (field, problem) => $"{json.Name}: studies[{i}].{field} {problem}"))];
        }

        return [new Submission(ToJson(FromOptions(parsed)), (field, problem) => $"{field} {problem}")];
    }

    private static async Task<IReadOnlyList<JsonNode>> ReadJsonAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            await using FileStream text = file.OpenRead();
            JsonNode? content = await JsonNode.ParseAsync(text, cancellationToken: cancellation);
            IReadOnlyList<JsonNode> requests = content is JsonObject one && !one.ContainsKey("studies") ? [one] : [.. content.Rows("studies")];
            return requests.Count > 0 ? requests : throw new UsageException($"{file.Name}: there is no request in this file");
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
