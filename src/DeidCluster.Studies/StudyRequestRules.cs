namespace DeidCluster.Studies;

/// <summary>One thing that is wrong with a request. Names the field, never its value.</summary>
public sealed record RequestProblem(string Field, string Problem);

/// <summary>
/// What a request must be before anybody acts on it. Identifiers go into C-FIND keys, where * and ? match others' studies and a
/// backslash makes a list (PS3.4 C.2.2.2), so those are refused.
/// </summary>
public static class StudyRequestRules
{
    /// <summary>Longest identifier: LO (PS3.5 6.2). Characters.</summary>
    public const int IdentifierLengthMax = 64;

    /// <summary>Longest accession number: SH allows 16, archives allow more. Characters.</summary>
    public const int AccessionLengthMax = 64;

    /// <summary>Longest UID (PS3.5 9.1). Characters.</summary>
    public const int UidLengthMax = 64;

    /// <summary>Most series that one request may name.</summary>
    public const int SeriesMax = 1000;

    /// <summary>Everything that is wrong with <paramref name="request"/>; empty when nothing is.</summary>
    public static IReadOnlyList<RequestProblem> Check(StudyRequest request)
    {
        List<RequestProblem> problems = [];
        if (string.IsNullOrEmpty(request.Project))
        {
            problems.Add(new("project", "is missing"));
        }

        bool byUid = !string.IsNullOrEmpty(request.StudyUid);
        bool byAccession = !string.IsNullOrEmpty(request.Mrn) && !string.IsNullOrEmpty(request.AccessionNumber);
        if (!byUid && !byAccession)
        {
            problems.Add(new(Missing(request), "is missing: a study is named by studyUid, or by mrn and accessionNumber together"));
        }

        CheckUid(problems, "studyUid", request.StudyUid);
        CheckText(problems, "mrn", request.Mrn, IdentifierLengthMax);
        CheckText(problems, "accessionNumber", request.AccessionNumber, AccessionLengthMax);
        CheckText(problems, "procedureId", request.ProcedureId, IdentifierLengthMax);
        CheckText(problems, "participantId", request.ParticipantId, IdentifierLengthMax);
        if (request.SeriesUids.Count > SeriesMax)
        {
            problems.Add(new("seriesUids", $"has more than {SeriesMax} entries"));
        }

        for (int i = 0; i < Math.Min(request.SeriesUids.Count, SeriesMax); i++)
        {
            CheckUid(problems, $"seriesUids[{i}]", string.IsNullOrEmpty(request.SeriesUids[i]) ? "-" : request.SeriesUids[i]);
        }

        if (request.Priority is < StudyDecider.PriorityMin or > StudyDecider.PriorityMax)
        {
            problems.Add(new("priority", $"is not a number from {StudyDecider.PriorityMin} to {StudyDecider.PriorityMax}"));
        }

        return problems;
    }

    private static string Missing(StudyRequest request) =>
        !string.IsNullOrEmpty(request.Mrn) ? "accessionNumber" : !string.IsNullOrEmpty(request.AccessionNumber) ? "mrn" : "studyUid";

    private static void CheckUid(List<RequestProblem> problems, string field, string? uid)
    {
        if (!string.IsNullOrEmpty(uid) && !IsUid(uid))
        {
            problems.Add(new(field, "is not a UID (PS3.5 9.1)"));
        }
    }

    /// <summary>Components that begin with 0 are against PS3.5 9.1 but occur in archives, where they must be found as they are.</summary>
    private static bool IsUid(string uid) =>
        uid.Length <= UidLengthMax
        && uid.All(letter => char.IsAsciiDigit(letter) || letter == '.')
        && uid.Contains('.')
        && uid[0] != '.' && uid[^1] != '.' && !uid.Contains("..", StringComparison.Ordinal);

    private static void CheckText(List<RequestProblem> problems, string field, string? text, int lengthMax)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        if (text.Length > lengthMax)
        {
            problems.Add(new(field, $"is longer than {lengthMax} characters"));
        }

        if (text.Any(letter => letter is '*' or '?' or '\\' || char.IsControl(letter)))
        {
            problems.Add(new(field, "has a wildcard, backslash or control character"));
        }

        if (text.Trim().Length != text.Length)
        {
            problems.Add(new(field, "begins or ends with a space"));
        }
    }
}
