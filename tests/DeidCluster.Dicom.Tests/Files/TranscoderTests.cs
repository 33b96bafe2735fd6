using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Files;

public class TranscoderTests
{
    private const int Seeds = 100;

    private static readonly TransferSyntax[] Uncompressed =
    [
        TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian, TransferSyntax.DeflatedExplicitVrLittleEndian,
    ];

    /// <summary>What dcmconv is told for each of <see cref="Uncompressed"/>.</summary>
    private static readonly string[] DcmconvOptions = ["+ti", "+te", "+tb", "+td"];

    [Fact]
    public void Segments_ToBigEndian_ReversesWordsByTheirVr()
    {
        byte[] littleEndian = Bytes.Of("""
            08 00 60 00  43 53  02 00        43 54               // CS
            28 00 10 00  55 53  02 00        00 02               // US 512
            28 00 09 00  41 54  04 00        18 00 63 10         // AT (0018,1063)
            40 00 75 02  53 51  00 00  12 00 00 00               // SQ, 18 bytes
              FE FF 00 E0  0A 00 00 00                           //   item, 10 bytes
                08 00 60 00  43 53  02 00  43 54
            40 00 25 92  46 44  08 00        00 00 00 00 00 00 F0 3F  // FD 1
            E0 7F 10 00  4F 57  00 00  04 00 00 00  02 01 04 03  // OW
            09 00 10 00  55 4E  00 00  04 00 00 00  01 02 03 04  // UN: no order is known
            """);

        using DicomFile file = Read(littleEndian, TransferSyntax.ExplicitVrLittleEndian, inlineValueBytesMax: 2);
        using SegmentList segments = Transcoder.Segments(file, TransferSyntax.ExplicitVrBigEndian);

        Assert.Equal(Convert.ToHexString(Bytes.Of("""
            00 08 00 60  43 53  00 02        43 54
            00 28 00 10  55 53  00 02        02 00
            00 28 00 09  41 54  00 04        00 18 10 63
            00 40 02 75  53 51  00 00  00 00 00 12
              FF FE E0 00  00 00 00 0A
                00 08 00 60  43 53  00 02  43 54
            00 40 92 25  46 44  00 08        3F F0 00 00 00 00 00 00
            7F E0 00 10  4F 57  00 00  00 00 00 04  01 02 03 04
            00 09 00 10  55 4E  00 00  00 00 00 04  01 02 03 04
            """)), Convert.ToHexString(segments.ToArray()));
    }

    [Fact]
    public void Segments_ImplicitToExplicit_WritesUnknownAttributesAsUn()
    {
        byte[] implicitVr = Bytes.Of("""
            08 00 00 00  04 00 00 00  0A 00 00 00                // (0008,0000) group length: left out
            08 00 60 00  02 00 00 00  43 54
            09 00 10 00  04 00 00 00  41 43 4D 45                // (0009,0010) private creator
            09 00 01 10  02 00 00 00  41 42                      // (0009,1001) private
            09 00 02 10  FF FF FF FF                             // (0009,1002) private, undefined length: a sequence
              FE FF 00 E0  FF FF FF FF
              FE FF 0D E0  00 00 00 00
            FE FF DD E0  00 00 00 00
            """);

        using DicomFile file = Read(implicitVr, TransferSyntax.ImplicitVrLittleEndian);
        using SegmentList segments = Transcoder.Segments(file, TransferSyntax.ExplicitVrLittleEndian);

        Assert.Equal(Convert.ToHexString(Bytes.Of("""
            08 00 60 00  43 53  02 00  43 54
            09 00 10 00  4C 4F  04 00  41 43 4D 45
            09 00 01 10  55 4E  00 00  02 00 00 00  41 42
            09 00 02 10  53 51  00 00  FF FF FF FF
              FE FF 00 E0  FF FF FF FF
              FE FF 0D E0  00 00 00 00
            FE FF DD E0  00 00 00 00
            """)), Convert.ToHexString(segments.ToArray()));
    }

    [Fact]
    public void Segments_ValueTooLongForTheShortForm_IsUnknownInLittleEndianEverywhere()
    {
        DataSet dataSet = new();
        dataSet.SetUshort(Tags.LUTData, [.. Enumerable.Range(0, 40_000).Select(value => (ushort)value)]);
        using DicomFile file = Read(DataSetWriter.ToBytes(dataSet, TransferSyntax.ImplicitVrLittleEndian), TransferSyntax.ImplicitVrLittleEndian);
        DataSet shorts = new([new ValueElement(Tags.LUTData, Vr.US, dataSet.GetBytes(Tags.LUTData))]);

        byte[] bigEndian = DataSetWriter.ToBytes(shorts, TransferSyntax.ExplicitVrBigEndian);

        Assert.Equal(Bytes.Of("00 28 30 06  55 4E  00 00  00 01 38 80  00 00 01 00 02 00"), bigEndian[..18]);
        Assert.Equal(39_999, DataSetReader.Parse(bigEndian, TransferSyntax.ExplicitVrBigEndian).GetInts(Tags.LUTData)[^1]);
    }

    [Fact]
    public void Segments_ThroughEachSyntaxAndBack_AreTheSameBytes()
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Exception? failure = Record.Exception(() => ThroughEachSyntax(seed));
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }

    [Fact]
    public void Segments_SameSyntax_AreTheBytesOfTheFile()
    {
        foreach (TransferSyntax syntax in Uncompressed)
        {
            using SegmentList written = DicomFileWriter.Segments(FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", syntax.Uid), Generated.DataSet(new Random(5)), syntax, null);
            byte[] bytes = written.ToArray();
            using DicomFile file = DicomFile.Read(new MemorySource(bytes));

            using SegmentList same = Transcoder.Segments(file, syntax);
            using SegmentList sameFile = Transcoder.FileSegments(file, syntax);

            Assert.True(bytes.AsSpan().EndsWith(same.ToArray()), syntax.Name);
            Assert.InRange(same.Length, 1, bytes.Length - 132);
            using DicomFile again = DicomFile.Read(new MemorySource(sameFile.ToArray()));
            Assert.Empty(DataSetDiff.Compare(file.DataSet, again.DataSet));
        }
    }

    [Fact]
    public void Segments_CompressedPixels_AreRefusedButSentAsTheyAre()
    {
        TransferSyntax jpeg = TransferSyntax.Find(Uids.JpegBaselineProcess1)!;
        byte[] dataSet = Bytes.Of("E0 7F 10 00  4F 42  00 00  FF FF FF FF  FE FF 00 E0  00 00 00 00  FE FF 00 E0  02 00 00 00  FF D8  FE FF DD E0  00 00 00 00");
        using DicomFile file = Read(dataSet, jpeg);

        NotSupportedException refusal = Assert.Throws<NotSupportedException>(() => Transcoder.Segments(file, TransferSyntax.ExplicitVrLittleEndian));
        using SegmentList same = Transcoder.Segments(file, jpeg);

        Assert.Contains("compressed", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(dataSet, same.ToArray());
    }

    [Fact]
    public void Segments_LongPixels_AreNotHeldInMemory()
    {
        const int PixelBytes = 32 * 1024 * 1024;
        DataSet dataSet = DicomFileTests.Sample();
        dataSet.SetBytes(Tags.PixelData, Vr.OW, new byte[PixelBytes]);
        using DicomFile file = Read(DataSetWriter.ToBytes(dataSet, TransferSyntax.ExplicitVrLittleEndian), TransferSyntax.ExplicitVrLittleEndian, inlineValueBytesMax: 1024);

        long before = GC.GetAllocatedBytesForCurrentThread();
        using SegmentList segments = Transcoder.Segments(file, TransferSyntax.ExplicitVrBigEndian);
        segments.CopyTo(Stream.Null);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024 * 1024);
    }

    [SamplesFact]
    public async Task Samples_Transcoded_AgreeWithDcmconv()
    {
        const int ShareBounded = 12; // each twelfth file in the normal run: three processes a file
        int step = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? 1 : ShareBounded;
        Assert.NotNull(PeerProcess.Find("dcmconv"));
        using TestFolder folder = new();
        List<string> failures = [];
        int identical = 0, alike = 0, refusedByDcmtk = 0;
        foreach (string path in SampleTests.Readable().Where((_, at) => at % step == 0))
        {
            using DicomFile file = DicomFile.Open(path);
            for (int i = 0; i < Uncompressed.Length - 1; i++)
            {
                if (file.TransferSyntax.Uid == Uncompressed[i].Uid || Transcoder.Obstacle(file, Uncompressed[i]) is not null)
                {
                    continue;
                }

                string theirs = folder.File("theirs.dcm");
                (int exitCode, _) = await PeerProcess.RunAsync("dcmconv", ["-q", DcmconvOptions[i], "-g", path, theirs], TimeSpan.FromSeconds(30));
                if (exitCode != 0)
                {
                    refusedByDcmtk++;
                    continue;
                }

                byte[] ours = Ours(file, Uncompressed[i]);
                using DicomFile theirFile = DicomFile.Open(theirs);
                bool isIdentical = ours.AsSpan().SequenceEqual(File.ReadAllBytes(theirs).AsSpan((int)theirFile.DataSetOffset));
                using DicomFile ourFile = Read(ours, Uncompressed[i]);
                List<string> differences = isIdentical ? [] : [.. Differences(ourFile.DataSet, theirFile.DataSet, ourFile.Source, theirFile.Source)];
                identical += isIdentical ? 1 : 0;
                alike += !isIdentical && differences.Count == 0 ? 1 : 0;
                if (differences.Count > 0)
                {
                    failures.Add($"{path} {DcmconvOptions[i]}: {string.Join(", ", differences.Take(5))}");
                }
            }
        }

        Facts.Say($"transcoding against dcmconv: {identical} byte-identical data sets, {alike} with the same elements in another form, {refusedByDcmtk} refused by dcmconv");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(identical > 0);
    }

    /// <summary>
    /// The paths of elements that differ. Not counted: trailing padding, which dcmconv removes; the VR of private elements, which dcmconv
    /// takes from its own dictionary where we write UN, and of sequences that were UN; private sequences that we then see as bytes.
    /// </summary>
    private static IEnumerable<string> Differences(DataSet a, DataSet b, ByteSource sourceA, ByteSource sourceB, string path = "")
    {
        foreach (Tag tag in a.Concat(b).Select(element => element.Tag).Distinct())
        {
            (Element? elementA, Element? elementB) = (a.Find(tag), b.Find(tag));
            bool areSequences = elementA is SequenceElement || elementB is SequenceElement;
            bool areAlike = elementA?.Vr == elementB?.Vr || ((tag.IsPrivate || areSequences) && (elementA?.Vr == Vr.UN || elementB?.Vr == Vr.UN));
            bool isPadded = elementA?.Vr.IsText() == true || elementB?.Vr.IsText() == true;
            if (!areAlike || (!areSequences && !Value(elementA!, sourceA, isPadded).SequenceEqual(Value(elementB!, sourceB, isPadded))))
            {
                yield return $"{path}{tag} {elementA?.Vr} {elementB?.Vr}";
            }
            else if (areSequences)
            {
                (IReadOnlyList<DataSet> itemsA, IReadOnlyList<DataSet> itemsB) = (Items(elementA!), Items(elementB!));
                IEnumerable<string> inside = itemsA.Count != itemsB.Count
                    ? [$"{path}{tag} {itemsA.Count} and {itemsB.Count} items"]
                    : itemsA.Zip(itemsB).SelectMany((pair, at) => Differences(pair.First, pair.Second, sourceA, sourceB, $"{path}{tag}[{at}]."));
                foreach (string difference in inside)
                {
                    yield return difference;
                }
            }
        }
    }

    private static byte[] Value(Element element, ByteSource source, bool isPadded)
    {
        SegmentList value = new();
        value.Add(element is RangeElement range ? new Segment(source, range.Range) : new Segment(((ValueElement)element).Bytes));
        byte[] bytes = value.ToArray();
        return isPadded ? bytes.AsSpan().TrimEnd([(byte)' ', (byte)0]).ToArray() : bytes;
    }

    private static IReadOnlyList<DataSet> Items(Element element) => element switch
    {
        SequenceElement sequence => sequence.Items,
        ValueElement { Bytes: { Length: > 0 } bytes } => DataSetReader.Parse(
            (byte[])[.. Bytes.Of("09 00 01 10 FF FF FF FF"), .. bytes.Span, .. Bytes.Of("FE FF DD E0 00 00 00 00")],
            TransferSyntax.ImplicitVrLittleEndian).Items(new Tag(0x0009, 0x1001)),
        _ => [],
    };

    private static byte[] Ours(DicomFile file, TransferSyntax target)
    {
        using SegmentList segments = Transcoder.Segments(file, target);
        return segments.ToArray();
    }

    private static void ThroughEachSyntax(int seed)
    {
        byte[] whole = DataSetWriter.ToBytes(Generated.DataSet(new Random(seed)), TransferSyntax.ExplicitVrLittleEndian, options: new WriteOptions { DropGroupLengths = true });
        byte[] bytes = whole;
        TransferSyntax syntax = TransferSyntax.ExplicitVrLittleEndian;
        foreach (TransferSyntax next in (TransferSyntax[])[TransferSyntax.ExplicitVrBigEndian, TransferSyntax.DeflatedExplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian, TransferSyntax.ExplicitVrLittleEndian])
        {
            using DicomFile file = Read(bytes, syntax, inlineValueBytesMax: 6);
            using SegmentList segments = Transcoder.Segments(file, next);
            (bytes, syntax) = (segments.ToArray(), next);
        }

        Assert.Equal(Convert.ToHexString(whole), Convert.ToHexString(bytes));

        // Implicit VR forgets what the dictionary does not know; from there on nothing is lost.
        using DicomFile known = Read(whole, TransferSyntax.ExplicitVrLittleEndian);
        byte[] implicitVr = Ours(known, TransferSyntax.ImplicitVrLittleEndian);
        using DicomFile fromImplicit = Read(implicitVr, TransferSyntax.ImplicitVrLittleEndian);
        byte[] explicitVr = Ours(fromImplicit, TransferSyntax.ExplicitVrLittleEndian);
        using DicomFile fromExplicit = Read(explicitVr, TransferSyntax.ExplicitVrLittleEndian);
        Assert.Equal(Convert.ToHexString(implicitVr), Convert.ToHexString(Ours(fromExplicit, TransferSyntax.ImplicitVrLittleEndian)));
    }

    private static DicomFile Read(byte[] dataSet, TransferSyntax syntax, int inlineValueBytesMax = 64 * 1024)
    {
        using SegmentList head = DicomFileWriter.Segments(FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", syntax.Uid), new DataSet(), TransferSyntax.ExplicitVrLittleEndian, null);
        return DicomFile.Read(new MemorySource((byte[])[.. head.ToArray(), .. dataSet]), new ReadOptions { InlineValueBytesMax = inlineValueBytesMax });
    }
}
