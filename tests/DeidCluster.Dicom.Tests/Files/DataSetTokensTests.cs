using System.Buffers;

namespace DeidCluster.Dicom.Tests.Files;

public class DataSetTokensTests
{
    private static readonly byte[] Nested = Bytes.Of("""
        08 00 60 00  43 53  02 00  43 54                     // 0: (0008,0060) CS
        08 00 15 11  53 51  00 00  FF FF FF FF               // 10: (0008,1115) SQ, undefined length
          FE FF 00 E0  FF FF FF FF                           // 22: item, undefined length
            20 00 0E 00  55 49  02 00  31 00                 // 30: (0020,000E) UI
          FE FF 0D E0  00 00 00 00                           // 40: end of item
          FE FF 00 E0  00 00 00 00                           // 48: item, empty
        FE FF DD E0  00 00 00 00                             // 56: end of sequence
        40 00 75 02  53 51  00 00  12 00 00 00               // 64: (0040,0275) SQ, 18 bytes
          FE FF 00 E0  0A 00 00 00                           // 76: item, 10 bytes
            08 00 50 00  53 48  02 00  41 20                 // 84: (0008,0050) SH
        E0 7F 10 00  4F 42  00 00  FF FF FF FF               // 94: (7FE0,0010) OB, encapsulated
          FE FF 00 E0  00 00 00 00                           // 106: offset table, empty
          FE FF 00 E0  02 00 00 00  FF D8                    // 114: fragment
        FE FF DD E0  00 00 00 00                             // 124: end of fragments
        """);

    private static readonly TransferSyntax Jpeg = TransferSyntax.Find(Uids.JpegBaselineProcess1)!;

    [Fact]
    public void Read_EachKind_SaysWhereItStands()
    {
        DataSetTokens tokens = new(Nested, Jpeg);

        Assert.Equal("""
            0 Element (0008,0060) 2 at 8
            10 SequenceStart (0008,1115) u/l at 22
            22 ItemStart (0008,1115) u/l at 30
            30 Element (0020,000E) 2 at 38 depth 1
            40 ItemEnd (0008,1115) u/l at 48
            48 ItemStart (0008,1115) 0 at 56
            56 ItemEnd (0008,1115) 0 at 56
            56 SequenceEnd (0008,1115) u/l at 64
            64 SequenceStart (0040,0275) 18 at 76
            76 ItemStart (0040,0275) 10 at 84
            84 Element (0008,0050) 2 at 92 depth 1
            94 ItemEnd (0040,0275) 0 at 94
            94 SequenceEnd (0040,0275) 0 at 94
            94 FragmentsStart (7FE0,0010) u/l at 106
            106 Fragment (7FE0,0010) 0 at 114
            114 Fragment (7FE0,0010) 2 at 122
            124 FragmentsEnd (7FE0,0010) u/l at 132
            """.ReplaceLineEndings("\n"), Lines(ref tokens));
    }

    [Fact]
    public void SkipSequence_OfEitherLength_GoesBehindItsEnd()
    {
        DataSetTokens tokens = new(Nested, Jpeg);
        List<Tag> top = [];
        while (tokens.Read())
        {
            top.Add(tokens.Tag);
            Assert.Equal(0, tokens.Depth);
            if (tokens.Kind is TokenKind.SequenceStart or TokenKind.FragmentsStart)
            {
                tokens.SkipSequence();
            }
        }

        tokens.Dispose();
        Assert.Equal([Tags.Modality, Tags.ReferencedSeriesSequence, Tags.RequestAttributesSequence, Tags.PixelData], top);
    }

    [Fact]
    public void Read_SpansPiecesAndSources_GiveTheSameTokens()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            byte[] bytes = DataSetWriter.ToBytes(Generated.DataSet(new Random(seed)), TransferSyntax.ExplicitVrLittleEndian);
            DataSetTokens ofSpan = new(bytes, TransferSyntax.ExplicitVrLittleEndian);
            DataSetTokens ofPieces = new(new SequenceSource(Pieces(bytes, pieceBytes: 7)), 0, bytes.Length, TransferSyntax.ExplicitVrLittleEndian);
            DataSetTokens ofWhole = new(new SequenceSource(new ReadOnlySequence<byte>(bytes)), 0, bytes.Length, TransferSyntax.ExplicitVrLittleEndian);

            string expected = Lines(ref ofSpan);

            Assert.Equal(expected, Lines(ref ofPieces));
            Assert.Equal(expected, Lines(ref ofWhole));
        }
    }

    [Fact]
    public void Read_TokensAndValues_AllocateNothing()
    {
        byte[] bytes = DataSetWriter.ToBytes(new DataSet(Enumerable.Range(0, 200).SelectMany(i => Generated.DataSet(new Random(i)))), TransferSyntax.ExplicitVrLittleEndian);
        CountTokens(bytes); // rents and compiles

        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = CountTokens(bytes);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(count, 1000, int.MaxValue);
    }

    [Fact]
    public void Read_StopAt_EndsBeforeItAndChecksNothingBehind()
    {
        byte[] cut = [.. Nested.AsSpan(0, 94), .. Bytes.Of("E0 7F 10 00  4F 57  00 00  00 00 10 00  00 01")]; // pixels that are cut off
        MemorySource source = new(cut);

        DataSet header = DataSetReader.Read(source, 0, cut.Length, TransferSyntax.ExplicitVrLittleEndian, ReadOptions.Header);

        Assert.Equal(Tags.RequestAttributesSequence, header.Elements[^1].Tag);
        Assert.Throws<DicomFormatException>(() => DataSetReader.Read(source, 0, cut.Length, TransferSyntax.ExplicitVrLittleEndian));
    }

    [Fact]
    public void Read_OnlySomeTags_KeepsThemAndMarksTheFilePartial()
    {
        DataSet dataSet = DicomFileTests.Sample();
        dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        dataSet.SetString(Tags.SOPInstanceUID, "1.2.3");
        dataSet.SetItems(Tags.RequestAttributesSequence, new DataSet([new ValueElement(Tags.Modality, Vr.CS, "MR"u8.ToArray())]));
        dataSet.SetString(Tags.StudyInstanceUID, "1.2");
        using SegmentList written = DicomFileWriter.Segments(FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", Uids.ExplicitVrLittleEndian), dataSet, TransferSyntax.ExplicitVrLittleEndian, null);

        using DicomFile file = DicomFile.Read(new MemorySource(written.ToArray()), ReadOptions.For(Tags.StudyInstanceUID, Tags.SOPInstanceUID));

        Assert.Equal([Tags.SpecificCharacterSet, Tags.SOPInstanceUID, Tags.StudyInstanceUID], file.DataSet.Elements.Select(element => element.Tag));
        Assert.True(file.IsPartial);
        Assert.NotNull(Transcoder.Obstacle(file, TransferSyntax.ImplicitVrLittleEndian));
    }

    [Theory]
    [InlineData(Uids.ExplicitVrLittleEndian)]
    [InlineData(Uids.ImplicitVrLittleEndian)]
    [InlineData(Uids.ExplicitVrBigEndian)]
    public void Read_ZerosBehindTheLastElement_AreNoElements(string uid)
    {
        TransferSyntax syntax = TransferSyntax.Find(uid)!;
        byte[] bytes = [.. DataSetWriter.ToBytes(DicomFileTests.Sample(), syntax), .. new byte[100_000]];
        DataSetTokens tokens = new(new SequenceSource(Pieces(bytes, pieceBytes: 4096)), 0, bytes.Length, syntax);
        int elements = 0;
        while (tokens.Read())
        {
            elements++;
        }

        Assert.Equal((3, 100_000), (elements, tokens.TrailingZeroBytes));
        tokens.Dispose();
        bytes[^1] = 1;
        Assert.Throws<DicomFormatException>(() => DataSetReader.Parse(bytes, syntax));
    }

    private static int CountTokens(byte[] bytes)
    {
        int count = 0;
        DataSetTokens ofSpan = new(bytes, TransferSyntax.ExplicitVrLittleEndian);
        while (ofSpan.Read())
        {
            count += ofSpan.Kind == TokenKind.Element ? ofSpan.GetValue().Length & 1 : 1;
        }

        ofSpan.Dispose();
        return count;
    }

    private static string Lines(ref DataSetTokens tokens)
    {
        List<string> lines = [];
        while (tokens.Read())
        {
            string length = tokens.HasUndefinedLength ? "u/l" : $"{tokens.Length}";
            string depth = tokens is { Kind: TokenKind.Element, Depth: > 0 } ? $" depth {tokens.Depth}" : "";
            lines.Add($"{tokens.Offset} {tokens.Kind} {tokens.Tag} {length} at {tokens.ValueOffset}{depth}");
        }

        tokens.Dispose();
        return string.Join('\n', lines);
    }

    private static ReadOnlySequence<byte> Pieces(byte[] bytes, int pieceBytes)
    {
        Piece first = new(bytes.AsMemory(0, Math.Min(pieceBytes, bytes.Length)), 0);
        Piece last = first;
        for (int at = pieceBytes; at < bytes.Length; at += pieceBytes)
        {
            last = last.Append(bytes.AsMemory(at, Math.Min(pieceBytes, bytes.Length - at)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long at) => (Memory, RunningIndex) = (memory, at);

        public Piece Append(ReadOnlyMemory<byte> memory)
        {
            Piece next = new(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
