using System.Security.Cryptography;
using DeidCluster.TestKit;

namespace DeidCluster.Pipeline.Tests;

public sealed class VerifiedStreamTests : IDisposable
{
    private const int BlockBytes = 128 * 1024;
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BlockBytes - 1)]
    [InlineData(BlockBytes)]
    [InlineData(BlockBytes + 1)]
    [InlineData(3 * BlockBytes)]
    public async Task Copy_RightBytes_ComeThroughWhole(int length)
    {
        byte[] content = Write(length);
        await using VerifiedStream stream = new(folder.File("file"), Convert.ToHexStringLower(SHA256.HashData(content)));
        using MemoryStream copy = new();
        await stream.CopyToAsync(copy);
        Assert.Equal(content, copy.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BlockBytes)]
    [InlineData(3 * BlockBytes)]
    public async Task Copy_OtherBytes_EndsBeforeTheLastBlock(int length)
    {
        Write(length);
        await using VerifiedStream stream = new(folder.File("file"), new string('0', 64));
        using MemoryStream copy = new();
        await Assert.ThrowsAsync<DigestMismatchException>(() => stream.CopyToAsync(copy));
        Assert.True(copy.Length < Math.Max(1, length));
    }

    [Fact]
    public async Task Skip_LeavesTheRest_AndStillChecksTheWhole()
    {
        byte[] content = Write(BlockBytes + 1000);
        await using VerifiedStream stream = new(folder.File("file"), Convert.ToHexStringLower(SHA256.HashData(content)));
        await stream.SkipAsync(BlockBytes + 10, CancellationToken.None);
        using MemoryStream copy = new();
        await stream.CopyToAsync(copy);
        Assert.Equal(content[(BlockBytes + 10)..], copy.ToArray());
    }

    public void Dispose() => folder.Dispose();

    private byte[] Write(int length)
    {
        byte[] content = new byte[length];
        new Random(7).NextBytes(content);
        File.WriteAllBytes(folder.File("file"), content);
        return content;
    }
}
