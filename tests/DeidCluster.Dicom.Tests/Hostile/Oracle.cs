using System.Text.RegularExpressions;
using DeidCluster.Dicom.Tests.Web;
using static DeidCluster.Dicom.Tests.Hostile.FuzzRun;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>
/// What must hold for any input: it is read, or refused by a <see cref="DicomFormatException"/> that names offset and tags but no
/// value; the memory taken is bounded by its length; what was read is written, and that is read to the same.
/// </summary>
internal static partial class Oracle
{
    /// <summary>Stands in generated values; must never be seen in a refusal.</summary>
    public const string Secret = "SECRET";

    /// <summary>What a reader may allocate whatever the input: buffers, tables that are made at first use. Bytes.</summary>
    private const long AllocatedBytesBase = 1024 * 1024;

    /// <summary>What a reader may allocate for each byte of input: an empty element of 8 bytes becomes an object in a list, nested ones a list each.</summary>
    private const long AllocatedBytesPerByte = 60;

    private static readonly ReadOptions Small = ReadOptions.Default with { InflatedBytesMax = 1_000_000, InlineValueBytesMax = 16 };

    /// <summary>A data set in <paramref name="syntax"/>, which is not deflated.</summary>
    public static Verdict DataSetIn(TransferSyntax syntax, byte[] bytes)
    {
        if (Refused(bytes.Length, () => DataSetReader.Parse(bytes, syntax), out DataSet dataSet))
        {
            return Verdict.Refused;
        }

        DataSetText.Dump(dataSet, TextWriter.Null); // values are decoded too
        TransferSyntax target = syntax.IsBigEndian ? TransferSyntax.ExplicitVrLittleEndian : syntax;
        MemorySource source = new(bytes);
        byte[] written = DataSetWriter.ToBytes(dataSet, target, source);
        DataSet again = DataSetReader.Parse(written, target);
        Assert.Equal(Shape(dataSet), Shape(again));
        Assert.Equal(written, DataSetWriter.ToBytes(again, target, new MemorySource(written)));
        return Verdict.Read;
    }

    /// <summary>A whole file.</summary>
    public static Verdict File(byte[] bytes)
    {
        if (Refused(bytes.Length, () => DicomFile.Read(new MemorySource(bytes), Small), out DicomFile file))
        {
            return Verdict.Refused;
        }

        using (file)
        {
            DataSetText.Dump(file, TextWriter.Null);
            if (file.TransferSyntax.IsBigEndian || file.FileMeta.GetString(Tags.TransferSyntaxUID) is null)
            {
                return Verdict.Read; // what it shows without a name is not what a writer may leave without a name
            }

            byte[] written = Written(file);
            using DicomFile again = DicomFile.Read(new MemorySource(written), Small with { InflatedBytesMax = 2 * Small.InflatedBytesMax });
            Assert.Equal(Shape(file.FileMeta), Shape(again.FileMeta));
            Assert.Equal(Shape(file.DataSet), Shape(again.DataSet));
            Assert.Equal(written, Written(again));
            IsTranscoded(file);
        }

        return Verdict.Read;
    }

    /// <summary>What was read keeps its elements in every encoding that has letters for VRs; implicit VR may lose private ones' (PS3.5 6.2.2).</summary>
    private static void IsTranscoded(DicomFile file)
    {
        foreach (TransferSyntax target in new[] { TransferSyntax.ExplicitVrBigEndian, TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian })
        {
            if (file.DataSet.Any(element => !element.Tag.IsGroupLength) && Transcoder.Obstacle(file, target) is null) // nothing, not deflated, is no file
            {
                if (Refused((int)file.Original.Length, () => Transcoder.FileSegments(file, target), out SegmentList segments))
                {
                    continue; // UIDs that cannot stand in file meta information
                }

                using SegmentList written = segments;
                using DicomFile transcoded = DicomFile.Read(new MemorySource(written.ToArray()), Small with { InflatedBytesMax = 2 * Small.InflatedBytesMax });
                if (target.IsExplicitVr && file.TransferSyntax.IsExplicitVr)
                {
                    Assert.Equal(Shape(file.DataSet), Shape(transcoded.DataSet));
                }
            }
        }
    }

    /// <summary>The frames of a file that was read: each is given, or the division is refused; RLE frames are decoded.</summary>
    public static Verdict Frames(byte[] bytes)
    {
        if (Refused(bytes.Length, () => DicomFile.Read(new MemorySource(bytes), Small), out DicomFile file))
        {
            return Verdict.Refused;
        }

        using (file)
        {
            if (Refused(bytes.Length, () => PixelFrames.Open(file), out PixelFrames frames))
            {
                return Verdict.Refused;
            }

            const int FramesMax = 20;
            bool isRead = true;
            for (int frame = 0; frame < Math.Min(FramesMax, frames.Count); frame++)
            {
                isRead &= !Refused(bytes.Length, () => frames.Read(frame), out byte[] coded);
                if (isRead && frames.TransferSyntax.Uid == Uids.RleLossless)
                {
                    isRead &= RleFrame(coded, frames.Description) == Verdict.Read;
                }
            }

            return isRead ? Verdict.Read : Verdict.Refused;
        }
    }

    /// <summary>An RLE frame, whose packed bytes say how many there are at most.</summary>
    public static Verdict RleFrame(byte[] coded, PixelDescription description)
    {
        if (Refused(coded.Length + description.FrameBytes, () => Rle.Decode(coded, description), out byte[] frame))
        {
            return Verdict.Refused;
        }

        Assert.Equal(description.FrameBytes, frame.Length);
        Assert.Equal(frame, Rle.Decode(Rle.Encode(frame, description), description));
        return Verdict.Read;
    }

    /// <summary>A data set as JSON.</summary>
    public static Verdict Json(byte[] json)
    {
        if (Refused(json.Length, () => DicomJson.Parse(json), out DataSet dataSet))
        {
            return Verdict.Refused;
        }

        byte[] written = DicomJson.ToBytes(dataSet);
        Assert.Equal(written, DicomJson.ToBytes(DicomJson.Parse(written)));
        return Verdict.Read;
    }

    /// <summary>A DICOMDIR: its tree has each record once.</summary>
    public static Verdict Directory(byte[] file)
    {
        if (Refused(file.Length, () => DicomDirectory.Read(new MemorySource(file)), out DicomDirectory directory))
        {
            return Verdict.Refused;
        }

        Assert.InRange(directory.All().Count(), 0, file.Length / 8);
        return Verdict.Read;
    }

    /// <summary>A multipart message, as the network gives it: in pieces.</summary>
    public static async ValueTask<Verdict> MultipartAsync(byte[] bytes, string boundary, params int[] pieces)
    {
        long bodies = 0;
        try
        {
            using ChoppedStream stream = new(bytes, pieces);
            using MultipartReader reader = new(stream, boundary);
            while (await reader.NextAsync(CancellationToken.None) is { } part)
            {
                using MemoryStream body = new();
                await part.Body.CopyToAsync(body);
                bodies += body.Length;
            }
        }
        catch (DicomFormatException refusal)
        {
            Assert.DoesNotContain(Secret, refusal.Message, StringComparison.OrdinalIgnoreCase);
            return Verdict.Refused;
        }

        Assert.True(bodies <= bytes.Length);
        return Verdict.Read;
    }

    /// <summary>A PDU: type byte, reserved byte, length and body, of which the length is not looked at.</summary>
    public static Verdict OnePdu(byte[] bytes)
    {
        if (Refused(bytes.Length, () => PduReader.Read(bytes[0], bytes.AsMemory(PduLimits.HeaderBytes)), out Pdu pdu))
        {
            return Verdict.Refused;
        }

        byte[] written = PduWriter.Write(pdu);
        Assert.Equal(written, PduWriter.Write(PduReader.Read(written[0], written.AsMemory(PduLimits.HeaderBytes))));
        return Verdict.Read;
    }

    /// <summary>A command set.</summary>
    public static Verdict Command(byte[] bytes)
    {
        if (Refused(bytes.Length, () => CommandSet.Read(bytes), out CommandSet command))
        {
            return Verdict.Refused;
        }

        Assert.DoesNotContain(Secret, command.ToString(), StringComparison.Ordinal);
        byte[] written = command.Write();
        Assert.Equal(written, CommandSet.Read(written).Write());
        return Verdict.Read;
    }

    /// <summary>True when <paramref name="read"/> refuses as it may; any other exception goes through and fails the test.</summary>
    public static bool Refused<T>(long inputBytes, Func<T> read, out T result)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            result = read();
            return false;
        }
        catch (DicomFormatException refusal)
        {
            Assert.True(refusal.Offset >= 0, $"offset {refusal.Offset}");
            Assert.Matches(TagPathPattern(), refusal.TagPath);
            Assert.DoesNotContain(Secret, refusal.Message, StringComparison.OrdinalIgnoreCase);
            result = default!;
            return true;
        }
        finally
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= AllocatedBytesBase + inputBytes * AllocatedBytesPerByte, $"{allocated} bytes were allocated for {inputBytes} bytes of input");
        }
    }

    private static byte[] Written(DicomFile file)
    {
        using SegmentList segments = DicomFileWriter.Segments(file.FileMeta, file.DataSet, file.TransferSyntax, file.Source, file.Preamble ?? default);
        return segments.ToArray();
    }

    /// <summary>Tags and kinds at every level: what must not change when lengths are computed anew and odd values padded.</summary>
    private static List<(Tag Tag, int Depth, string Kind)> Shape(DataSet dataSet)
    {
        List<(Tag, int, string)> shape = [];
        Walk(dataSet, 0);
        return shape;

        void Walk(DataSet level, int depth)
        {
            foreach (Element element in level)
            {
                if (element.Tag.IsGroupLength)
                {
                    continue; // computed, also where there was none, or left out
                }

                shape.Add((element.Tag, depth, element.GetType().Name));
                foreach (DataSet item in element is SequenceElement sequence ? sequence.Items : [])
                {
                    shape.Add((element.Tag, depth, "item"));
                    Walk(item, depth + 1);
                }
            }
        }
    }

    [GeneratedRegex(@"^(\.\.\.)?((\([0-9A-F]{4},[0-9A-F]{4}\)|\(unknown\))(\[\d+\])?(\.|$))*$")]
    private static partial Regex TagPathPattern();
}
