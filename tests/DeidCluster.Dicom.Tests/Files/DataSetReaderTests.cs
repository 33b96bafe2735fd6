namespace DeidCluster.Dicom.Tests.Files;

/// <summary>Golden bytes of PS3.5 chapter 7 and annex A, with what they mean behind them. What is well formed is also written back to the same bytes.</summary>
public class DataSetReaderTests
{
    [Fact]
    public void Parse_ExplicitLittleEndian_ReadsShortAndLongForms() => Reads(TransferSyntax.ExplicitVrLittleEndian, """
        08 00 60 00  43 53  02 00        43 54           // (0008,0060) CS, 2 bytes: CT
        10 00 10 00  50 4E  04 00        41 5E 42 20     // (0010,0010) PN, 4 bytes: A^B and a space
        28 00 10 00  55 53  02 00        00 02           // (0028,0010) US, 2 bytes: 512
        28 00 30 00  44 53  00 00                        // (0028,0030) DS, empty
        E0 7F 10 00  4F 57  00 00  04 00 00 00  01 02 03 04  // (7FE0,0010) OW, reserved, 4 bytes
        """, """
        (0008,0060) CS 2 Modality CT
        (0010,0010) PN 4 PatientName A^B
        (0028,0010) US 2 Rows 512
        (0028,0030) DS 0 PixelSpacing
        (7FE0,0010) OW 4 PixelData 01020304
        """);

    [Fact]
    public void Parse_ImplicitLittleEndian_TakesTheVrFromTheDictionary() => Reads(TransferSyntax.ImplicitVrLittleEndian, """
        08 00 60 00  02 00 00 00  43 54                  // (0008,0060) 2 bytes: CT
        09 00 10 00  04 00 00 00  41 43 4D 45            // (0009,0010) private creator: ACME
        09 00 01 10  02 00 00 00  41 42                  // (0009,1001) private: UN
        28 00 03 01  02 00 00 00  01 00                  // (0028,0103) PixelRepresentation: signed
        28 00 06 01  02 00 00 00  FF FF                  // (0028,0106) US or SS: SS, -1
        02 60 00 30  02 00 00 00  01 02                  // (6002,3000) OB or OW: OW (PS3.5 A.1)
        """, """
        (0008,0060) CS 2 Modality CT
        (0009,0010) LO 4 PrivateCreator ACME
        (0009,1001) UN 2 (private) 4142
        (0028,0103) US 2 PixelRepresentation 1
        (0028,0106) SS 2 SmallestImagePixelValue -1
        (6002,3000) OW 2 OverlayData 0102
        """);

    [Fact]
    public void Parse_ExplicitBigEndian_HoldsValuesInLittleEndian()
    {
        DataSet dataSet = DataSetReader.Parse(Bytes.Of("""
            00 28 00 10  55 53  00 02        02 00           // (0028,0010) US: 512
            00 28 00 09  41 54  00 04        00 18 10 63     // (0028,0009) AT: (0018,1063)
            00 40 92 25  46 44  00 08        3F F0 00 00 00 00 00 00  // (0040,9225) FD: 1
            00 40 A7 30  53 51  00 00  00 00 00 12           // (0040,A730) SQ, 18 bytes
              FF FE E0 00  00 00 00 0A                       //   item, 10 bytes
              00 08 00 60  43 53  00 02  43 54               //   (0008,0060) CS: CT
            7F E0 00 10  4F 57  00 00  00 00 00 04  01 02 03 04  // (7FE0,0010) OW
            """), TransferSyntax.ExplicitVrBigEndian);

        Assert.Equal("""
            (0028,0010) US 2 Rows 512
            (0028,0009) AT 4 FrameIncrementPointer (0018,1063)
            (0040,9225) FD 8 RealWorldValueSlope 1
            (0040,A730) SQ sq ContentSequence 1 item
            (0040,A730)[0].(0008,0060) CS 2 Modality CT
            (7FE0,0010) OW 4 PixelData 02010403
            """.ReplaceLineEndings("\n"), Bytes.Dump(dataSet));
    }

    [Fact]
    public void Parse_Sequences_ReadsDefinedAndUndefinedLengths() => Reads(TransferSyntax.ExplicitVrLittleEndian, """
        08 00 15 11  53 51  00 00  FF FF FF FF               // (0008,1115) SQ, undefined length
          FE FF 00 E0  FF FF FF FF                           //   item, undefined length
            20 00 0E 00  55 49  02 00  31 00                 //     (0020,000E) UI: 1
          FE FF 0D E0  00 00 00 00                           //   end of item
          FE FF 00 E0  0A 00 00 00                           //   item, 10 bytes
            20 00 0E 00  55 49  02 00  32 00                 //     (0020,000E) UI: 2
          FE FF 00 E0  00 00 00 00                           //   item, empty
        FE FF DD E0  00 00 00 00                             // end of sequence
        10 00 02 10  53 51  00 00  1C 00 00 00               // (0010,1002) SQ, 28 bytes
          FE FF 00 E0  14 00 00 00                           //   item, 20 bytes
            10 00 02 10  53 51  00 00  08 00 00 00           //     (0010,1002) SQ, 8 bytes
              FE FF 00 E0  00 00 00 00                       //       item, empty
        40 00 75 02  53 51  00 00  00 00 00 00               // (0040,0275) SQ, empty
        """, """
        (0008,1115) SQ u/l ReferencedSeriesSequence 3 items
        (0008,1115)[0].(0020,000E) UI 2 SeriesInstanceUID 1
        (0008,1115)[1].(0020,000E) UI 2 SeriesInstanceUID 2
        (0010,1002) SQ sq OtherPatientIDsSequence 1 item
        (0010,1002)[0].(0010,1002) SQ sq OtherPatientIDsSequence 1 item
        (0040,0275) SQ sq RequestAttributesSequence 0 items
        """);

    [Fact]
    public void Parse_UnknownVrWithUndefinedLength_IsASequenceInImplicitVr() => Reads(TransferSyntax.ExplicitVrLittleEndian, """
        09 00 01 10  55 4E  00 00  FF FF FF FF               // (0009,1001) UN, undefined length (PS3.5 6.2.2)
          FE FF 00 E0  FF FF FF FF                           //   item, undefined length
            10 00 10 00  04 00 00 00  41 5E 42 20            //     (0010,0010) implicit VR, 4 bytes
          FE FF 0D E0  00 00 00 00                           //   end of item
        FE FF DD E0  00 00 00 00                             // end of sequence
        """, """
        (0009,1001) UN u/l (private) 1 item
        (0009,1001)[0].(0010,0010) PN 4 PatientName A^B
        """);

    [Fact]
    public void Parse_UnknownVrOfAStandardSequence_IsASequence() => Reads(TransferSyntax.ExplicitVrLittleEndian, """
        10 00 02 10  55 4E  00 00  12 00 00 00               // (0010,1002) UN, 18 bytes, by the dictionary SQ
          FE FF 00 E0  0A 00 00 00                           //   item, 10 bytes
            10 00 20 00  02 00 00 00  37 20                  //     (0010,0020) implicit VR: 7
        """, """
        (0010,1002) UN sq OtherPatientIDsSequence 1 item
        (0010,1002)[0].(0010,0020) LO 2 PatientID 7
        """);

    [Fact]
    public void Parse_UnknownVrWithExplicitItems_ReadsThemAllTheSame()
    {
        DataSet dataSet = DataSetReader.Parse(Bytes.Of("""
            09 00 01 10  55 4E  00 00  FF FF FF FF           // (0009,1001) UN, undefined length
              FE FF 00 E0  FF FF FF FF                       //   item
                10 00 10 00  50 4E  04 00  41 5E 42 20       //     (0010,0010) explicit VR, against PS3.5 6.2.2
              FE FF 0D E0  00 00 00 00
            FE FF DD E0  00 00 00 00
            """), TransferSyntax.ExplicitVrLittleEndian);

        Assert.Equal("A^B", dataSet.Items(new Tag(0x0009, 0x1001))[0].GetString(Tags.PatientName));
    }

    [Fact]
    public void Parse_EncapsulatedPixels_AreFragments_AndWhatFollowsIsRead() => Reads(TransferSyntax.Find(Uids.JpegBaselineProcess1)!, """
        88 00 00 02  53 51  00 00  FF FF FF FF               // (0088,0200) IconImageSequence
          FE FF 00 E0  FF FF FF FF                           //   item
            E0 7F 10 00  4F 42  00 00  FF FF FF FF           //     (7FE0,0010) OB, encapsulated at depth
              FE FF 00 E0  00 00 00 00                       //       basic offset table, empty
              FE FF 00 E0  02 00 00 00  FF D8                //       fragment, 2 bytes
            FE FF DD E0  00 00 00 00                         //     end of fragments
          FE FF 0D E0  00 00 00 00                           //   end of item
        FE FF DD E0  00 00 00 00                             // end of sequence
        E0 7F 10 00  4F 42  00 00  FF FF FF FF               // (7FE0,0010) OB, encapsulated
          FE FF 00 E0  04 00 00 00  00 00 00 00              //   basic offset table, one frame
          FE FF 00 E0  04 00 00 00  FF D8 FF D9              //   fragment
          FE FF 00 E0  00 00 00 00                           //   fragment, empty
        FE FF DD E0  00 00 00 00                             // end of fragments
        FC FF FC FF  4F 42  00 00  02 00 00 00  00 00        // (FFFC,FFFC) trailing padding
        """, """
        (0088,0200) SQ u/l IconImageSequence 1 item
        (0088,0200)[0].(7FE0,0010) OB u/l PixelData 1 fragment, 26 bytes
        (7FE0,0010) OB u/l PixelData 2 fragments, 40 bytes
        (FFFC,FFFC) OB 2 DataSetTrailingPadding 0000
        """);

    [Fact]
    public void Parse_CapitalsThatAreNoVrToday_HaveTheLongFormAndAreWrittenBack() => Reads(TransferSyntax.ExplicitVrLittleEndian, """
        08 00 60 00  43 53  02 00        43 54               // (0008,0060) CS
        09 00 01 10  5A 5A  00 00  04 00 00 00  41 42 43 44  // (0009,1001) "ZZ", as PS3.5 7.1.2 promises for a VR to come
        10 00 10 00  50 4E  04 00        41 5E 42 20         // (0010,0010) PN
        """, """
        (0008,0060) CS 2 Modality CT
        (0009,1001) ZZ 4 (private) 41424344
        (0010,0010) PN 4 PatientName A^B
        """);

    [Theory]
    [InlineData("08 00", 0, "", "head of an element")]
    [InlineData("08 00 60 00 43 53 02 00 43", 0, "(0008,0060)", "does not fit")]
    [InlineData("08 00 60 00 5A 31 02 00 43 54", 4, "(0008,0060)", "value representation")]
    [InlineData("08 00 60 00 63 73 02 00 43 54", 4, "(0008,0060)", "value representation")]
    [InlineData("E0 7F 10 00 4F 57 00 00 04 00", 0, "(7FE0,0010)", "head of an element")]
    [InlineData("E0 7F 10 00 4F 57 00 00 F0 FF FF FF", 0, "(7FE0,0010)", "does not fit")]
    [InlineData("10 00 10 00 55 54 00 00 FF FF FF FF", 0, "(0010,0010)", "undefined length with VR UT")]
    [InlineData("FE FF 0D E0 00 00 00 00", 0, "(FFFE,E00D)", "outside of a sequence")]
    [InlineData("08 00 15 11 53 51 00 00 FF FF FF FF", 12, "(0008,1115)", "ends inside a sequence")]
    [InlineData("08 00 15 11 53 51 00 00 08 00 00 00 08 00 60 00 43 53 00 00", 12, "(0008,1115)", "no item")]
    [InlineData("08 00 15 11 53 51 00 00 08 00 00 00 FE FF 00 E0 02 00 00 00", 12, "(0008,1115)[0]", "does not fit")]
    [InlineData("08 00 15 11 53 51 00 00 10 00 00 00 FE FF 00 E0 08 00 00 00 08 00 60 00 43 53 02 00", 20, "(0008,1115)[0].(0008,0060)", "does not fit")]
    [InlineData("08 00 15 11 53 51 00 00 FF FF FF FF FE FF 00 E0 FF FF FF FF", 20, "(0008,1115)[0]", "head of an element")]
    [InlineData("08 00 15 11 53 51 00 00 FF FF FF FF FE FF DD E0 01 00 00 00", 12, "(0008,1115)", "has a length")]
    [InlineData("E0 7F 10 00 4F 42 00 00 FF FF FF FF FE FF 00 E0 FF FF FF FF", 12, "(7FE0,0010)", "fragment")]
    [InlineData("E0 7F 10 00 4F 42 00 00 FF FF FF FF 08 00 60 00 00 00 00 00", 12, "(7FE0,0010)", "no item")]
    public void Parse_Malformed_IsRefusedWithPlace(string hex, long offset, string tagPath, string problem)
    {
        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DataSetReader.Parse(Bytes.Of(hex), TransferSyntax.ExplicitVrLittleEndian));

        Assert.Equal((offset, tagPath), (refusal.Offset, refusal.TagPath));
        Assert.Contains(problem, refusal.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TextTakenForTagAndLength_IsNotInTheMessage()
    {
        DicomFormatException refusal = Assert.Throws<DicomFormatException>(
            () => DataSetReader.Parse("CRAWFORD^ALEXANDER"u8.ToArray(), TransferSyntax.ImplicitVrLittleEndian)); // tag "CRAW", length "FORD"

        Assert.Equal(("(unknown)", "a value does not fit the 10 bytes that are left"), (refusal.TagPath, refusal.Problem));
    }

    [Fact]
    public void Read_BeyondItsLimits_IsRefused()
    {
        byte[] items = [.. Bytes.Of("08 00 15 11 53 51 00 00 FF FF FF FF"), .. Enumerable.Repeat(Bytes.Of("FE FF 00 E0 00 00 00 00"), 100).SelectMany(item => item)];
        byte[] nested = [.. Enumerable.Repeat(Bytes.Of("08 00 15 11 53 51 00 00 FF FF FF FF FE FF 00 E0 FF FF FF FF"), 100_000).SelectMany(item => item)];
        byte[] values = [.. Enumerable.Repeat(Bytes.Of("08 00 60 00 43 53 02 00 43 54"), 100).SelectMany(item => item)];

        Assert.Contains("more than 50 elements", Refusal(items, ReadOptions.Default with { ElementsMax = 50 }), StringComparison.Ordinal);
        Assert.Contains("deeper than 64 levels", Refusal(nested, ReadOptions.Default), StringComparison.Ordinal);
        Assert.Contains("more than 100 bytes together", Refusal(values, ReadOptions.Default with { InlineBytesMax = 100 }), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ValueAboveTheInlineLimit_StaysInTheSource()
    {
        byte[] bytes = Bytes.Of("""
            10 00 10 00  50 4E  04 00  41 5E 42 20           // (0010,0010) PN: inline
            E0 7F 10 00  4F 57  00 00  06 00 00 00  01 02 03 04 05 06
            """);
        MemorySource source = new(bytes);

        DataSet dataSet = DataSetReader.Read(source, 0, bytes.Length, TransferSyntax.ExplicitVrLittleEndian, ReadOptions.Default with { InlineValueBytesMax = 4 });

        Assert.Equal("A^B", dataSet.GetString(Tags.PatientName));
        Assert.Equal(new SourceRange(24, 6), Assert.IsType<RangeElement>(dataSet.Find(Tags.PixelData)).Range);
        Assert.Equal(bytes, DataSetWriter.ToBytes(dataSet, TransferSyntax.ExplicitVrLittleEndian, source));
    }

    private static void Reads(TransferSyntax transferSyntax, string hex, string expected)
    {
        byte[] bytes = Bytes.Of(hex);
        MemorySource source = new(bytes);
        DataSet dataSet = DataSetReader.Read(source, 0, bytes.Length, transferSyntax);

        Assert.Equal(expected.ReplaceLineEndings("\n"), Bytes.Dump(dataSet));
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(DataSetWriter.ToBytes(dataSet, transferSyntax, source)));
    }

    private static string Refusal(byte[] bytes, ReadOptions options) => Assert.Throws<DicomFormatException>(
        () => DataSetReader.Read(new MemorySource(bytes), 0, bytes.Length, TransferSyntax.ExplicitVrLittleEndian, options)).Problem;
}
