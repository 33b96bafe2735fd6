using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests.Offline;

public sealed class IdentityMappingTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Fix_KnownSubject_KeepsItsFirstIdentity_AcrossProcesses()
    {
        Identity first = new("k1", "P-1", -10);
        using (IdentityMapping mapping = IdentityMapping.Open(folder.Path))
        {
            Assert.Equal(first, mapping.Fix("a", "s", first));
            Assert.Equal(first, mapping.Fix("a", "s", new Identity("k2", "P-2", -20)));
        }

        using IdentityMapping later = IdentityMapping.Open(folder.Path);
        Assert.Equal(first, later.Fix("a", "s", new Identity("k3", "P-3", -30)));
        Assert.Equal("P-4", later.Fix("b", "s", new Identity("k1", "P-4", 0)).Pseudonym);
    }

    [Fact]
    public void Fix_WithACounter_TakesTheNextNumber_AcrossProcesses()
    {
        IdentityProposal proposal = new(new Identity("k1", "CT-", -10), CounterDigits: 3);
        using (IdentityMapping mapping = IdentityMapping.Open(folder.Path))
        {
            Assert.Equal(["CT-001", "CT-002", "CT-001"], new[] { "s", "t", "s" }.Select(subject => mapping.Fix("a", subject, proposal).Pseudonym));
            Assert.Equal("CT-001", mapping.Fix("b", "s", proposal).Pseudonym);
        }

        File.AppendAllText(folder.File(IdentityMapping.FileName), "{\"project\":\"a\",\"subj");
        using IdentityMapping later = IdentityMapping.Open(folder.Path);
        Assert.Equal("CT-003", later.Fix("a", "u", proposal).Pseudonym);
        Assert.Equal("CT-002", later.Find("a", "t")!.Pseudonym);
    }

    [Fact]
    public void Open_LastLineCutShort_IsDropped()
    {
        using (IdentityMapping mapping = IdentityMapping.Open(folder.Path))
        {
            mapping.Fix("a", "s", new Identity("k1", "P-1", 0));
        }

        File.AppendAllText(folder.File(IdentityMapping.FileName), "{\"project\":\"a\",\"subj");
        using IdentityMapping later = IdentityMapping.Open(folder.Path);
        Assert.Equal(1, later.Count);
    }

    [Fact]
    public void Open_DamagedLine_IsRefusedWithItsNumber()
    {
        File.WriteAllText(folder.File(IdentityMapping.FileName), "{}\n");
        IOException e = Assert.Throws<IOException>(() => IdentityMapping.Open(folder.Path));
        Assert.Contains("identities.jsonl:1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WhileAnotherHasIt_IsRefused()
    {
        using IdentityMapping mapping = IdentityMapping.Open(folder.Path);
        Assert.Throws<IOException>(() => IdentityMapping.Open(folder.Path));
    }
}
