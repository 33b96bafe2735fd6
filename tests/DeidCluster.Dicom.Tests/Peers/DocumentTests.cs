using System.Reflection;

namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>The pages under docs/ that say what the code does are what the code says.</summary>
public class DocumentTests
{
    [Fact]
    public void PeersPage_IsFresh() => Document.IsFresh("PEERS.md", PeerTable.Page());

    [Fact]
    public void ConformanceStatement_IsFresh() => Document.IsFresh("CONFORMANCE.md", ConformanceStatement.Text());

    [Fact]
    public void PeersPage_NamesTestsThatExist_AndEveryTestOfThisFolder()
    {
        HashSet<string> tests = [.. typeof(DocumentTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")];
        Assert.All(PeerTable.Cells, cell => Assert.Contains(cell.Test, tests));
        string[] ours = [nameof(StorePeerTests), nameof(GetPeerTests), nameof(WrittenFilePeerTests)];
        Assert.All(tests.Where(test => ours.Contains(test.Split('.')[0])), test => Assert.Contains(PeerTable.Cells, cell => cell.Test == test));
    }
}
