using System.Security.Cryptography;

namespace DeidCluster.Dicom.Tests.Files;

public class DataSetWriterTests
{
    [Fact]
    public void ToBytes_ChangedItem_RecomputesTheLengthsAroundIt()
    {
        DataSet dataSet = DataSetReader.Parse(Bytes.Of("""
            10 00 02 10  53 51  00 00  26 00 00 00           // (0010,1002) SQ, 38 bytes
              FE FF 00 E0  1E 00 00 00                       //   item, 30 bytes
                10 00 02 10  53 51  00 00  12 00 00 00       //     (0010,1002) SQ, 18 bytes
                  FE FF 00 E0  0A 00 00 00                   //       item, 10 bytes
                    10 00 20 00  4C 4F  02 00  37 20         //         (0010,0020) LO: 7
            """), TransferSyntax.ExplicitVrLittleEndian);
        dataSet.Items(Tags.OtherPatientIDsSequence)[0].Items(Tags.OtherPatientIDsSequence)[0].SetString(Tags.PatientID, "1234");

        Assert.Equal(Bytes.Of("""
            10 00 02 10  53 51  00 00  28 00 00 00           // 40 bytes
              FE FF 00 E0  20 00 00 00                       // 32 bytes
                10 00 02 10  53 51  00 00  14 00 00 00       // 20 bytes
                  FE FF 00 E0  0C 00 00 00                   // 12 bytes
                    10 00 20 00  4C 4F  04 00  31 32 33 34
            """), DataSetWriter.ToBytes(dataSet, TransferSyntax.ExplicitVrLittleEndian));
    }

    [Fact]
    public void ToBytes_ValueTooLongForTheShortForm_IsWrittenAsUnknown()
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.ImageComments, new string('x', 65_536));

        byte[] bytes = DataSetWriter.ToBytes(dataSet, TransferSyntax.ExplicitVrLittleEndian);

        Assert.Equal(Bytes.Of("20 00 00 40  55 4E  00 00  00 00 01 00"), bytes[..12]);
        Assert.Equal(65_536, DataSetReader.Parse(bytes, TransferSyntax.ExplicitVrLittleEndian).GetString(Tags.ImageComments)!.Length);
    }

    [Fact]
    public void ToBytes_OddLength_IsPaddedAsTheVrWants() => Assert.Equal(
        Bytes.Of("""
            08 00 18 00  55 49  02 00  31 00                 // UI: NUL
            10 00 20 00  4C 4F  02 00  31 20                 // LO: space
            """),
        DataSetWriter.ToBytes(
            new DataSet([new ValueElement(Tags.SOPInstanceUID, Vr.UI, "1"u8.ToArray()), new ValueElement(Tags.PatientID, Vr.LO, "1"u8.ToArray())]),
            TransferSyntax.ExplicitVrLittleEndian));

    [Fact]
    public void ToBytes_DropGroupLengths_LeavesThemOut()
    {
        DataSet dataSet = new([new ValueElement(new Tag(0x0010, 0), Vr.UL, new byte[4]), new ValueElement(Tags.PatientSex, Vr.CS, "O "u8.ToArray())]);

        Assert.Equal(Bytes.Of("10 00 40 00  02 00 00 00  4F 20"), DataSetWriter.ToBytes(dataSet, TransferSyntax.ImplicitVrLittleEndian, options: new WriteOptions { DropGroupLengths = true }));
        Assert.Equal(22, DataSetWriter.ToBytes(dataSet, TransferSyntax.ImplicitVrLittleEndian).Length);
    }

    [Theory]
    [InlineData(2, "0102 0304 0506 07", "0201 0403 0605 07")]
    [InlineData(4, "01020304 050607", "04030201 050607")]
    [InlineData(8, "0102030405060708 09", "0807060504030201 09")]
    public async Task SegmentList_RangeOfABigEndianSource_ComesOutReversedWhereverItIsRead(int unitBytes, string source, string expected)
    {
        byte[] bytes = Bytes.Of(source);
        byte[] reversed = Bytes.Of(expected);
        SegmentList segments = new();
        segments.Add(new byte[] { 0xAA });
        segments.Add(new Segment(new MemorySource(bytes), new SourceRange(0, bytes.Length, unitBytes)));
        segments.Add(new byte[] { 0xBB });
        byte[] whole = [0xAA, .. reversed, 0xBB];

        Assert.Equal(whole, segments.ToArray());
        Assert.Equal(SHA256.HashData(whole), segments.ComputeSha256());
        for (int position = 0; position <= whole.Length; position++)
        {
            for (int count = 1; count <= whole.Length - position; count++)
            {
                using Stream stream = segments.OpenRead();
                stream.Seek(position, SeekOrigin.Begin);
                byte[] part = new byte[count];
                stream.ReadExactly(part);
                Assert.Equal(whole[position..(position + count)], part);
            }
        }

        MemoryStream copied = new();
        await segments.WriteToAsync(copied, CancellationToken.None);
        segments.CopyTo(copied);
        Assert.Equal([.. whole, .. whole], copied.ToArray());
    }
}
