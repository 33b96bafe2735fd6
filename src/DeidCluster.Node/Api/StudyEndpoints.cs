using System.Globalization;
using System.Text.Json;
using DeidCluster.Engine;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace DeidCluster.Node;

/// <summary>/api/v1/studies: submit, list, search, show.</summary>
internal sealed class StudyEndpoints(NodeParts node)
{
    /// <summary>Requests of one body that wait for their actors at a time.</summary>
    private const int SubmissionsAtOnce = 64;

    /// <summary>Events shown of one study.</summary>
    private const int HistoryMax = 1000;

    private const int ListLimitDefault = 100;
    private const int ListLimitMax = 1000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/studies", SubmitAsync);
        routes.MapGet("/api/v1/studies", ListAsync);
        routes.MapPost("/api/v1/studies/search", SearchAsync);
        routes.MapGet("/api/v1/studies/{id}", ShowAsync);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        using JsonDocument body = await ApiJson.ReadAsync(context);
        IReadOnlyList<StudyRequest> requests = StudyRequestBody.Read(body.RootElement, node.Settings.Http.RowsMax, node.ProjectNames);
        SubmissionOutcome[] outcomes = new SubmissionOutcome[requests.Count];
        ParallelOptions options = new() { MaxDegreeOfParallelism = SubmissionsAtOnce, CancellationToken = context.RequestAborted };
        await Parallel.ForAsync(0, requests.Count, options, async (i, cancellation) => outcomes[i] = await SubmitAsync(requests[i], cancellation));
        await ApiJson.WriteAsync(context, new { studies = outcomes }, StatusCodes.Status202Accepted);
    }

    private async Task<SubmissionOutcome> SubmitAsync(StudyRequest request, CancellationToken cancellation)
    {
        string id = StudyId.For(node.InstallationSecret, request.Project, request);
        StudyReply? reply = await node.AskAsync<StudyReply>(Actors.Study(id), new RequestStudy(request), cancellation);
        return new SubmissionOutcome(id, reply?.Status, reply?.Changed ?? true, reply?.Refusal);
    }

    private async Task ListAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        List<FieldProblem> problems = [];
        foreach (string name in query.Keys.Except(["project", "state", "limit", "cursor"], StringComparer.Ordinal))
        {
            problems.Add(new FieldProblem(name, "is not known here; identifiers are searched by POST /api/v1/studies/search"));
        }

        StudyFilter filter = new()
        {
            Project = Single(query, "project", problems),
            Statuses = ReadStatuses(query["state"], problems),
            Limit = ReadLimit(query, problems),
            Cursor = Single(query, "cursor", problems),
        };
        await AnswerPageAsync(context, filter, problems);
    }

    private async Task SearchAsync(HttpContext context)
    {
        using JsonDocument body = await ApiJson.ReadAsync(context);
        if (body.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new ApiProblem(StatusCodes.Status400BadRequest, "the body must be an object");
        }

        List<FieldProblem> problems = [];
        BodyReader reader = new(body.RootElement, "", problems);
        StudyFilter filter = new()
        {
            Project = reader.String("project"),
            Statuses = ReadStatuses(new StringValues([.. reader.Strings("states")]), problems),
            Mrn = reader.String("mrn"),
            AccessionNumber = reader.String("accessionNumber"),
            StudyUid = reader.String("studyUid"),
            ProcedureId = reader.String("procedureId"),
            Limit = reader.Int("limit", ListLimitDefault, 1, ListLimitMax),
            Cursor = reader.String("cursor"),
        };
        reader.Finish();
        await AnswerPageAsync(context, filter, problems);
    }

    private async Task AnswerPageAsync(HttpContext context, StudyFilter filter, List<FieldProblem> problems)
    {
        if (filter.Project is { } project && !node.ProjectNames.Contains(project)
            && (await node.Index.ProjectsAsync(context.RequestAborted)).All(row => row.Project != project))
        {
            problems.Add(new FieldProblem("project", "is not a project of this installation"));
        }

        if (problems.Count > 0)
        {
            throw ApiProblem.Unprocessable(problems);
        }

        StudyPage page;
        try
        {
            page = await node.Index.ListAsync(filter, context.RequestAborted);
        }
        catch (FormatException)
        {
            throw ApiProblem.Unprocessable("cursor", "is not one that this API gave");
        }

        await ApiJson.WriteAsync(context, new { studies = page.Studies.Select(row => StudyViews.Of(row, identities: false)), next = page.Next });
    }

    private async Task ShowAsync(HttpContext context)
    {
        bool identities = ReadIdentities(context.Request.Query);
        StudyRow row = await node.FindStudyAsync(context);
        IReadOnlyList<JournalRow> history = await node.Store.ReadJournalAsync(Actors.Study(row.StudyId), 0, HistoryMax, context.RequestAborted);
        IReadOnlyList<InstanceRow> ledger = await node.Index.LedgerAsync(row.StudyId, context.RequestAborted);
        await ApiJson.WriteAsync(context, new
        {
            study = StudyViews.Of(row, identities),
            history = history.Select(happened => StudyViews.Of(happened, identities)),
            ledger = ledger.Select(instance => StudyViews.Of(instance, identities)),
            tombstone = await node.Retirements.FindTombstoneAsync(row.StudyId, context.RequestAborted),
        });
    }

    private static bool ReadIdentities(IQueryCollection query)
    {
        List<FieldProblem> problems = [.. query.Keys.Where(name => name != "identities").Select(name => new FieldProblem(name, "is not known here"))];
        string? text = Single(query, "identities", problems);
        if (text is not (null or "true" or "false"))
        {
            problems.Add(new FieldProblem("identities", "is neither true nor false"));
        }

        return problems.Count == 0 ? text == "true" : throw ApiProblem.Unprocessable(problems);
    }

    /// <summary>The one value of a member of the query; null when it is absent or empty.</summary>
    private static string? Single(IQueryCollection query, string name, List<FieldProblem> problems)
    {
        StringValues values = query[name];
        if (values.Count > 1)
        {
            problems.Add(new FieldProblem(name, "stands more than once"));
        }

        return values is [{ Length: > 0 } value] ? value : null;
    }

    private static List<StudyStatus> ReadStatuses(StringValues words, List<FieldProblem> problems)
    {
        List<StudyStatus> statuses = [];
        foreach (string? word in words)
        {
            if (Words.TryRead(word ?? "", out StudyStatus status))
            {
                statuses.Add(status);
            }
            else
            {
                problems.Add(new FieldProblem("state", $"is none of {string.Join(", ", Words.All<StudyStatus>())}"));
            }
        }

        return statuses;
    }

    private static int ReadLimit(IQueryCollection query, List<FieldProblem> problems)
    {
        if (Single(query, "limit", problems) is not { } text)
        {
            return ListLimitDefault;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) && limit is >= 1 and <= ListLimitMax)
        {
            return limit;
        }

        problems.Add(new FieldProblem("limit", $"is not a whole number from 1 to {ListLimitMax}"));
        return ListLimitDefault;
    }

    /// <summary>What became of one row. Without a status the request is durable, and its actor had no time to answer yet.</summary>
    private sealed record SubmissionOutcome(string StudyId, StudyStatus? Status, bool Changed, string? Refusal);
}
