using DeidCluster.Dicom.Tests.Files;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>What the mutants found, each as the bytes that showed it.</summary>
public class GoldenCaseTests
{
    [Fact]
    public void UnknownWithExplicitItems_KeepsTheirVrs_WhenItIsWritten()
    {
        // Was written as implicit items, where the dictionary made LO of the private sequence inside: unreadable.
        DataSet again = ReadWrittenAndReadAgain(TransferSyntax.ExplicitVrLittleEndian, """
            68003062 554E0000 FFFFFFFF // (0068,6230) UN, undefined length
            FEFF00E0 FFFFFFFF          //   item
            41001F00 53510000 FFFFFFFF //     (0041,001F) SQ, undefined length, although the number is a private creator's
            FEFFDDE0 00000000          //     its end
            FEFF0DE0 00000000          //   end of the item
            FEFFDDE0 00000000          // end of the sequence
            """);
        Assert.Equal(Vr.SQ, again.Elements[0].Vr);
        Assert.IsType<SequenceElement>(Assert.Single(again.Items(new Tag(0x00686230))).Elements[0]);
    }

    [Fact]
    public void ImplicitElement_OfUndefinedLength_IsASequenceWhateverTheDictionarySays()
    {
        DataSet again = ReadWrittenAndReadAgain(TransferSyntax.ImplicitVrLittleEndian, """
            41001F00 FFFFFFFF // (0041,001F), a private creator's number
            FEFF00E0 00000000 //   an empty item
            FEFFDDE0 00000000 // end of the sequence
            """);
        Assert.Single(Assert.IsType<SequenceElement>(again.Elements[0]).Items);
    }

    [Fact]
    public void EmptyDataSet_Deflated_IsWrittenAsAnEmptyBlock()
    {
        // Was written as no bytes at all, and a file without a data set is refused.
        byte[] bytes = Seeds.OfParts(Uids.DeflatedExplicitVrLittleEndian, [0x03, 0x00]);
        using DicomFile file = DicomFile.Read(new MemorySource(bytes));
        using SegmentList written = DicomFileWriter.Segments(file.FileMeta, file.DataSet, file.TransferSyntax, file.Source);
        using DicomFile again = DicomFile.Read(new MemorySource(written.ToArray()));
        Assert.Empty(again.DataSet);
    }

    [Fact]
    public void MetaInformation_IsReadEvenWhenValuesAreLeftInTheSource()
    {
        // The transfer syntax UID was left in the source, not seen, and the syntax guessed.
        byte[] bytes = Seeds.OfParts(Uids.RleLossless, Bytes.Of("10001000 504E 0000"));
        using DicomFile file = DicomFile.Read(new MemorySource(bytes), ReadOptions.Default with { InlineValueBytesMax = 4 });
        Assert.Equal(Uids.RleLossless, file.TransferSyntax.Uid);
    }

    [Fact]
    public void ValueOfASequencesTag_IsNotTranscodedToImplicitVr()
    {
        // (0008,1110) with text and the VR LO: written without letters, every reader takes it for a sequence and fails.
        byte[] bytes = Seeds.OfParts(Uids.ExplicitVrLittleEndian, Bytes.Of("08001011 4C4F 0400 41424344"));
        using DicomFile file = DicomFile.Read(new MemorySource(bytes));
        Assert.NotNull(Transcoder.Obstacle(file, TransferSyntax.ImplicitVrLittleEndian));
        Assert.Null(Transcoder.Obstacle(file, TransferSyntax.ExplicitVrBigEndian));
    }

    [Fact]
    public void MetaInformationInsideADeflatedDataSet_IsNotTranscoded()
    {
        // (0002,0010) inside the stream: in front of a data set that is not deflated it would name another transfer syntax for the file.
        byte[] inner = Bytes.Of("02001000 5549 0400 312E3200");
        using DicomFile file = DicomFile.Read(new MemorySource(Seeds.OfParts(Uids.DeflatedExplicitVrLittleEndian, Seeds.Deflated(inner))));
        Assert.NotNull(Transcoder.Obstacle(file, TransferSyntax.ExplicitVrLittleEndian));
    }

    [Fact]
    public void JsonWithHalfASurrogatePair_IsRefusedWithItsPlace()
    {
        // The framework's reader throws InvalidOperationException where a name or base64 cannot be unescaped.
        Assert.InRange(Assert.Throws<DicomFormatException>(() => DicomJson.Parse("""{"7FE00010":{"vr":"OB","InlineBinary":"\ud800AA="}}"""u8)).Offset, 20, 60);
        Assert.InRange(Assert.Throws<DicomFormatException>(() => DicomJson.Parse("""{"7FE00010":{"\ud800":"OB"}}"""u8)).Offset, 10, 60);
    }

    private static DataSet ReadWrittenAndReadAgain(TransferSyntax syntax, string hex)
    {
        byte[] written = DataSetWriter.ToBytes(DataSetReader.Parse(Bytes.Of(hex), syntax), syntax);
        return DataSetReader.Parse(written, syntax);
    }
}
