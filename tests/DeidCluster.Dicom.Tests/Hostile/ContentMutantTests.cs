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

    [Fact]
    public Task DicomJson_IsReadOrRefused() => FuzzRun.GoAsync("DICOM JSON", 3_000, 150_000, random =>
    {
        TransferSyntax syntax = Seeds.Syntaxes[random.Next(2)];
        if (Oracle.Refused(1_000_000, () => DataSetReader.Parse(Seeds.DataSet(random, syntax), syntax), out DataSet dataSet))
        {
            return FuzzRun.Verdict.Refused;
        }

        byte[] json = DicomJson.ToBytes(dataSet, new DicomJsonWriteOptions { BulkDataUri = place => place.Element is FragmentsElement ? "http://bulk/SECRET" : null });
        for (int changes = random.Next(4); changes > 0; changes--)
        {
            string piece = JsonPieces[random.Next(JsonPieces.Length)];
            int at = random.Next(json.Length + 1);
            json = random.Next(2) == 0 ? Mutator.AnyBytes(json, random) : [.. json[..at], .. Encoding.UTF8.GetBytes(piece), .. json[at..]];
        }

        return Oracle.Json(json);
    });

    [Fact]
    public Task DicomDirectories_WithAnyOffsets_AreTreesOrRefused() => FuzzRun.GoAsync("DICOMDIRs", 2_000, 100_000, random =>
    {
        // Records point at each other at random: cycles, shared children, and places where no record is.
        int records = random.Next(1, 8);
        byte[] file = Directory(records, _ => 0);
        uint[] places = [.. ElementMap.Of(file, 132, isExplicit: true, isBigEndian: false).Where(spot => file[spot.TagAt] == 0xFE && file[spot.TagAt + 2] == 0).Select(spot => (uint)spot.TagAt)];
        file = Directory(records, _ => random.Next(8) switch { 0 => 0u, 1 => (uint)random.Next(file.Length), 2 => uint.MaxValue, _ => places[random.Next(places.Length)] });
        return Oracle.Directory(random.Next(2) == 0 ? file : Mutator.Elements(file, file, 132, isExplicit: true, isBigEndian: false, random));
    });

    private static readonly string[] JsonPieces =
        ["\"", "{", "}", "[", "]", "null", "1e999", "-0", "\"vr\":\"SQ\",", "\"Value\":[{}],", "\"InlineBinary\":\"A\",", "\"00100010\":{},", "\"BulkDataURI\":1,", "\\ud800", "{\"00081110\":{\"vr\":\"SQ\",\"Value\":[", "\u0000"];

    private static byte[] Directory(int records, Func<int, uint> offset)
    {
        DataSet directory = new();
        directory.SetString(Tags.FileSetID, Oracle.Secret);
        directory.SetUint(Tags.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, offset(0));
        directory.SetUint(Tags.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity, offset(0));
        directory.SetItems(Tags.DirectoryRecordSequence, [.. Enumerable.Range(1, records).Select(number =>
        {
            DataSet record = new();
            record.SetUint(Tags.OffsetOfTheNextDirectoryRecord, offset(number));
            record.SetUshort(Tags.RecordInUseFlag, 0xFFFF);
            record.SetUint(Tags.OffsetOfReferencedLowerLevelDirectoryEntity, offset(number));
            record.SetString(Tags.DirectoryRecordType, number % 2 == 0 ? "PATIENT" : "IMAGE");
            record.SetString(Tags.ReferencedFileID, "DICOM", Oracle.Secret);
            return record;
        })]);
        DataSet meta = FileMetaInformation.Build(Uids.MediaStorageDirectoryStorage, "1.2.3", Uids.ExplicitVrLittleEndian);
        return DicomFileWriter.Segments(meta, directory, TransferSyntax.ExplicitVrLittleEndian, source: null).ToArray();
    }

    private static PixelDescription Description(Random random)
    {
        int bits = random.Next(3) switch { 0 => 8, 1 => 16, _ => 32 };
        return random.Next(3) == 0
            ? TestImages.Colour(random.Next(1, 12), random.Next(1, 40), random.Next(2) == 0, bits)
            : TestImages.Grey(random.Next(1, 12), random.Next(1, 40), bits, bits);
    }
}
