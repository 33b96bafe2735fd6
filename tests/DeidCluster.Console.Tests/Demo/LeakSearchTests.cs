using System.Text;
using DeidCluster.Console.Demo;

namespace DeidCluster.Console.Tests.Demo;

public sealed class LeakSearchTests : IDisposable
{
    private const int BlockBytes = 1 << 20;
    private readonly string file = Path.GetTempFileName();

    [Theory]
    [InlineData("Quenneville", "xxQuennevillexx", 1)]
    [InlineData("Quenneville", "xxQUENNEVILLExx", 1)]
    [InlineData("Quenneville", "xxQuennevilxx", 0)]
    [InlineData("1.2.840.77", "1.2.840.771.2.840.77", 2)]
    [InlineData("MRN1", "MRN", 0)]
    [InlineData("王小东王小东", "xx王小东王小东", 1)]
    public async Task Count_Text_FindsWholeIdentifiersOnly(string identifier, string text, int expected) =>
        Assert.Equal(expected, await CountAsync([identifier], Encoding.UTF8.GetBytes(text)));

    [Fact]
    public async Task Count_LatinOne_IsFoundToo() => Assert.Equal(1, await CountAsync(["Jürgen"], Encoding.Latin1.GetBytes("xJürgenx")));

    [Theory]
    [InlineData(-20)]
    [InlineData(-11)]
    [InlineData(-5)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(11)]
    public async Task Count_AcrossBlocks_FindsEachOnce(int offset)
    {
        byte[] bytes = new byte[(2 * BlockBytes) + 100];
        Encoding.ASCII.GetBytes("Quenneville").CopyTo(bytes, BlockBytes + offset);
        Encoding.ASCII.GetBytes("Quenneville").CopyTo(bytes, bytes.Length - 11);
        Assert.Equal(2, await CountAsync(["Quenneville"], bytes));
    }

    [Fact]
    public void New_ShortIdentifier_IsRefused() => Assert.Throws<ArgumentException>(() => new LeakSearch(["abc"]));

    public void Dispose() => File.Delete(file);

    private async Task<int> CountAsync(string[] identifiers, byte[] bytes)
    {
        await File.WriteAllBytesAsync(file, bytes);
        return await new LeakSearch(identifiers).CountAsync(file, CancellationToken.None);
    }
}
