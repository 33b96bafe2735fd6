namespace DeidCluster.Dicom.Tests.Network;

public class CommandSetTests
{
    /// <summary>C-ECHO-RQ (PS3.7 9.3.5.1).</summary>
    private const string EchoRequest =
        "0000000004000000" + "38000000" + // (0000,0000) group length 56
        "0000020012000000" + "312E322E3834302E31303030382E312E3100" + // (0000,0002) Verification
        "0000000102000000" + "3000" + // (0000,0100) C-ECHO-RQ
        "0000100102000000" + "0700" + // (0000,0110) message 7
        "0000000802000000" + "0101"; // (0000,0800) no data set

    [Fact]
    public void CEchoRq_GoldenBytes_AreWrittenAndRead()
    {
        CommandSet command = new(CommandField.CEchoRq) { AffectedSopClassUid = Uids.Verification, MessageId = 7, HasDataSet = false };
        Assert.Equal(EchoRequest, Convert.ToHexString(command.Write()));

        CommandSet read = CommandSet.Read(Convert.FromHexString(EchoRequest));
        Assert.Equal(CommandField.CEchoRq, read.CommandField);
        Assert.Equal(Uids.Verification, read.AffectedSopClassUid);
        Assert.Equal((ushort)7, read.MessageId);
        Assert.False(read.HasDataSet);
        Assert.Null(read.Status);
    }

    [Fact]
    public void Response_ToARequest_CarriesItsIds()
    {
        CommandSet response = new CommandSet(CommandField.CStoreRq) { AffectedSopClassUid = "1.2", MessageId = 9, AffectedSopInstanceUid = "1.2.3" }.Response(DimseStatus.OutOfResources);
        CommandSet read = CommandSet.Read(response.Write());
        Assert.Equal(CommandField.CStoreRsp, read.CommandField);
        Assert.Equal((ushort)9, read.MessageIdBeingRespondedTo);
        Assert.Equal(DimseStatus.OutOfResources, read.Status);
        Assert.Equal("1.2.3", read.AffectedSopInstanceUid);
        Assert.Null(read.MessageId);
    }

    [Theory]
    [InlineData("")] // no Command Field
    [InlineData("00000001020000")] // header cut short
    [InlineData("000000010400000021")] // value cut short
    [InlineData("08001800020000003100")] // group 0008
    [InlineData("000000010200000021000000000102000000210000")] // twice, then rest
    public void CommandSets_ThatAreMalformed_AreRefused(string hex)
    {
        Assert.Throws<DicomFormatException>(() => CommandSet.Read(Convert.FromHexString(hex)));
    }

    [Fact]
    public void ToString_HoldsNoUid()
    {
        CommandSet command = new(CommandField.CStoreRq) { MessageId = 3, AffectedSopInstanceUid = "1.2.3.4" };
        Assert.DoesNotContain("1.2.3.4", command.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0000, DimseStatusClass.Success)]
    [InlineData(0x0001, DimseStatusClass.Warning)]
    [InlineData(0x0107, DimseStatusClass.Warning)]
    [InlineData(0x0110, DimseStatusClass.Failure)]
    [InlineData(0x0116, DimseStatusClass.Warning)]
    [InlineData(0x0122, DimseStatusClass.Failure)]
    [InlineData(0xA700, DimseStatusClass.Failure)]
    [InlineData(0xA801, DimseStatusClass.Failure)]
    [InlineData(0xB000, DimseStatusClass.Warning)]
    [InlineData(0xB007, DimseStatusClass.Warning)]
    [InlineData(0xC001, DimseStatusClass.Failure)]
    [InlineData(0xFE00, DimseStatusClass.Cancel)]
    [InlineData(0xFF00, DimseStatusClass.Pending)]
    [InlineData(0xFF01, DimseStatusClass.Pending)]
    [InlineData(0xFFFF, DimseStatusClass.Failure)]
    public void Statuses_HaveTheClassOfTheirRange(int code, DimseStatusClass expected)
    {
        Assert.Equal(expected, new DimseStatus((ushort)code).Class);
    }

    [Fact]
    public void CommandSets_MutatedBySeed_AreReadOrRefusedAndNothingElse()
    {
        byte[] seed = Convert.FromHexString(EchoRequest);
        Random random = new(20262);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = [.. seed];
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                CommandSet.Read(bytes.AsSpan(0, random.Next(bytes.Length + 1))).ToString();
            }
            catch (DicomFormatException refused)
            {
                Assert.InRange(refused.Offset, 0, bytes.Length);
            }
        }
    }
}
