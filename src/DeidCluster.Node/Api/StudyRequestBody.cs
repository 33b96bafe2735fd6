using System.Text.Json;
using DeidCluster.Studies;

namespace DeidCluster.Node;

/// <summary>The body of POST /api/v1/studies: one request, a list of them, or {"studies": [...]}. All rows are right or none is accepted.</summary>
internal static class StudyRequestBody
{
    /// <summary>Problems told at once.</summary>
    private const int ProblemsMax = 100;

    public static IReadOnlyList<StudyRequest> Read(JsonElement body, int rowsMax, IReadOnlySet<string> projects)
    {
        JsonElement list = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("studies", out JsonElement studies) ? studies : body;
        if (body.ValueKind == JsonValueKind.Object && list.ValueKind != body.ValueKind && body.EnumerateObject().Count() > 1)
        {
            string other = body.EnumerateObject().First(member => member.Name != "studies").Name;
            throw ApiProblem.Unprocessable(other, "is not known here");
        }

        JsonElement[] rows = list.ValueKind switch
        {
            JsonValueKind.Array when list.GetArrayLength() > rowsMax => throw ApiProblem.Unprocessable("studies", $"has more than {rowsMax} entries"),
            JsonValueKind.Array => [.. list.EnumerateArray()],
            _ => [list],
        };

        List<FieldProblem> problems = [];
        List<StudyRequest> requests = [];
        for (int i = 0; i < rows.Length && problems.Count < ProblemsMax; i++)
        {
            string path = list.ValueKind == JsonValueKind.Array ? $"studies[{i}]" : "";
            if (rows[i].ValueKind == JsonValueKind.Object)
            {
                requests.Add(ReadRow(rows[i], path.Length == 0 ? "" : path + ".", projects, problems));
            }
            else
            {
                problems.Add(new FieldProblem(path.Length == 0 ? "studies" : path, "is not an object"));
            }
        }

        return problems.Count == 0 ? requests : throw ApiProblem.Unprocessable(problems);
    }

    private static StudyRequest ReadRow(JsonElement row, string path, IReadOnlySet<string> projects, List<FieldProblem> problems)
    {
        int before = problems.Count;
        BodyReader reader = new(row, path, problems);
        StudyRequest request = new()
        {
            Project = reader.String("project") ?? "",
            StudyUid = reader.String("studyUid"),
            Mrn = reader.String("mrn"),
            AccessionNumber = reader.String("accessionNumber"),
            SeriesUids = reader.Strings("seriesUids"),
            ProcedureId = reader.String("procedureId"),
            ParticipantId = reader.String("participantId"),
            StudyDate = reader.Date("studyDate"),
            ExtractGeneratedAt = reader.Time("extractGeneratedAt"),
            Priority = reader.Int("priority", StudyRequest.PriorityDefault, StudyDecider.PriorityMin, StudyDecider.PriorityMax),
        };
        reader.Finish();
        if (problems.Count == before)
        {
            problems.AddRange(StudyRequestRules.Check(request).Select(problem => new FieldProblem(path + problem.Field, problem.Problem)));
            if (request.Project.Length > 0 && !projects.Contains(request.Project))
            {
                problems.Add(new FieldProblem(path + "project", "is not a project of this installation"));
            }
        }

        return request;
    }
}
