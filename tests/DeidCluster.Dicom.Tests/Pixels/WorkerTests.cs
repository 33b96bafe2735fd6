using System.Globalization;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Pixels;

/// <summary>Workers that die, hang, lie or are not there: the frame is refused with the reason, and the next one is served.</summary>
[Collection(Alone.Name)]
public class WorkerTests
{
    private static readonly TransferSyntax JpegLs = TransferSyntax.Find(Uids.JpegLsLosslessImageCompression)!;
    private static readonly PixelDescription Small = TestImages.Grey(64, 64, 16, 12);

    [Fact]
    public async Task Codecs_WithoutGdcm_SayWhatToInstall_AndTheOthersWork()
    {
        using TestFolder empty = new();
        await using FrameCodecs codecs = new(WorkerProgram.Options with { GdcmPlace = empty.Path });
        NativeFrame frame = Frame(1);

        CodecException refusal = await Assert.ThrowsAsync<CodecException>(() => codecs.EncodeAsync(frame, JpegLs, CancellationToken.None).AsTask());
        CodedFrame rle = await codecs.EncodeAsync(frame, TransferSyntax.Find(Uids.RleLossless)!, CancellationToken.None);

        Assert.Equal(CodecFailure.NotInstalled, refusal.Failure);
        Assert.Contains("apt install libgdcm-cil", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("RLE", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(frame.Bytes, Rle.Decode(rle.Bytes.Span, Small).AsMemory(), MemoryEquality);
    }

    [Theory]
    [InlineData("false", CodecFailure.Died)]
    [InlineData("/nonexistent/program", CodecFailure.Died)]
    [InlineData("yes", CodecFailure.Nonsense)]
    [InlineData("sleep", CodecFailure.TimedOut)]
    public async Task Program_ThatIsNoWorker_IsEndedAndNamed(string program, CodecFailure failure)
    {
        using TestFolder place = new();
        await File.WriteAllTextAsync(place.File("libgdcmsharpglue.so"), "");
        await using GdcmCodec codec = new(new CodecWorkerOptions
        {
            Command = [program], Workers = 1, GdcmPlace = place.Path, WorkerMemoryBytesMax = 1000, StartTimeMax = TimeSpan.FromMilliseconds(program == "sleep" ? 200 : 20_000),
        });

        CodecException refusal = await Assert.ThrowsAsync<CodecException>(() => codec.EncodeAsync(Frame(1), JpegLs, CancellationToken.None).AsTask());

        Assert.Equal(failure, refusal.Failure);
        Assert.Empty(Children(program));
    }

    [Fact]
    public async Task Library_ThatCannotBeLoaded_IsNotInstalled()
    {
        using TestFolder place = new();
        await File.WriteAllTextAsync(place.File("libgdcmsharpglue.so"), "no library");
        await using GdcmCodec codec = new(WorkerProgram.Options with { GdcmPlace = place.Path });

        CodecException refusal = await Assert.ThrowsAsync<CodecException>(() => codec.EncodeAsync(Frame(1), JpegLs, CancellationToken.None).AsTask());

        Assert.Equal(CodecFailure.NotInstalled, refusal.Failure);
    }

    [GdcmFact]
    public async Task Worker_KilledBetweenFrames_IsReplacedUnseen()
    {
        await using GdcmCodec codec = new(Marked(out string mark));
        await codec.EncodeAsync(Frame(1), JpegLs, CancellationToken.None);
        int id = Assert.Single(Children(mark));
        await KillAsync(id);

        CodedFrame coded = await codec.EncodeAsync(Frame(2), JpegLs, CancellationToken.None);

        Assert.Equal(Frame(2).Bytes, (await codec.DecodeAsync(coded.Bytes, JpegLs, Small, CancellationToken.None)).Bytes, MemoryEquality);
        Assert.NotEqual(id, Assert.Single(Children(mark)));
    }

    [GdcmFact("kill")]
    public async Task Worker_KilledInTheMiddleOfAFrame_RefusesThatFrameOnly()
    {
        await using GdcmCodec codec = new(Marked(out string mark));
        CodedFrame coded = await codec.EncodeAsync(Frame(1), JpegLs, CancellationToken.None);
        int id = Assert.Single(Children(mark));
        await SignalAsync(id, "STOP"); // it is there and takes what it is sent, and answers nothing
        Task<NativeFrame> inWork = codec.DecodeAsync(coded.Bytes, JpegLs, Small, CancellationToken.None).AsTask();
        await SignalAsync(id, "KILL");

        CodecException refusal = await Assert.ThrowsAsync<CodecException>(() => inWork);
        NativeFrame next = await codec.DecodeAsync(coded.Bytes, JpegLs, Small, CancellationToken.None);

        Assert.Equal((CodecFailure.Died, "the codec worker ended by signal 9"), (refusal.Failure, refusal.Message));
        Assert.Equal(Frame(1).Bytes, next.Bytes, MemoryEquality);
    }

    [GdcmFact("kill")]
    public async Task Worker_ThatHangs_IsEndedInTime_AndTheNextFrameIsServed()
    {
        await using GdcmCodec codec = new(Marked(out string mark) with { FrameTimeMax = TimeSpan.FromSeconds(2) });
        CodedFrame coded = await codec.EncodeAsync(Frame(1), JpegLs, CancellationToken.None);
        int id = Assert.Single(Children(mark));
        await SignalAsync(id, "STOP");

        CodecException refusal = await Assert.ThrowsAsync<CodecException>(() => codec.DecodeAsync(coded.Bytes, JpegLs, Small, CancellationToken.None).AsTask());

        Assert.Equal(CodecFailure.TimedOut, refusal.Failure);
        Assert.DoesNotContain(id, Children(mark));
        Assert.Equal(Frame(1).Bytes, (await codec.DecodeAsync(coded.Bytes, JpegLs, Small, CancellationToken.None)).Bytes, MemoryEquality);
    }

    [GdcmFact("kill")]
    public async Task Cancelling_AFrameInWork_EndsItsWorker()
    {
        await using GdcmCodec codec = new(Marked(out string mark));
        CodedFrame coded = await codec.EncodeAsync(Frame(1), JpegLs, CancellationToken.None);
        await SignalAsync(Assert.Single(Children(mark)), "STOP");
        using CancellationTokenSource cancel = new();
        Task<NativeFrame> inWork = codec.DecodeAsync(coded.Bytes, JpegLs, Small, cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => inWork);
        Assert.Empty(Children(mark));
    }

    [GdcmFact]
    public async Task Workers_AreAsManyAsAllowed_AndGoneAfterDispose()
    {
        GdcmCodec codec = new(Marked(out string mark) with { Workers = 2 });
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => codec.EncodeAsync(Frame(i), JpegLs, CancellationToken.None).AsTask()));
        int workers = Children(mark).Count;
        await codec.DisposeAsync();

        Assert.InRange(workers, 1, 2);
        Assert.Empty(Children(mark));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => codec.EncodeAsync(Frame(1), JpegLs, CancellationToken.None).AsTask());
    }

    [GdcmFact("bash")]
    public async Task Worker_WhoseParentDies_EndsByItself()
    {
        CodecWorkerOptions options = Marked(out string mark);
        string command = string.Join(' ', options.Command.Select(word => $"'{word}'"));
        // The shell holds the only writing end of the worker's standard input.
        await using PeerProcess parent = PeerProcess.Start("bash", ["-c", $"exec 3> >(exec {command} {options.WorkerMemoryBytesMax}); read -r line"]);
        await Until.TrueAsync(() => Everywhere(mark).Count == 1, TimeSpan.FromSeconds(30));

        await KillAsync(parent.Id);

        await Until.TrueAsync(() => Everywhere(mark).Count == 0, TimeSpan.FromSeconds(30));
    }

    /// <summary>Frames whose bytes were changed: decoded or refused, whatever that does to a worker, and a good frame is decoded after each.</summary>
    [GdcmFact]
    public async Task MutatedFrames_AreDecodedOrRefused_AndGoodOnesBetweenThemAreServed()
    {
        int seed = Random.Shared.Next();
        Random random = new(seed);
        int count = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? 3000 : 45;
        await using GdcmCodec codec = new(WorkerProgram.Options with { FrameTimeMax = TimeSpan.FromSeconds(4), WorkerMemoryBytesMax = 1024 * 1024 * 1024 });
        TransferSyntax[] syntaxes = [JpegLs, TransferSyntax.Find(Uids.Jpeg2000ImageCompressionLosslessOnly)!, TransferSyntax.Find(Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1)!];
        List<CodedFrame> coded = [];
        foreach (TransferSyntax syntax in syntaxes)
        {
            coded.Add(await codec.EncodeAsync(Frame(7), syntax, CancellationToken.None));
        }

        Dictionary<string, int> outcomes = [];
        for (int i = 0; i < count; i++)
        {
            int kind = i % syntaxes.Length;
            string outcome = await OutcomeAsync(codec, Mutated(coded[kind].Bytes.ToArray(), random), syntaxes[kind]);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            NativeFrame good = await codec.DecodeAsync(coded[kind].Bytes, syntaxes[kind], Small, CancellationToken.None);
            Assert.True(good.Bytes.Span.SequenceEqual(Frame(7).Bytes.Span), $"seed {seed}, frame {i}");
        }

        Facts.Say($"{count} mutated frames (seed {seed}): {string.Join(", ", outcomes.OrderBy(o => o.Key, StringComparer.Ordinal).Select(o => $"{o.Key} {o.Value}"))}");
    }

    /// <summary>A small codestream and a data set that agree on a huge picture: the worker is held to its memory, and this process takes none for the result.</summary>
    [GdcmFact]
    public async Task HugePicture_FromFewBytes_CostsTheWorkerItsMemoryLimit_AndUsNothing()
    {
        await using GdcmCodec codec = new(WorkerProgram.Options with { FrameTimeMax = TimeSpan.FromSeconds(15), WorkerMemoryBytesMax = 256 * 1024 * 1024 });
        TransferSyntax syntax = TransferSyntax.Find(Uids.Jpeg2000ImageCompressionLosslessOnly)!;
        CodedFrame small = await codec.EncodeAsync(Frame(1), syntax, CancellationToken.None);
        byte[] bomb = small.Bytes.ToArray();
        int size = bomb.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0x51]) + 6;
        foreach (int at in new[] { size, size + 4, size + 16, size + 20 }) // Xsiz, Ysiz, XTsiz, YTsiz
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(at), 30_000);
        }

        long before = GC.GetTotalAllocatedBytes();
        CodecException refusal = await Assert.ThrowsAsync<CodecException>(() => codec.DecodeAsync(bomb, syntax, Small with { Rows = 30_000, Columns = 30_000 }, CancellationToken.None).AsTask());

        Assert.True(refusal.Failure is CodecFailure.Refused or CodecFailure.Died, refusal.Message);
        Assert.True(GC.GetTotalAllocatedBytes() - before < 1_000_000_000);
        Assert.Equal(Frame(1).Bytes, (await codec.DecodeAsync(small.Bytes, syntax, Small, CancellationToken.None)).Bytes, MemoryEquality);
    }

    private static async Task<string> OutcomeAsync(GdcmCodec codec, byte[] frame, TransferSyntax syntax)
    {
        try
        {
            NativeFrame decoded = await codec.DecodeAsync(frame, syntax, Small, CancellationToken.None);
            Assert.Equal(Small.FrameBytes, decoded.Bytes.Length);
            return "decoded";
        }
        catch (CodecException e)
        {
            return e.Failure.ToString();
        }
        catch (DicomFormatException)
        {
            return "malformed";
        }
    }

    private static byte[] Mutated(byte[] frame, Random random)
    {
        for (int change = random.Next(1, 6); change > 0; change--)
        {
            frame[random.Next(2) == 0 ? random.Next(Math.Min(120, frame.Length)) : random.Next(frame.Length)] = (byte)random.Next(256);
        }

        return random.Next(3) == 0 ? frame[..random.Next(4, frame.Length)] : frame;
    }

    private static NativeFrame Frame(int seed) => new(TestImages.Frame(Small, seed), Small);

    private static bool MemoryEquality(Memory<byte> a, Memory<byte> b) => a.Span.SequenceEqual(b.Span);

    /// <summary>Options whose workers can be told from those of other tests by a word in their command line.</summary>
    private static CodecWorkerOptions Marked(out string mark)
    {
        mark = $"mark-{Guid.NewGuid():N}";
        return WorkerProgram.Options with { Command = [.. WorkerProgram.Options.Command, mark], Workers = 1 };
    }

    /// <summary>The processes that this one started and that have <paramref name="mark"/> in their command line.</summary>
    private static List<int> Children(string mark) => [.. Everywhere(mark).Where(id => ParentOf(id) == Environment.ProcessId)];

    private static List<int> Everywhere(string mark) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).Where(id => Read(id, "cmdline").Split('\0').Contains(mark)),
    ];

    private static int ParentOf(int id) => Read(id, "stat").Split(") ") is [.., string tail] && tail.Split(' ') is [_, string parent, ..] ? int.Parse(parent, CultureInfo.InvariantCulture) : 0;

    private static string Read(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task SignalAsync(int id, string signal) => Assert.Equal(0, (await PeerProcess.RunAsync("kill", [$"-{signal}", id.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(10))).ExitCode);

    private static async Task KillAsync(int id)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.GetProcessById(id);
        process.Kill();
        await Until.TrueAsync(() => Read(id, "stat") is "", TimeSpan.FromSeconds(30)); // until all its threads are gone, and with them its ends of the pipes
    }
}
