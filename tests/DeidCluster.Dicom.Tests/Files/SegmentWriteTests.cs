using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Files;

public sealed class SegmentWriteTests : IDisposable
{
    private const int SeededLists = 60;
    private readonly TestFolder folder = new();
    private readonly LinuxFiles files = new();

    [Fact]
    public async Task Write_SeededListsOfAllKindsOfSegments_GivesTheBytesOfAPlainCopy()
    {
        for (int seed = 0; seed < SeededLists; seed++)
        {
            Random random = new(seed);
            byte[] content = new byte[random.Next(1, 700_000)];
            random.NextBytes(content);
            string path = folder.File($"{seed}");
            await File.WriteAllBytesAsync(path, content);
            using FileSource onDisk = new(path);
            using MemorySource inMemory = new(content);
            using SegmentList list = new();
            for (int number = random.Next(1, 40); number > 0; number--)
            {
                int offset = random.Next(content.Length);
                int length = random.Next(content.Length - offset + 1);
                ByteSource source = random.Next(3) == 0 ? inMemory : onDisk;
                list.Add(random.Next(4) switch
                {
                    0 => new Segment(content.AsMemory(offset, Math.Min(length, 40))),
                    1 => new Segment(source, new SourceRange(offset & ~7, length & ~7) { SwapBytes = 2 << random.Next(3) }),
                    _ => new Segment(source, new SourceRange(offset, length)),
                });
            }

            byte[] written = await WriteAsync(list);
            Assert.True(list.ToArray().AsSpan().SequenceEqual(written), $"seed {seed}");
        }
    }

    [Fact]
    public async Task Write_ThousandsOfPieces_KeepsTheirOrder()
    {
        using SegmentList list = new();
        for (int number = 0; number < 5000; number++)
        {
            list.Add(BitConverter.GetBytes(number));
        }

        Assert.Equal(list.ToArray(), await WriteAsync(list));
    }

    [Fact]
    public async Task Write_SourceIsOnAnotherFileSystem_GivesTheSameBytes()
    {
        const string OtherFileSystem = "/dev/shm";
        string path = Path.Combine(Directory.Exists(OtherFileSystem) ? OtherFileSystem : folder.Path, $"deid-test-{Guid.NewGuid():N}");
        byte[] content = new byte[300_001];
        new Random(7).NextBytes(content);
        await File.WriteAllBytesAsync(path, content);
        try
        {
            using FileSource source = new(path);
            using SegmentList list = SegmentList.Of(source, 1, 300_000);
            Assert.Equal(content[1..], await WriteAsync(list));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task Write_SourceBecameShorter_Throws()
    {
        string path = folder.File("source");
        await File.WriteAllBytesAsync(path, new byte[300_000]);
        using FileSource source = new(path);
        using SegmentList list = SegmentList.Of(source, 0, 300_000);
        using (FileStream cut = new(path, FileMode.Open))
        {
            cut.SetLength(200_000);
        }

        await Assert.ThrowsAsync<EndOfStreamException>(() => WriteAsync(list));
    }

    [Fact]
    public async Task Write_Cancelled_Stops()
    {
        string path = folder.File("source");
        await File.WriteAllBytesAsync(path, new byte[300_000]);
        using FileSource source = new(path);
        using SegmentList list = SegmentList.Of(source, 0, 300_000);
        await using Stream target = files.Create(folder.File("target"));
        await Assert.ThrowsAsync<OperationCanceledException>(() => list.WriteToAsync(target, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task HeaderEdit_OfAMultiframe_HoldsNoPixelInMemory_AndIsByteIdentical()
    {
        const int PixelBytes = 24 * 1024 * 1024;
        string original = folder.File("original.dcm");
        DataSet header = new();
        header.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        header.SetString(Tags.SOPInstanceUID, "1.2.3");
        header.SetString(Tags.PatientName, "Invented^Person");
        byte[] pixels = new byte[PixelBytes];
        new Random(1).NextBytes(pixels);
        header.SetBytes(Tags.PixelData, Vr.OW, pixels);
        using (SegmentList first = FileOf(header, source: null))
        {
            await File.WriteAllBytesAsync(original, first.ToArray());
        }

        using DicomFile file = DicomFile.Open(original);
        file.DataSet.SetString(Tags.PatientName, "SUBJECT-1");
        using SegmentList edited = FileOf(file.DataSet, file.Source);
        byte[] expected = edited.ToArray();
        string target = folder.File("edited.dcm");
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        using (Stream written = files.Create(target))
        {
            await edited.WriteToAsync(written, CancellationToken.None);
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        byte[] result = await File.ReadAllBytesAsync(target);
        Assert.True(expected.AsSpan().SequenceEqual(result));
        Assert.InRange(allocated, 0, 1024 * 1024); // one buffer, when the pool has none
    }

    public void Dispose() => folder.Dispose();

    private static SegmentList FileOf(DataSet dataSet, ByteSource? source) => DicomFileWriter.Segments(
        FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", Uids.ExplicitVrLittleEndian), dataSet, TransferSyntax.ExplicitVrLittleEndian, source);

    private async Task<byte[]> WriteAsync(SegmentList list)
    {
        string path = folder.File($"{Guid.NewGuid():N}");
        await using (Stream target = files.Create(path))
        {
            await list.WriteToAsync(target, CancellationToken.None);
            files.Sync(target);
        }

        return await File.ReadAllBytesAsync(path);
    }
}
