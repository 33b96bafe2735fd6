using DeidCluster.Console.Api;
using DeidCluster.Deid;
using DeidCluster.Studies;

namespace DeidCluster.Console.Tests.Api;

public class CohortCsvTests
{
    [Fact]
    public void Read_AllColumns_FillsTheRequest()
    {
        StudyRequest request = Assert.Single(Read(
            "procedure_id,mrn,accession_number,project_name,extract_generated_timestamp,study_date,study_uid,participant_id,series_uid\r\n"
            + "p1,m1,a1,chest-ct,2026-01-31T08:30:00Z,2026-01-30,1.2.3,subject-1,1.2.3.4\\1.2.3.5\r\n"));
        Assert.Equal(("chest-ct", "p1", "m1", "a1", "1.2.3", "subject-1"), (request.Project, request.ProcedureId, request.Mrn, request.AccessionNumber, request.StudyUid, request.ParticipantId));
        Assert.Equal(["1.2.3.4", "1.2.3.5"], request.SeriesUids);
        Assert.Equal(new DateOnly(2026, 1, 30), request.StudyDate);
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 8, 30, 0, TimeSpan.Zero), request.ExtractGeneratedAt);
    }

    [Fact]
    public void Read_QuotedCells_KeepCommasQuotesAndLineBreaks()
    {
        IReadOnlyList<CsvCell> row = new CsvReader(new StringReader("\"a\",\"m,\"\"1\"\"\r\n2\",x\n"), "c.csv").ReadRow()!;
        Assert.Equal(["a", "m,\"1\"\r\n2", "x"], row.Select(cell => cell.Text));
        Assert.Equal((2, 4), (row[2].Line, row[2].Column));
    }

    [Fact]
    public void Read_EmptyCellsAndLines_AreAbsent()
    {
        StudyRequest request = Assert.Single(Read("project_name,mrn,accession_number,study_uid\n\n p , ,,1.2\n\n"));
        Assert.Equal(("p", null, "1.2"), (request.Project, request.Mrn, request.StudyUid));
    }

    [Theory]
    [InlineData("", "c.csv:1:1")]
    [InlineData("mrn,accession_number\n", "c.csv:1:1: column 'project_name' is missing")]
    [InlineData("project_name,mrn\n", "c.csv:1:1: a study needs the column")]
    [InlineData("project_name,study_uid,acession_number\n", "c.csv:1:24: unknown column 'acession_number' (did you mean 'accession_number'?)")]
    [InlineData("project_name,study_uid,study_uid\n", "c.csv:1:24: column 'study_uid' stands twice")]
    [InlineData("project_name,study_uid\n,1.2.3\n", "c.csv:2:1: project_name is missing")]
    [InlineData("project_name,study_uid\np,\n", "c.csv:2:1: a study needs study_uid")]
    [InlineData("project_name,study_uid\np,1.2,3\n", "c.csv:2:7: 3 cells where the header has 2")]
    [InlineData("project_name,study_uid\np,1.2a\n", "c.csv:2:3: study_uid is not a UID")]
    [InlineData("project_name,study_uid,study_date\np,1.2,31.01.2026\n", "c.csv:2:7: study_date is not a date")]
    [InlineData("project_name,study_uid,study_date\np,1.2,2026-02-30\n", "c.csv:2:7: study_date is not a date")]
    [InlineData("project_name,study_uid,extract_generated_timestamp\np,1.2,yesterday\n", "c.csv:2:7: extract_generated_timestamp is not")]
    [InlineData("project_name,study_uid,series_uid\np,1.2,1.2;1.3\n", "c.csv:2:7: series_uid is not")]
    [InlineData("project_name,study_uid\np,\"1.2\n", "c.csv:2:3: the quote that begins this cell is never closed")]
    [InlineData("project_name,study_uid\np,\"1.2\"3\n", "c.csv:2:8: text behind the closing quote")]
    [InlineData("project_name,study_uid\np,1.2\"3\"\n", "c.csv:2:6: a quote inside a cell")]
    [InlineData("project_name,study_uid\np,1.2\rp,1.3\n", "c.csv:2:7: a carriage return without a line feed")]
    [InlineData("project_name,study_uid\n", "c.csv:1:1: there is no line below the header")]
    [InlineData("chest-ct,MRN12345,A1\n", "c.csv:1:1: unknown column; the first line names columns out of procedure_id, ")]
    [InlineData("project_name,mrn,accession_number\np,1*,A1\n", "c.csv:2:3: mrn has a wildcard")]
    [InlineData("project_name,mrn,accession_number\np,M\uFFFDller,A1\n", "c.csv:2:4: a byte that is not UTF-8")]
    public void Read_BadInput_NamesLineAndColumn(string text, string expected)
    {
        ConfigurationException problem = Assert.Throws<ConfigurationException>(() => Read(text));
        Assert.StartsWith(expected, problem.Message);
    }

    [Fact]
    public void Read_SeveralProblems_AreToldTogetherWithoutValues()
    {
        ConfigurationException problem = Assert.Throws<ConfigurationException>(
            () => Read("project_name,study_uid,study_date\n,1.2,x\np,SECRET,2020-01-01\n"));
        Assert.Equal([(2, 1), (2, 6), (3, 3)], problem.Problems.Select(p => (p.Line, p.Column)));
        Assert.DoesNotContain("SECRET", problem.Message);
    }

    [Fact]
    public void Read_NoHeader_DoesNotTellTheRow()
    {
        ConfigurationException problem = Assert.Throws<ConfigurationException>(() => Read("chest-ct,MRN12345,A1\n"));
        Assert.DoesNotContain("MRN12345", problem.Message);
    }

    private static IReadOnlyList<StudyRequest> Read(string text) => [.. CohortCsv.Read(new StringReader(text), "c.csv").Select(row => row.Request)];
}
