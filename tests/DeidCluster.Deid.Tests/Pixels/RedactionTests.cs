using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

/// <summary>Pixels that are decoded, blanked and coded anew, with the codecs of this process.</summary>
public sealed class RedactionTests : IAsyncLifetime
{
    private const int Columns = 6;
    private const int Rows = 4;

    private static readonly TransferSyntax Rle = TransferSyntax.Find(Uids.RleLossless)!;
    private static readonly PixelBox Box = new(1, 1, 3, 2);

    private readonly FrameCodecs codecs = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => codecs.DisposeAsync().AsTask();

    private static DataSet Image(int bits = 8, int frames = 1, int samples = 1, string photometric = "MONOCHROME2")
    {
        DataSet image = Make.Instance();
        image.SetUshort(Tags.SamplesPerPixel, (ushort)samples);
        image.SetString(Tags.PhotometricInterpretation, photometric);
        image.SetUshort(Tags.PlanarConfiguration, 0);
        image.SetString(Tags.NumberOfFrames, $"{frames}");
        image.SetUshort(Tags.Rows, Rows);
        image.SetUshort(Tags.Columns, Columns);
        image.SetUshort(Tags.BitsAllocated, (ushort)bits);
        image.SetUshort(Tags.BitsStored, (ushort)bits);
        image.SetUshort(Tags.HighBit, (ushort)(bits - 1));
        image.SetUshort(Tags.PixelRepresentation, 0);
        byte[] pixels = new byte[Math.Max(1, ((Columns * Rows * frames * samples * bits) + 7) / 8)];
        new Random(7).NextBytes(pixels);
        image.SetBytes(Tags.PixelData, bits > 8 ? Vr.OW : Vr.OB, pixels);
        return image;
    }

    private static ProjectProfile With(params PixelBox[] boxes) => Make.Profile() with { PixelRules = [new PixelRule { Boxes = boxes }] };

    private async Task<DicomFile> CodedAsync(DataSet image, TransferSyntax target)
    {
        using DicomFile native = Make.File(image);
        using TranscodedFile coded = await PixelTranscoder.TranscodeAsync(native, target, codecs, CancellationToken.None);
        return DicomFile.Read(new MemorySource(coded.Segments().ToArray()));
    }

    /// <summary>The result of <paramref name="source"/>, which the verifier found nothing in.</summary>
    private async Task<DicomFile> DeidentifiedAsync(DicomFile source, ProjectProfile profile)
    {
        Deidentifier deidentifier = new(profile, Make.Key());
        Identity identity = deidentifier.Identities.Propose(deidentifier.ReadSubject(source.DataSet).SubjectKey!);
        using PixelRedaction? redaction = await deidentifier.RedactAsync(source, codecs, CancellationToken.None);
        Assert.NotNull(redaction);
        DicomFile result = DicomFile.Read(new MemorySource(
            Assert.IsType<DeidentifyResult.Done>(deidentifier.Deidentify(source, identity, redaction: redaction)).Instance.Segments.ToArray()));
        Assert.Empty(await Verifier.VerifyAsync(source, result, identity, profile, codecs, null, CancellationToken.None));
        return result;
    }

    private async Task<byte[]> FrameAsync(DicomFile file, int frame) =>
        (await codecs.DecodeAsync(PixelFrames.Open(file), frame, CancellationToken.None)).Bytes.ToArray();

    [Theory]
    [InlineData(8, 1, "MONOCHROME2")]
    [InlineData(16, 1, "MONOCHROME2")]
    [InlineData(8, 3, "RGB")]
    public async Task Rle_EveryFrame_IsBlankedInsideAndEqualOutside(int bits, int samples, string photometric)
    {
        using DicomFile source = await CodedAsync(Image(bits, frames: 3, samples, photometric), Rle);
        using DicomFile result = await DeidentifiedAsync(source, With(Box));

        Assert.Equal(Uids.RleLossless, result.TransferSyntax.Uid);
        int pixelBytes = samples * bits / 8;
        for (int frame = 0; frame < 3; frame++)
        {
            byte[] expected = await FrameAsync(source, frame);
            for (int row = Box.Top; row <= Box.Bottom; row++)
            {
                expected.AsSpan(((row * Columns) + Box.Left) * pixelBytes, (Box.Right - Box.Left + 1) * pixelBytes).Clear();
            }

            Assert.Equal(expected, await FrameAsync(result, frame));
        }
    }

    [Theory]
    [InlineData("MONOCHROME2", 0)]
    [InlineData("MONOCHROME1", 1)]
    public async Task SingleBits_AcrossFrames_AreBlankedOneByOne(string photometric, int black)
    {
        DataSet image = Image(bits: 1, frames: 3, photometric: photometric);
        image.SetUshort(Tags.Columns, 5); // 20 bits a frame: the second begins within a byte
        image.SetBytes(Tags.PixelData, Vr.OB, (byte[])[0x5A, 0xC3, 0x96, 0xFF, 0x81, 0x3C, 0xE7, 0x09]);
        using DicomFile source = Make.File(image);
        using DicomFile result = await DeidentifiedAsync(source, With(Box));

        for (int frame = 0; frame < 3; frame++)
        {
            byte[] before = await FrameAsync(source, frame);
            byte[] after = await FrameAsync(result, frame);
            for (int bit = 0; bit < 20; bit++)
            {
                bool isInside = bit % 5 is >= 1 and <= 3 && bit / 5 is >= 1 and <= 2;
                Assert.Equal(isInside ? black : (before[bit / 8] >> (bit % 8)) & 1, (after[bit / 8] >> (bit % 8)) & 1);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OverlayInUnusedBits_IsClearedWithItsGroup_AndThePixelsStay(bool isCoded)
    {
        DataSet image = Image(bits: 16);
        image.SetUshort(Tags.BitsStored, 12);
        image.SetUshort(Tags.HighBit, 11);
        image.SetUshort(new Tag(0x6000, 0x0010), Rows);
        image.SetUshort(new Tag(0x6000, 0x0100), 16);
        image.SetUshort(new Tag(0x6000, 0x0102), 14);
        using DicomFile source = isCoded ? await CodedAsync(image, Rle) : Make.File(image);
        using DicomFile result = await DeidentifiedAsync(source, Make.Profile());

        byte[] expected = await FrameAsync(source, 0);
        for (int high = 1; high < expected.Length; high += 2)
        {
            expected[high] &= 0xBF;
        }

        Assert.Equal(expected, await FrameAsync(result, 0));
        Assert.DoesNotContain(result.DataSet, element => element.Tag.Group == 0x6000);
    }

    [Fact]
    public async Task Verifier_OnePixelChangedOutside_OrLeftInside_IsFound()
    {
        using DicomFile source = await CodedAsync(Image(), Rle);
        ProjectProfile profile = With(Box);
        using DicomFile good = await DeidentifiedAsync(source, profile);
        Deidentifier deidentifier = new(profile, Make.Key());
        Identity identity = deidentifier.Identities.Propose(deidentifier.ReadSubject(source.DataSet).SubjectKey!);
        foreach ((int column, int row) in new[] { (0, 0), (3, 2), (1, 1), (5, 3) })
        {
            DataSet changed = good.DataSet.DeepCopy();
            byte[] pixels = await FrameAsync(good, 0);
            pixels[(row * Columns) + column] ^= 1;
            changed.SetBytes(Tags.PixelData, Vr.OB, pixels);
            using DicomFile bad = await CodedAsync(changed, Rle);
            Finding finding = Assert.Single(
                await Verifier.VerifyAsync(source, bad, identity, profile, codecs, null, CancellationToken.None), found => found.Kind == FindingKind.Pixels);
            Assert.DoesNotContain("codec", finding.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task PixelsThatARuleTakesOut_StayOut()
    {
        using DicomFile source = await CodedAsync(Image(), Rle);
        Deidentifier deidentifier = new(With(Box) with { Rules = [Make.Rule("PixelData", new RuleAction.Remove())] }, Make.Key());
        Identity identity = deidentifier.Identities.Propose(deidentifier.ReadSubject(source.DataSet).SubjectKey!);
        using PixelRedaction? redaction = await deidentifier.RedactAsync(source, codecs, CancellationToken.None);
        Assert.False(Assert.IsType<DeidentifyResult.Done>(deidentifier.Deidentify(source, identity, redaction: redaction)).Instance.DataSet.Contains(Tags.PixelData));
    }

    [Fact]
    public async Task NoRedaction_HoldsTheInstance()
    {
        using DicomFile source = await CodedAsync(Image(), Rle);
        Deidentifier deidentifier = new(With(Box), Make.Key());
        Identity identity = deidentifier.Identities.Propose(deidentifier.ReadSubject(source.DataSet).SubjectKey!);

        DeidentifyResult.Held held = Assert.IsType<DeidentifyResult.Held>(deidentifier.Deidentify(source, identity));

        Assert.Equal("its pixels must be decoded, and no codec is at hand", held.Reason);
    }

    [Fact]
    public async Task SameInput_GivesTheSameBytes()
    {
        using DicomFile source = await CodedAsync(Image(frames: 2), Rle);
        using DicomFile first = await DeidentifiedAsync(source, With(Box));
        using DicomFile second = await DeidentifiedAsync(source, With(Box));
        Assert.Equal(Read(first, new SourceRange(0, first.Source.Length)), Read(second, new SourceRange(0, second.Source.Length)));
    }

    private static byte[] Read(DicomFile file, SourceRange range)
    {
        byte[] bytes = new byte[range.Length];
        file.Source.Read(range.Offset, bytes);
        return bytes;
    }
}
