using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Pipeline.Tests;

public sealed class StagingAreaTests : IDisposable
{
    private const string StudyUid = "1.2.826.0.1.3680043.1";
    private const string SopInstanceUid = "1.2.826.0.1.3680043.1.1";
    private static readonly string DigestOne = new('1', 64);
    private static readonly string DigestTwo = new('2', 64);
    private readonly TestFolder folder = new();
    private readonly GroupSync files = new(new LinuxFiles());

    [Fact]
    public async Task RawFile_IsKept_UnderNamesThatTellNothing()
    {
        using StagingArea staging = Open();
        await KeepAsync(staging, "VNA", DigestOne);
        StagedFile file = Assert.Single(staging.Read("VNA", StudyUid).Find(SopInstanceUid));
        Assert.Equal(DigestOne, file.Digest);
        Assert.Equal(4, file.Bytes);
        Assert.DoesNotContain("1.2.826", string.Join(' ', folder.Files()), StringComparison.Ordinal);
        Assert.Empty(staging.Read("PACS", StudyUid).Find(SopInstanceUid));
    }

    [Fact]
    public async Task RawFile_ComesTwice_IsOne()
    {
        using StagingArea staging = Open();
        await KeepAsync(staging, "VNA", DigestOne);
        await KeepAsync(staging, "VNA", DigestOne);
        Assert.Single(staging.Read("VNA", StudyUid).Find(SopInstanceUid));
    }

    [Fact]
    public async Task RawFile_OtherBytesUnderOneUid_AreBothKept()
    {
        using StagingArea staging = Open();
        await KeepAsync(staging, "VNA", DigestOne);
        await KeepAsync(staging, "VNA", DigestTwo);
        Assert.Equal([DigestOne, DigestTwo], staging.Read("VNA", StudyUid).Find(SopInstanceUid).Select(file => file.Digest));
    }

    [Fact]
    public void Names_WithAnotherKey_AreOthers()
    {
        StagingPaths one = new("/staging", "one"u8.ToArray());
        StagingPaths other = new("/staging", "other"u8.ToArray());
        Assert.NotEqual(one.StudyFolder("VNA", StudyUid), other.StudyFolder("VNA", StudyUid));
        Assert.NotEqual(one.InstanceName(SopInstanceUid), other.InstanceName(SopInstanceUid));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0")]
    public void Result_NameUnfitForAPath_IsRefused(string name)
    {
        StagingPaths paths = new("/staging", "key"u8.ToArray());
        Assert.Throws<ArgumentException>(() => paths.Result(name, "2.25.1"));
        Assert.Throws<ArgumentException>(() => paths.Result("study", name));
    }

    [Fact]
    public void Spool_OfAnEndedProcess_IsDropped_AndThatOfALiveOneStays()
    {
        string ended = Path.Combine(folder.Path, "staging", "spool", "ended");
        Directory.CreateDirectory(ended);
        File.WriteAllText(Path.Combine(ended, ".lock"), "");
        File.WriteAllText(Path.Combine(ended, "half.part"), "DICM");
        using StagingArea live = Open();
        string mine = live.NewSpoolPath();
        File.WriteAllText(mine, "DICM");

        using StagingArea another = Open();
        Assert.False(Directory.Exists(ended));
        Assert.True(File.Exists(mine));
    }

    public void Dispose() => folder.Dispose();

    private StagingArea Open() => StagingArea.Open(new StagingSettings { Folder = folder.File("staging"), PathKey = "key"u8.ToArray() }, files);

    private static async Task KeepAsync(StagingArea staging, string archive, string digest)
    {
        string spooled = staging.NewSpoolPath();
        File.WriteAllText(spooled, "DICM");
        await staging.Sync.PublishAsync(spooled, staging.Paths.Raw(archive, StudyUid, SopInstanceUid, digest));
    }
}
