using System.Globalization;
using System.Text.RegularExpressions;
using DeidCluster.Deid;
using DeidCluster.Studies;

namespace DeidCluster.Console.Api;

/// <summary>
/// A cohort as a CSV file with a header line: one study request a line. Read strictly: every column must be known and every cell valid, or nothing is
/// submitted. Problems name line and column and never a value.
/// </summary>
internal static partial class CohortCsv
{
    /// <summary>Problems shown at once.</summary>
    public const int ProblemsMax = 20;

    /// <summary>A file with more requests is refused; split it.</summary>
    public const int RequestsMax = 1_000_000;

    private static readonly Dictionary<string, Func<StudyRequest, string, StudyRequest?>> Columns = new()
    {
        ["procedure_id"] = (request, cell) => request with { ProcedureId = cell },
        ["mrn"] = (request, cell) => request with { Mrn = cell },
        ["accession_number"] = (request, cell) => request with { AccessionNumber = cell },
        ["project_name"] = (request, cell) => request with { Project = cell },
        ["extract_generated_timestamp"] = (request, cell) => Timestamp(cell) is { } at ? request with { ExtractGeneratedAt = at } : null,
        ["study_date"] = (request, cell) => Date(cell) is { } date ? request with { StudyDate = date } : null,
        ["study_uid"] = (request, cell) => request with { StudyUid = cell },
        ["participant_id"] = (request, cell) => request with { ParticipantId = cell },
        ["series_uid"] = (request, cell) => request with { SeriesUids = cell.Split('\\') },
    };

    private static readonly Dictionary<string, string> Expectations = new()
    {
        ["extract_generated_timestamp"] = "a date and time like 2026-01-31T08:30:00Z",
        ["study_date"] = "a date like 2026-01-31 or 20260131",
    };

    /// <summary>The column that fills a field of the request, where its name is another.</summary>
    private static readonly Dictionary<string, string> ColumnByField = new()
    {
        ["project"] = "project_name", ["studyUid"] = "study_uid", ["accessionNumber"] = "accession_number", ["procedureId"] = "procedure_id",
        ["participantId"] = "participant_id", ["seriesUids"] = "series_uid", ["studyDate"] = "study_date", ["extractGeneratedAt"] = "extract_generated_timestamp",
    };

    /// <summary>The requests of <paramref name="text"/>; <paramref name="file"/> names it in problems.</summary>
    public static IReadOnlyList<CohortRow> Read(TextReader text, string file)
    {
        CsvReader reader = new(text, file);
        IReadOnlyList<CsvCell> header = reader.ReadRow() ?? throw new ConfigurationException(file, 1, 1, "the file is empty; a header line is needed");
        List<ConfigurationProblem> problems = [.. CheckHeader(header, file)];
        if (problems.Count > 0)
        {
            throw new ConfigurationException(problems);
        }

        List<CohortRow> requests = [];
        try
        {
            while (problems.Count < ProblemsMax && reader.ReadRow() is { } row)
            {
                requests.Add(requests.Count < RequestsMax
                    ? new CohortRow(row[0].Line, ReadRequest(header, row, file, problems))
                    : throw new ConfigurationException(file, row[0].Line, 1, $"more than {RequestsMax} requests in one file"));
            }
        }
        catch (ConfigurationException e)
        {
            problems.AddRange(e.Problems);
        }

        if (problems.Count == 0 && requests.Count == 0)
        {
            problems.Add(new ConfigurationProblem(file, header[0].Line, 1, "there is no line below the header"));
        }

        return problems.Count == 0
            ? requests
            : throw new ConfigurationException([.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
    }

    private static IEnumerable<ConfigurationProblem> CheckHeader(IReadOnlyList<CsvCell> header, string file)
    {
        HashSet<string> seen = [];
        foreach (CsvCell cell in header)
        {
            if (!Columns.ContainsKey(cell.Text))
            {
                // Without a header line this is a row of identifiers: only what looks like a column's name is shown.
                string suggestion = NearestWord.Suggest(cell.Text, Columns.Keys);
                yield return new ConfigurationProblem(file, cell.Line, cell.Column, suggestion.Length > 0
                    ? $"unknown column '{cell.Text}'{suggestion}"
                    : $"unknown column; the first line names columns out of {string.Join(", ", Columns.Keys)}");
            }
            else if (!seen.Add(cell.Text))
            {
                yield return new ConfigurationProblem(file, cell.Line, cell.Column, $"column '{cell.Text}' stands twice");
            }
        }

        if (!seen.Contains("project_name"))
        {
            yield return new ConfigurationProblem(file, 1, 1, "column 'project_name' is missing");
        }

        if (!seen.Contains("study_uid") && !(seen.Contains("mrn") && seen.Contains("accession_number")))
        {
            yield return new ConfigurationProblem(file, 1, 1, "a study needs the column 'study_uid', or 'mrn' and 'accession_number'");
        }
    }

    private static StudyRequest ReadRequest(
        IReadOnlyList<CsvCell> header, IReadOnlyList<CsvCell> row, string file, List<ConfigurationProblem> problems)
    {
        StudyRequest request = new() { Project = "" };
        if (row.Count != header.Count)
        {
            problems.Add(new ConfigurationProblem(file, row[0].Line, row[^1].Column, $"{row.Count} cells where the header has {header.Count}"));
            return request;
        }

        int before = problems.Count;
        for (int i = 0; i < row.Count; i++)
        {
            string text = row[i].Text.Trim();
            if (text.Length == 0)
            {
                continue;
            }

            string name = header[i].Text;
            StudyRequest? next = Columns[name](request, text);
            if (next is null)
            {
                problems.Add(new ConfigurationProblem(file, row[i].Line, row[i].Column, $"{name} is not {Expectations[name]}"));
            }

            request = next ?? request;
        }

        if (request.Project.Length == 0)
        {
            CsvCell cell = row[header.Select(column => column.Text).ToList().IndexOf("project_name")];
            problems.Add(new ConfigurationProblem(file, cell.Line, cell.Column, "project_name is missing"));
        }

        if (problems.Count == before && request.StudyUid is null && (request.Mrn is null || request.AccessionNumber is null))
        {
            problems.Add(new ConfigurationProblem(file, row[0].Line, row[0].Column, "a study needs study_uid, or mrn and accession_number"));
        }

        if (problems.Count == before)
        {
            problems.AddRange(StudyRequestRules.Check(request).Select(problem => Locate(problem, header, row, file)));
        }

        return request;
    }

    private static ConfigurationProblem Locate(RequestProblem problem, IReadOnlyList<CsvCell> header, IReadOnlyList<CsvCell> row, string file)
    {
        string column = ColumnOf(problem.Field);
        CsvCell cell = row[Math.Max(0, header.Select(name => name.Text).ToList().IndexOf(column))];
        return new ConfigurationProblem(file, cell.Line, cell.Column, $"{column} {problem.Problem}");
    }

    /// <summary>The column that fills <paramref name="field"/>, as the API names it; an index is left out.</summary>
    public static string ColumnOf(string field)
    {
        string name = field.Split('[')[0];
        return ColumnByField.GetValueOrDefault(name, name);
    }

    /// <summary>The date that <paramref name="text"/> writes as yyyy-MM-dd or yyyyMMdd; null when it is none.</summary>
    public static DateOnly? Date(string text) =>
        DateOnly.TryParseExact(text, ["yyyy-MM-dd", "yyyyMMdd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date) ? date : null;

    private static DateTimeOffset? Timestamp(string text) =>
        IsoTimestamp().IsMatch(text)
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at) ? at : null;

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:?\d\d)?$")]
    private static partial Regex IsoTimestamp();
}

/// <summary>A request and the line that it begins on, counted from 1.</summary>
internal sealed record CohortRow(int Line, StudyRequest Request);
