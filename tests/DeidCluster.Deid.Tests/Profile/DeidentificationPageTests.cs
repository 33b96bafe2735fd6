using System.Text.RegularExpressions;
using DeidCluster.Deid.Tests.Project;

namespace DeidCluster.Deid.Tests;

/// <summary>docs/DEIDENTIFICATION.md says what the program does.</summary>
public partial class DeidentificationPageTests
{
    private static readonly string Page = File.ReadAllText(TestFiles.InTheCheckout("docs/DEIDENTIFICATION.md"));

    [Fact]
    public void Page_NamesEveryOption() => Assert.All(ProjectLanguage.OptionWords, option => Assert.Contains($"`options: [{option}]`", Page, StringComparison.Ordinal));

    [Fact]
    public void TableOfActions_IsWhatIsDone()
    {
        AttributeType?[] types = [AttributeType.Required, AttributeType.MayBeEmpty, AttributeType.Optional, null];
        MatchCollection rows = Rows().Matches(Page);
        Assert.Equal(9, rows.Count);
        foreach (Match row in rows)
        {
            string[] cells = [.. row.Value.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
            for (int i = 0; i < types.Length; i++)
            {
                Treatment expected = cells[i + 1] switch
                {
                    "X" => Treatment.Remove, "Z" => Treatment.Empty, "D" => Treatment.Dummy, _ => Treatment.Uid,
                };
                Assert.Equal(expected, ProfileOutcome.Of(ProfileCodes.Read(cells[0])).Resolve(types[i]));
            }
        }
    }

    [GeneratedRegex(@"^\| [XZDU][XZDU/*]* \|.*$", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
