using System.Globalization;

namespace DeidCluster.Store.Tests;

/// <summary>The numbered scripts that make a store's schema.</summary>
public class MigrationTests
{
    private const int NumberDigits = 3;

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public void Scripts_OfADriver_AreNumberedFromOneWithoutGapsOrTwins(string driver)
    {
        IReadOnlyList<MigrationScript> scripts = MigrationScripts.Pending(driver, new Dictionary<string, string>());
        Assert.NotEmpty(scripts);
        Assert.Equal(Enumerable.Range(1, scripts.Count), scripts.Select(script => int.Parse(script.Name[..NumberDigits], CultureInfo.InvariantCulture)));
    }
}
