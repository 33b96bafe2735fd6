using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Files;

public class DurableFileTests
{
    private static readonly byte[] Content = [1, 2, 3];

    [Fact]
    public async Task Write_Succeeds_InTheOrderThatSurvivesAPowerCut()
    {
        using TestFolder folder = new();
        ScriptedFiles files = new();
        await WriteAsync(files, folder);
        Assert.Equal(["create", "sync", "rename", "sync folder"], files.Operations);
        Assert.Equal([folder.File("final")], Directory.GetFiles(folder.Path));
        Assert.Equal(Content, File.ReadAllBytes(folder.File("final")));
    }

    [Theory]
    [InlineData("create")]
    [InlineData("sync")]
    [InlineData("rename")]
    public async Task Write_AnyStepFails_LeavesNothing(string failing)
    {
        using TestFolder folder = new();
        ScriptedFiles files = new() { Failing = failing };
        IOException error = await Assert.ThrowsAsync<IOException>(() => WriteAsync(files, folder));
        Assert.True(LinuxFiles.IsDiskFull(error));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Write_FolderCannotBeFlushed_IsNoSuccess()
    {
        using TestFolder folder = new();
        ScriptedFiles files = new() { Failing = "sync folder" };
        await Assert.ThrowsAsync<IOException>(() => WriteAsync(files, folder));
    }

    [Fact]
    public void DiskIsFull_IsKnownByTheSystemsOwnError()
    {
        using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        Assert.True(LinuxFiles.IsDiskFull(Assert.Throws<IOException>(() => full.Write(Content))));
    }

    private static Task WriteAsync(IFilePort files, TestFolder folder) => DurableFile.WriteAsync(
        new GroupSync(files), folder.File("temporary"), folder.File("final"), (stream, cancel) => stream.WriteAsync(Content, cancel).AsTask(), CancellationToken.None);
}
