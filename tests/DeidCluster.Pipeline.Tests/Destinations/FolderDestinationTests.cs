using System.Security.Cryptography;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Pipeline.Tests;

public sealed class FolderDestinationTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly ScriptedFiles files = new();

    [Fact]
    public async Task Deliver_WritesByNewUids_DurablyBeforeItConfirms()
    {
        OutgoingInstance instance = Stage("one");
        await foreach (Confirmation confirmation in Destination().DeliverAsync([instance], CancellationToken.None))
        {
            files.Note(confirmation.Refusal ?? "confirmed");
        }

        Assert.Equal(["create", "sync", "rename", "sync folder", "confirmed"], files.Operations);
        Assert.Equal("one", File.ReadAllText(folder.File("out/2.25.1/2.25.2/2.25.3.dcm")));
    }

    [Fact]
    public async Task Deliver_SameBytesAgain_IsConfirmedAndChangesNothing()
    {
        OutgoingInstance instance = Stage("one");
        await DeliverAsync(instance);
        string[] before = folder.Files();
        Assert.Null((await DeliverAsync(instance)).Refusal);
        Assert.Equal(before, folder.Files());
    }

    [Fact]
    public async Task Deliver_OtherBytesUnderTheName_IsRefusedAndOverwritesNothing()
    {
        await DeliverAsync(Stage("one"));
        Assert.NotNull((await DeliverAsync(Stage("two"))).Refusal);
        Assert.Equal("one", File.ReadAllText(folder.File("out/2.25.1/2.25.2/2.25.3.dcm")));
    }

    [Fact]
    public async Task Deliver_ResultIsNotWhatWasVerified_LeavesNothing()
    {
        OutgoingInstance instance = Stage("one");
        File.WriteAllText(instance.Path, "eno");
        await Assert.ThrowsAsync<DigestMismatchException>(() => DeliverAsync(instance));
        Assert.DoesNotContain(folder.Files(), path => path.Contains("/out/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Deliver_FolderIsMissing_MakesNone()
    {
        OutgoingInstance instance = Stage("one");
        Directory.Delete(folder.File("out"));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => DeliverAsync(instance));
        Assert.False(Directory.Exists(folder.File("out")));
    }

    [Fact]
    public async Task Deliver_AfterOneWasCutShort_DropsItsPart()
    {
        Directory.CreateDirectory(folder.File("out/2.25.1/2.25.2"));
        File.WriteAllText(folder.File("out/2.25.1/2.25.2/2.25.3.dcm.0.part"), "on");
        await DeliverAsync(Stage("one"));
        Assert.DoesNotContain(folder.Files(), path => path.EndsWith(".part", StringComparison.Ordinal));
    }

    public void Dispose() => folder.Dispose();

    private FolderDestination Destination() => new(new FolderDestinationSettings { Name = "research", Path = folder.File("out") }, new GroupSync(files));

    private async Task<Confirmation> DeliverAsync(OutgoingInstance instance)
    {
        List<Confirmation> confirmations = [];
        await foreach (Confirmation confirmation in Destination().DeliverAsync([instance], CancellationToken.None))
        {
            confirmations.Add(confirmation);
        }

        return Assert.Single(confirmations);
    }

    private OutgoingInstance Stage(string content)
    {
        Directory.CreateDirectory(folder.File("out"));
        string path = folder.File("staged");
        File.WriteAllText(path, content);
        return new OutgoingInstance(path, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))), content.Length, "1.2", "2.25.3", "2.25.2", "2.25.1");
    }
}
