using System.Text;
using DeidCluster.Dicom.Tests.Pixels;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>Mutants of what stands inside of files and messages: frames, offset tables, packed bytes, multipart bodies.</summary>
public class ContentMutantTests
{
    private const string Boundary = "boundary of \"SECRET\"";

    [Fact]
    public Task RleFrames_AreDecodedOrRefused() => FuzzRun.GoAsync("RLE frames", 4_000, 150_000, random =>
    {
        PixelDescription description = Description(random);
        byte[] coded = Rle.Encode(TestImages.Frame(description, random.Next()), description);
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            // Half of the changes hit the header of segment offsets.
            coded = random.Next(2) == 0 && coded.Length > 64
                ? [.. Mutator.AnyBytes(coded[..64], random), .. coded[64..]]
                : Mutator.AnyBytes(coded, random);
        }

        return Oracle.RleFrame(coded, random.Next(8) == 0 ? Description(random) : description);
    });

    [Fact]
    public Task EncapsulatedPixels_AreDividedIntoFramesOrRefused() => FuzzRun.GoAsync("encapsulated pixels", 3_000, 150_000, random =>
    {
        PixelDescription description = Description(random);
        int count = random.Next(1, 5);
        DataSet image = TestImages.Image(description, [.. Enumerable.Range(0, count).Select(frame => TestImages.Frame(description, frame))]);
        using EncapsulatedPixels pixels = new() { AlwaysExtended = random.Next(3) == 0 };
        for (int frame = 0; frame < count; frame++)
        {
            pixels.Add(Rle.Encode(TestImages.Frame(description, frame), description));
        }

        using MemorySource nothing = new(default);
        using ByteSource source = pixels.ReplaceIn(image, nothing);
        byte[] dataSet = DataSetWriter.ToBytes(image, TransferSyntax.ExplicitVrLittleEndian, source);
        byte[] file = Seeds.OfParts(random.Next(3) == 0 ? Uids.Jpeg2000ImageCompression : Uids.RleLossless, dataSet);
        return Oracle.Frames(Mutator.Elements(file, file, file.Length - dataSet.Length, isExplicit: true, isBigEndian: false, random));
    });

    [Fact]
    public Task MultipartMessages_InPieces_AreReadOrRefused() => FuzzRun.GoAsync("multipart messages", 3_000, 100_000, async random =>
    {
        StringBuilder message = new(random.Next(3) == 0 ? "preamble\r\n" : "");
        string end = random.Next(4) == 0 ? "\n" : "\r\n";
        for (int part = random.Next(1, 4); part > 0; part--)
        {
            message.Append($"--{Boundary}{end}Content-Type: application/dicom; transfer-syntax=*{end}Content-Location: /studies/SECRET{end}{end}");
            message.Append(new string((char)random.Next(32, 127), random.Next(200))).Append(random.Next(3) == 0 ? $"{end}--{Boundary}x" : "").Append(end);
        }

        message.Append($"--{Boundary}--{end}");
        byte[] bytes = Encoding.Latin1.GetBytes(message.ToString());
        for (int changes = random.Next(4); changes > 0; changes--)
        {
            bytes = Mutator.AnyBytes(bytes, random);
        }

        return await Oracle.MultipartAsync(bytes, Boundary, random.Next(1, 40), random.Next(1, 400), 1);
    });

    [Fact]
    public Task MediaTypes_AreParsedOrNone() => FuzzRun.GoAsync("media types", 3_000, 100_000, random =>
    {
        byte[] bytes = Encoding.Latin1.GetBytes("multipart/related; type=\"application/dicom+json\"; boundary=\"a\\\"b\"; q=0.5, application/dicom; transfer-syntax=1.2.840.10008.1.2.1;q=1.0, */*");
        for (int changes = random.Next(1, 8); changes > 0; changes--)
        {
            bytes = Mutator.AnyBytes(bytes, random);
        }

        string text = Encoding.Latin1.GetString(bytes);
        foreach (MediaType type in MediaType.ParseList(text))
        {
            Assert.InRange(type.Quality, 0, 1);
            Assert.NotNull(MediaType.Parse(type.ToString()));
        }

        return MediaType.Parse(text) is null ? FuzzRun.Verdict.Refused : FuzzRun.Verdict.Read;
    });

    private static PixelDescription Description(Random random)
    {
        int bits = random.Next(3) switch { 0 => 8, 1 => 16, _ => 32 };
        return random.Next(3) == 0
            ? TestImages.Colour(random.Next(1, 12), random.Next(1, 40), random.Next(2) == 0, bits)
            : TestImages.Grey(random.Next(1, 12), random.Next(1, 40), bits, bits);
    }
}
