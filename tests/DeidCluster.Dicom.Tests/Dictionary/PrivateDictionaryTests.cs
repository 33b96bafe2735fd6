using DeidCluster.Dicom.Tests.Files;

namespace DeidCluster.Dicom.Tests.Dictionary;

public class PrivateDictionaryTests
{
    private static readonly Tag InBlock10 = new(0x0019, 0x1002);
    private static readonly Tag InBlockF0 = new(0x0019, 0xF002);

    [Fact]
    public void Find_KnownCreator_InWhateverBlock()
    {
        DictionaryEntry? entry = PrivateDictionary.Find("GEMS_ACQU_01 ", InBlock10);

        Assert.Equal((Vr.SL, new Tag(0x0019, 0x0002)), (entry!.Vr, entry.Tag));
        Assert.Same(entry, PrivateDictionary.Find("GEMS_ACQU_01", InBlockF0));
    }

    [Theory]
    [InlineData("gems_acqu_01")]
    [InlineData("GEMS_ACQU_0")]
    [InlineData("")]
    public void Find_AnotherCreator_IsNull(string creator) => Assert.Null(PrivateDictionary.Find(creator, InBlock10));

    [Fact]
    public void Creators_EveryRow_HasAVrOfTheStandard()
    {
        Assert.InRange(PrivateDictionary.Creators.Count, 500, 1000);
        Assert.Null(PrivateDictionary.Find("GEMS_ACQU_01", Tags.Rows));
    }

    [Fact]
    public void Dump_UnknownPrivateValues_AreReadByTheirCreator_AndWrittenAsTheyWere()
    {
        byte[] bytes = Bytes.Of("""
            19 00 10 00  0C 00 00 00  47 45 4D 53 5F 41 43 51 55 5F 30 31  // (0019,0010) GEMS_ACQU_01
            19 00 11 00  04 00 00 00  41 43 4D 45                          // (0019,0011) ACME
            19 00 02 10  04 00 00 00  C4 02 00 00                          // (0019,1002) SL by the lists: 708
            19 00 23 10  04 00 00 00  2B 30 2E 30                          // (0019,1023) DS by the lists: +0.0
            19 00 26 10  02 00 00 00  01 02                                // (0019,1026) SL by the lists, but of no whole word
            19 00 02 11  04 00 00 00  C4 02 00 00                          // (0019,1102) of a creator that nobody knows
            """);

        DataSet dataSet = DataSetReader.Parse(bytes, TransferSyntax.ImplicitVrLittleEndian);

        string[] lines = Bytes.Dump(dataSet).Split('\n');
        Assert.Matches(@"^\(0019,1002\) UN 4 \(private: .+\) 708$", lines[2]);
        Assert.Matches(@"^\(0019,1023\) UN 4 \(private: .+\) \+0\.0$", lines[3]);
        Assert.Matches(@"^\(0019,1026\) UN 2 \(private: .+\) 0102$", lines[4]);
        Assert.Equal("(0019,1102) UN 4 (private) C4020000", lines[5]);
        Assert.Equal((708, "GEMS_ACQU_01"), (dataSet.GetInt(InBlock10), dataSet.PrivateCreator(InBlock10)));
        Assert.Equal(Vr.UN, dataSet.Find(InBlock10)!.Vr);
        Assert.Equal(bytes, DataSetWriter.ToBytes(dataSet, TransferSyntax.ImplicitVrLittleEndian));
    }

    [Fact]
    public void EffectiveVr_BytesThatAreNoText_StayUnknown()
    {
        DataSet dataSet = new([new ValueElement(new Tag(0x0019, 0x0010), Vr.LO, "GEMS_ACQU_01"u8.ToArray()), new ValueElement(new Tag(0x0019, 0x1023), Vr.UN, new byte[] { 1, 2, 3, 4 })]);

        Assert.Equal(Vr.UN, dataSet.EffectiveVr(dataSet.Elements[1]));
    }
}
