using System.Text;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>Small inputs that would cost much: depth, counts, lengths that lie, and streams that inflate. Each is over within a deadline.</summary>
public class BombTests
{
    /// <summary>What takes a moment may take so long on a loaded machine; what grows with the square of its input takes longer.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    /// <summary>Referenced Study Sequence and an item, both of undefined length, explicit and implicit.</summary>
    private static readonly byte[] ExplicitOpening = Convert.FromHexString("08001011" + "53510000" + "FFFFFFFF" + "FEFF00E0" + "FFFFFFFF");
    private static readonly byte[] ImplicitOpening = Convert.FromHexString("08001011" + "FFFFFFFF" + "FEFF00E0" + "FFFFFFFF");

    [Fact]
    public Task Sequences_NestedAHundredThousandTimes_AreRefusedAtTheLimit() => WithinDeadlineAsync(() =>
    {
        foreach ((TransferSyntax syntax, byte[] opening) in new[] { (TransferSyntax.ExplicitVrLittleEndian, ExplicitOpening), (TransferSyntax.ImplicitVrLittleEndian, ImplicitOpening) })
        {
            byte[] bytes = [.. Enumerable.Repeat(opening, 100_000).SelectMany(head => head)];
            DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DataSetReader.Parse(bytes, syntax));
            Assert.Contains("deeper than 64 levels", refusal.Problem, StringComparison.Ordinal);
            Assert.Equal(64 * opening.Length, refusal.Offset);
        }
    });

    [Theory]
    [InlineData("08001800" + "55490000")] // UI, empty
    [InlineData("7FE01000" + "4F420000" + "00000000")] // OB, empty
    [InlineData("08001011" + "53510000" + "00000000")] // a sequence without items
    public Task Elements_BeyondTheLimit_AreRefused(string element) => WithinDeadlineAsync(() =>
    {
        byte[] bytes = [.. Enumerable.Repeat(Convert.FromHexString(element), ReadOptions.Default.ElementsMax + 10).SelectMany(head => head)];
        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DataSetReader.Parse(bytes, TransferSyntax.ExplicitVrLittleEndian));
        Assert.Contains("elements and items", refusal.Problem, StringComparison.Ordinal);
    });

    [Fact]
    public Task Items_BeyondTheLimit_AreRefused() => WithinDeadlineAsync(() =>
    {
        byte[] items = [.. Enumerable.Repeat(Convert.FromHexString("FEFF00E000000000"), ReadOptions.Default.ElementsMax + 10).SelectMany(head => head)];
        byte[] bytes = [.. Convert.FromHexString("08001011" + "53510000" + "FFFFFFFF"), .. items];
        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DataSetReader.Parse(bytes, TransferSyntax.ExplicitVrLittleEndian));
        Assert.Equal("(0008,1110)", refusal.TagPath);
    });

    [Theory]
    [InlineData("OB")]
    [InlineData("OW")]
    [InlineData("OV")]
    [InlineData("UT")]
    [InlineData("UN")]
    [InlineData("SQ")]
    public void Lengths_OfFourGigabytes_AllocateNothing(string vr)
    {
        using TestFolder folder = new();
        foreach (string length in new[] { "FEFFFFFF", "FFFFFF7F", "00000080", "00000040" })
        {
            byte[] bytes = [0x09, 0x00, 0x02, 0x10, (byte)vr[0], (byte)vr[1], 0, 0, .. Convert.FromHexString(length), .. new byte[64]];
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<DicomFormatException>(() => DataSetReader.Parse(bytes, TransferSyntax.ExplicitVrLittleEndian));
            string path = folder.File("lie.dcm");
            File.WriteAllBytes(path, Seeds.OfParts(Uids.ExplicitVrLittleEndian, bytes));
            Assert.Throws<DicomFormatException>(() => DicomFile.Open(path));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
        }
    }

    [Fact]
    public Task Elements_OutOfOrderWithVrsThatDependOnOthers_TakeTimeInProportion() => WithinDeadlineAsync(() =>
    {
        // Implicit VR: (0028,0106) is US or SS by Pixel Representation, which is searched for each of them; nothing is in order.
        byte[] element = Convert.FromHexString("28000601" + "02000000" + "0100");
        byte[] bytes = [.. Convert.FromHexString("28000701" + "02000000" + "0100"), .. Enumerable.Repeat(element, 200_000).SelectMany(bytes => bytes)];
        DataSet dataSet = DataSetReader.Parse(bytes, TransferSyntax.ImplicitVrLittleEndian);
        Assert.Equal(200_001, dataSet.Count);
        DataSetText.Dump(dataSet, TextWriter.Null);
    });

    [Fact]
    public Task Texts_OutOfOrder_AreDecodedInTimeInProportion() => WithinDeadlineAsync(() =>
    {
        byte[] element = [0x10, 0, 0x10, 0, (byte)'P', (byte)'N', 2, 0, (byte)'A', (byte)'B'];
        byte[] bytes = [.. element, 0x08, 0, 0x05, 0, (byte)'C', (byte)'S', 0, 0, .. Enumerable.Repeat(element, 200_000).SelectMany(bytes => bytes)];
        DataSetText.Dump(DataSetReader.Parse(bytes, TransferSyntax.ExplicitVrLittleEndian), TextWriter.Null);
    });

    [Fact]
    public Task CharacterSets_WithThousandsOfTerms_DoNotMultiply() => WithinDeadlineAsync(() =>
    {
        byte[] terms = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("ISO 2022 IR 87\\", 4_000)) + "ISO_IR 6");
        byte[] name = [0x10, 0, 0x10, 0, (byte)'P', (byte)'N', 2, 0, (byte)'A', (byte)'B'];
        byte[] bytes = [0x08, 0, 0x05, 0, (byte)'C', (byte)'S', (byte)terms.Length, (byte)(terms.Length >> 8), .. terms, .. Enumerable.Repeat(name, 20_000).SelectMany(bytes => bytes)];
        DataSetText.Dump(DataSetReader.Parse(bytes, TransferSyntax.ExplicitVrLittleEndian), TextWriter.Null);
    });

    [Fact]
    public Task DeflatedStream_ThatInflatesBeyondTheLimit_IsRefused() => WithinDeadlineAsync(() =>
    {
        const int InflatedBytes = 300_000_000;
        ReadOptions options = ReadOptions.Default with { InflatedBytesMax = InflatedBytes / 3 };
        byte[] bomb = Seeds.OfParts(Uids.DeflatedExplicitVrLittleEndian, Seeds.Deflated(new byte[InflatedBytes]));
        Assert.InRange(bomb.Length, 0, 4_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemorySource(bomb), options));
        Assert.Contains("inflates to more than", refusal.Problem, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 80_000_000);
    });

    [Fact]
    public Task DeflatedStream_ThatInflatesOutOfProportion_IsRefused_AndABlankMaskIsNot() => WithinDeadlineAsync(() =>
    {
        const int BlankBytes = 60_000_000;
        byte[] zeros = [.. Convert.FromHexString("E07F1000" + "4F420000"), .. BitConverter.GetBytes(BlankBytes), .. new byte[BlankBytes]]; // Pixel Data, OB
        byte[] file = Seeds.OfParts(Uids.DeflatedExplicitVrLittleEndian, Seeds.Deflated(zeros));
        Assert.InRange(file.Length, 0, BlankBytes / 20);
        foreach (bool isWhole in new[] { true, false }) // inflated at once, and as far as it is read
        {
            ReadOptions options = ReadOptions.Default with { StopAt = isWhole ? null : new Tag(0x7FE10000) };
            using (DicomFile mask = DicomFile.Read(new MemorySource(file), options))
            {
                Assert.True(mask.DataSet.Contains(Tags.PixelData));
            }

            DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemorySource(file), options with { InflatedBytesFree = 1_000_000, InflationRatioMax = 20 }));
            Assert.Contains("times its length", refusal.Problem, StringComparison.Ordinal);
        }
    });

    [Fact]
    public Task DeflatedStream_InsideADeflatedStream_IsInflatedOnce() => WithinDeadlineAsync(() =>
    {
        byte[] inner = Seeds.Deflated(new byte[50_000_000]);
        Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemorySource(Seeds.OfParts(Uids.DeflatedExplicitVrLittleEndian, Seeds.Deflated(inner)))));
    });

    [Fact]
    public Task DataSet_WithAMillionValuesInOneElement_IsShownCut() => WithinDeadlineAsync(() =>
    {
        DataSet dataSet = new();
        dataSet.Add(new ValueElement(Tags.ImageComments, Vr.LT, Encoding.ASCII.GetBytes(new string('\\', 1_000_000))));
        dataSet.Add(new ValueElement(Tags.PixelData, Vr.UC, Encoding.ASCII.GetBytes(new string('\\', 1_000_000))));
        using StringWriter text = new();
        DataSetText.Dump(dataSet, text);
        Assert.InRange(text.ToString().Length, 1, 1_000);
    });

    private static Task WithinDeadlineAsync(Action test) => Task.Run(test).WaitAsync(Deadline);
}
