using System.Diagnostics;
using System.Globalization;
using System.Text;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Json;

[Collection(Alone.Name)]
public class DicomJsonStreamTests
{
    [Fact]
    public async Task ReadAsync_ArrayInPiecesOfAnySize_GivesEachDataSet()
    {
        byte[] json = Encoding.UTF8.GetBytes("\uFEFF [ " + string.Join(" ,\n", Enumerable.Range(0, 50).Select(Study)) + " ] ");
        Random random = new(11);
        for (int round = 0; round < 20; round++)
        {
            int piece = round < 10 ? round + 1 : random.Next(1, 500);
            List<string?> ids = [];
            await foreach (DataSet study in DicomJson.ReadAsync(new PiecewiseStream(json, piece)))
            {
                ids.Add(study.GetString(Tags.PatientID));
            }

            Assert.Equal(Enumerable.Range(0, 50).Select(i => $"P{i}"), ids);
        }
    }

    [Fact]
    public async Task ReadAsync_OneObjectOrNone_IsRead()
    {
        Assert.Equal(1, await CountAsync(Study(1)));
        Assert.Equal(0, await CountAsync("[]"));
        Assert.Equal(2, await CountAsync("[{},{}]"));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("5", 0)]
    [InlineData("[{}", 3)]
    [InlineData("[{},5]", 4)]
    [InlineData("[{}] {}", 5)]
    [InlineData("[{}[]]", 3)]
    [InlineData("""[{},{"00100020":{"vr":"LO","Value":[5]}}]""", 36)]
    public async Task ReadAsync_Malformed_IsRefusedAtItsOffset(string json, int offset)
    {
        DicomFormatException refusal = await Assert.ThrowsAsync<DicomFormatException>(() => CountAsync(json));

        Assert.Equal(offset, refusal.Offset);
    }

    [Fact]
    public async Task ReadAsync_DataSetBeyondTheLimit_IsRefusedInBoundedMemory()
    {
        string json = $$$"""[{"00104000":{"vr":"LT","Value":["{{{new string('x', 4_000_000)}}}"]}}]""";

        DicomFormatException refusal = await Assert.ThrowsAsync<DicomFormatException>(() => CountAsync(json, new DicomJsonReadOptions { DataSetBytesMax = 1_000_000 }));

        Assert.Contains("more than 1000000 bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_HundredThousandStudies_TakesTheMemoryOfOne()
    {
        const int Studies = 100_000;
        using GeneratedStudies stream = new(Studies);
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        int count = 0;
        long started = Stopwatch.GetTimestamp();
        await foreach (DataSet study in DicomJson.ReadAsync(stream))
        {
            if (++count % 20_000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }

            Assert.NotNull(study.GetString(Tags.StudyInstanceUID));
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        Facts.Say($"DICOM JSON: {Studies} studies of a QIDO answer ({stream.BytesRead / 1e6:0} MB) read in {elapsed.TotalSeconds:0.0} s, {most / 1024} KiB held");
        Assert.Equal(Studies, count);
        Assert.InRange(most, long.MinValue, 20 * 1024 * 1024);
    }

    private static async Task<int> CountAsync(string json, DicomJsonReadOptions? options = null)
    {
        int count = 0;
        await foreach (DataSet _ in DicomJson.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(json)), options))
        {
            count++;
        }

        return count;
    }

    private static string Study(int number) => string.Create(CultureInfo.InvariantCulture,
        $$$"""
        {"00080020":{"vr":"DA","Value":["20260101"]},"00080050":{"vr":"SH","Value":["A{{{number}}}"]},"00080061":{"vr":"CS","Value":["CT","SR"]},
        "00100010":{"vr":"PN","Value":[{"Alphabetic":"Doe^\u004A{{{number}}}","Ideographic":"山田"}]},"00100020":{"vr":"LO","Value":["P{{{number}}}"]},
        "0020000D":{"vr":"UI","Value":["1.2.3.{{{number}}}"]},"00201206":{"vr":"IS","Value":[{{{number % 10}}}]},"00201208":{"vr":"IS","Value":[100]}}
        """);

    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }

    /// <summary>A QIDO answer that is made while it is read.</summary>
    private sealed class GeneratedStudies(int studies) : Stream
    {
        private byte[] rest = "["u8.ToArray();
        private int next;

        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => BytesRead; set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (rest.Length == 0 && next <= studies)
            {
                rest = Encoding.UTF8.GetBytes(next == studies ? "]" : (next == 0 ? "" : ",") + Study(next));
                next++;
            }

            int count = Math.Min(rest.Length, buffer.Length);
            rest.AsSpan(0, count).CopyTo(buffer);
            rest = rest[count..];
            BytesRead += count;
            return count;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
