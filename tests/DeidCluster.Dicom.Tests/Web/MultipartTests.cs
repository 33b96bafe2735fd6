using System.Text;

namespace DeidCluster.Dicom.Tests.Web;

public class MultipartTests
{
    public static readonly TheoryData<string> LongBoundary = [new string('b', MultipartLimits.BoundaryLettersMax + 1)];

    private const string Boundary = "sep:1";
    private const int Seeds = 300;

    [Theory]
    [InlineData("--sep:1\r\nContent-Type: a/b\r\n\r\none\r\n--sep:1\r\nContent-Type: a/b\r\n\r\ntwo\r\n--sep:1--\r\n")]
    [InlineData("--sep:1\r\nContent-Type: a/b\r\n\r\none\r\n--sep:1\r\nContent-Type: a/b\r\n\r\ntwo\r\n--sep:1--")]
    [InlineData("preamble\r\nmore\r\n--sep:1 \t\r\ncontent-type:a/b\r\n\r\none\r\n--sep:1  \r\nContent-Type: a/b\r\n\r\ntwo\r\n--sep:1--epilogue\r\n--sep:1\r\n\r\nno")]
    [InlineData("--sep:1\nContent-Type: a/b\n\none\n--sep:1\nContent-Type: a/b\n\ntwo\n--sep:1--\n")]
    [InlineData("\r\n--sep:1\r\nContent-Type: a/b\r\nX: y\r\n z\r\n\r\none\r\n--sep:1\r\nContent-Type:\r\n a/b\r\n\r\ntwo\r\n--sep:1--\r\n")]
    public async Task Read_MessageInAnyPieces_GivesItsParts(string message)
    {
        for (int size = 1; size <= message.Length; size++)
        {
            List<(MediaType? Type, string Body)> parts = await ReadAllAsync(new ChoppedStream(Encoding.Latin1.GetBytes(message), size));
            Assert.Equal(["one", "two"], parts.Select(part => part.Body));
            Assert.All(parts, part => Assert.Equal("a/b", part.Type?.Name));
        }
    }

    [Theory]
    [InlineData("--sep:1\r\n\r\na\r\n--sep:12\r\nb\r\n--sep:1--", "a\r\n--sep:12\r\nb")]
    [InlineData("--sep:1\r\n\r\na\r\n--sep:\r\n--sep:1--", "a\r\n--sep:")]
    [InlineData("--sep:1\r\n\r\na\n--sep:1\r\nb\r\n--sep:1--", "a\n--sep:1\r\nb")]
    [InlineData("--sep:1\r\n\r\na--sep:1\r\n\r\n--sep:1--", "a--sep:1\r\n")]
    [InlineData("--sep:1\r\n\r\na\r\r\n--sep:1--", "a\r")]
    [InlineData("--sep:1\n\na\r\n--sep:1--", "a\r")]
    [InlineData("--sep:1\r\nA: b\r\n\r\n--sep:1--", "")]
    [InlineData("--sep:1\r\nA: b\r\n\r\n\r\n--sep:1--", "")]
    [InlineData("--sep:1\r\n\r\n\r\n--sep:1 x\r\n--sep:1- \r\n--sep:1\r\r\n--sep:1--", "\r\n--sep:1 x\r\n--sep:1- \r\n--sep:1\r")]
    public async Task Read_BodyThatResemblesABoundary_KeepsItsBytes(string message, string body)
    {
        for (int size = 1; size <= message.Length; size++)
        {
            Assert.Equal([body], (await ReadAllAsync(new ChoppedStream(Encoding.Latin1.GetBytes(message), size))).Select(part => part.Body));
        }
    }

    [Fact]
    public async Task Read_MessageCutAnywhere_KeepsTheCompletePartsAndRefusesTheRest()
    {
        const string message = "--sep:1\r\nContent-Type: a/b\r\n\r\none\r\n--sep:1\r\n\r\ntwo\r\n--sep:1--";
        for (int length = 0; length < message.Length; length++)
        {
            List<(MediaType? Type, string Body)> parts = [];
            DicomFormatException refusal = await Assert.ThrowsAsync<DicomFormatException>(() => ReadAllAsync(new ChoppedStream(Encoding.Latin1.GetBytes(message[..length]), 7), parts));
            Assert.Equal(length, refusal.Offset);
            Assert.Equal(new[] { "one", "two" }.Take(parts.Count), parts.Select(part => part.Body));
        }
    }

    [Fact]
    public async Task Read_HeaderThatNeverEnds_IsRefusedEarly()
    {
        using RepeatedStream endless = new("--sep:1\r\nX: "u8.ToArray());
        using MultipartReader reader = new(endless, Boundary);
        await Assert.ThrowsAsync<DicomFormatException>(() => reader.NextAsync(Soon()).AsTask());
        Assert.InRange(endless.Given, 0, 1_000_000);
    }

    [Fact]
    public async Task Read_PreambleThatNeverEnds_IsRefusedEarly()
    {
        using RepeatedStream endless = new([]);
        using MultipartReader reader = new(endless, Boundary);
        await Assert.ThrowsAsync<DicomFormatException>(() => reader.NextAsync(Soon()).AsTask());
        Assert.InRange(endless.Given, 0, 1_000_000);
    }

    [Fact]
    public async Task Read_PartOverItsLimit_IsRefused()
    {
        using RepeatedStream endless = new("--sep:1\r\n\r\n"u8.ToArray());
        using MultipartReader reader = new(endless, Boundary, new MultipartLimits { PartBytesMax = 1_000_000 });
        MultipartPart part = (await reader.NextAsync(Soon()))!;
        await Assert.ThrowsAsync<DicomFormatException>(() => part.Body.CopyToAsync(Stream.Null, Soon()));
        Assert.InRange(endless.Given, 1_000_000, 2_000_000);
    }

    [Fact]
    public async Task Read_MorePartsThanTaken_IsRefused()
    {
        using MultipartReader reader = new(new MemoryStream("--sep:1\r\n\r\na\r\n--sep:1\r\n\r\nb\r\n--sep:1--"u8.ToArray()), Boundary, new MultipartLimits { PartsMax = 1 });
        Assert.NotNull(await reader.NextAsync(Soon()));
        await Assert.ThrowsAsync<DicomFormatException>(() => reader.NextAsync(Soon()).AsTask());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a\r\nb")]
    [MemberData(nameof(LongBoundary))]
    public void Open_WithoutAUsableBoundary_IsRefused(string? boundary) =>
        Assert.Throws<DicomFormatException>(() => new MultipartReader(Stream.Null, boundary));

    [Fact]
    public async Task Read_PartBefore_CannotBeReadAnyMore()
    {
        using MultipartReader reader = new(new MemoryStream("--sep:1\r\n\r\na\r\n--sep:1\r\n\r\nb\r\n--sep:1--"u8.ToArray()), Boundary);
        MultipartPart first = (await reader.NextAsync(Soon()))!;
        await reader.NextAsync(Soon());
        await Assert.ThrowsAsync<InvalidOperationException>(() => first.Body.ReadAsync(new byte[1], Soon()).AsTask());
    }

    [Fact]
    public async Task WriteThenRead_GeneratedParts_AreTheSameAndHaveTheStatedLength()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Random random = new(seed);
            byte[][] bodies = [.. Enumerable.Range(0, 1 + random.Next(5)).Select(_ => Body(random))];
            MultipartWriter writer = new(MediaType.Dicom, [.. bodies.Select(body => OutgoingPart.Of(body, MediaType.Dicom))]);
            using MemoryStream message = new();
            await writer.WriteToAsync(message, Soon());
            Assert.Equal(writer.Length, message.Length);
            MediaType type = MediaType.Parse(writer.ContentType)!;
            Assert.Equal((MediaType.MultipartRelated, MediaType.Dicom), (type.Name, type.Parameter("type")));

            using MultipartReader reader = new(new ChoppedStream(message.ToArray(), [.. Enumerable.Range(0, 7).Select(_ => 1 + random.Next(50_000))]), type.Parameter("boundary"));
            foreach (byte[] body in bodies)
            {
                MultipartPart part = (await reader.NextAsync(Soon()))!;
                Assert.Equal(body.Length, part.ContentLength);
                using MemoryStream read = new();
                await part.Body.CopyToAsync(read, Soon());
                Assert.True(body.AsSpan().SequenceEqual(read.ToArray()), $"seed {seed}");
            }

            Assert.Null(await reader.NextAsync(Soon()));
        }
    }

    [Fact]
    public async Task Read_Mutants_AreReadOrRefused()
    {
        byte[] whole = Encoding.Latin1.GetBytes("--sep:1\r\nContent-Type: a/b\r\n\r\none\r\n--sep:1\r\nContent-Type: a/b\r\n\r\ntwo\r\n--sep:1--\r\n");
        for (int seed = 0; seed < Seeds * 20; seed++)
        {
            Random random = new(seed);
            byte[] mutant = [.. whole];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                mutant[random.Next(mutant.Length)] = (byte)"\r\n-: \tsep1"[random.Next(10)];
            }

            try
            {
                await ReadAllAsync(new ChoppedStream(mutant, 1 + random.Next(20)));
            }
            catch (DicomFormatException refusal)
            {
                Assert.InRange(refusal.Offset, 0, mutant.Length);
            }
        }
    }

    [Fact]
    public void Length_OfAPartThatDoesNotKnowIts_IsUnknown() =>
        Assert.Null(new MultipartWriter(MediaType.Dicom, [OutgoingPart.Of(new byte[1], MediaType.Dicom), new OutgoingPart(MediaType.Dicom, null, (_, _) => Task.CompletedTask)]).Length);

    private static byte[] Body(Random random)
    {
        byte[] body = new byte[random.Next(4) == 0 ? random.Next(400_000) : random.Next(200)];
        random.NextBytes(body);
        foreach (ref byte letter in body.AsSpan())
        {
            letter = random.Next(3) == 0 ? (byte)"\r\n-"[random.Next(3)] : letter; // much that might begin a boundary
        }

        return body;
    }

    private static async Task<List<(MediaType? Type, string Body)>> ReadAllAsync(Stream message, List<(MediaType? Type, string Body)>? into = null)
    {
        into ??= [];
        using MultipartReader reader = new(message, Boundary);
        while (await reader.NextAsync(Soon()) is MultipartPart part)
        {
            using MemoryStream body = new();
            await part.Body.CopyToAsync(body, Soon());
            into.Add((part.ContentType, Encoding.Latin1.GetString(body.ToArray())));
        }

        return into;
    }

    private static CancellationToken Soon() => new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;

    /// <summary>A head, then the letter x for ever.</summary>
    private sealed class RepeatedStream(byte[] head) : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'x');
            if (Given == 0)
            {
                head.CopyTo(buffer);
            }

            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
