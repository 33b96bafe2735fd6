using System.Text;

namespace DeidCluster.Dicom.Tests.Network;

public class PduTests
{
    /// <summary>A C-ECHO association as a DCMTK peer asks for it, byte by byte (PS3.8 9.3.2).</summary>
    private static readonly byte[] EchoRequest =
    [
        0x01, 0x00, 0x00, 0x00, 0x00, 0xB2, // A-ASSOCIATE-RQ, 178 bytes
        0x00, 0x01, 0x00, 0x00, // protocol version 1
        .. "ANY-SCP         "u8, // called
        .. "ECHOSCU         "u8, // calling
        .. new byte[32],
        0x10, 0x00, 0x00, 0x15, .. "1.2.840.10008.3.1.1.1"u8, // application context
        0x20, 0x00, 0x00, 0x2E, 0x01, 0x00, 0xFF, 0x00, // presentation context 1
        0x30, 0x00, 0x00, 0x11, .. "1.2.840.10008.1.1"u8, // Verification
        0x40, 0x00, 0x00, 0x11, .. "1.2.840.10008.1.2"u8, // Implicit VR Little Endian
        0x50, 0x00, 0x00, 0x1F, // user information
        0x51, 0x00, 0x00, 0x04, 0x00, 0x00, 0x40, 0x00, // maximum length 16384
        0x52, 0x00, 0x00, 0x07, .. "1.2.276"u8, // implementation class
        0x55, 0x00, 0x00, 0x08, .. "PEER_367"u8, // implementation version
    ];

    [Fact]
    public void AssociateRq_GoldenBytes_AreRead()
    {
        Pdu.AssociateRq pdu = Assert.IsType<Pdu.AssociateRq>(Read(EchoRequest));
        Assert.Equal("ANY-SCP", pdu.CalledAeTitle);
        Assert.Equal("ECHOSCU", pdu.CallingAeTitle);
        Assert.Equal(PduWriter.DicomApplicationContext, pdu.ApplicationContextName);
        PresentationContext context = Assert.Single(pdu.PresentationContexts);
        Assert.Equal(1, context.Id);
        Assert.Equal(Uids.Verification, context.AbstractSyntax);
        Assert.Equal([Uids.ImplicitVrLittleEndian], context.TransferSyntaxes);
        UserInformation user = pdu.UserInformation;
        Assert.Equal((16384u, "1.2.276", "PEER_367"), (user.PduBytesMax, user.ImplementationClassUid, user.ImplementationVersionName));
        Assert.Null(user.OperationsWindow);
        Assert.Null(user.UserIdentity);
    }

    [Fact]
    public void AssociateRq_WrittenAgain_IsTheSameButForReservedBytes()
    {
        byte[] expected = [.. EchoRequest];
        expected[6 + 68 + 25 + 6] = 0; // reserved: sent as 00, not tested when received
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(PduWriter.Write(Read(EchoRequest))));
    }

    [Fact]
    public void AssociateRq_WithUnknownItems_IgnoresThem()
    {
        byte[] userIdentity = [0x58, 0x00, 0x00, 0x08, 0x01, 0x00, 0x00, 0x02, (byte)'m', (byte)'e', 0x00, 0x00];
        byte[] bytes = [.. EchoRequest, .. userIdentity, 0x77, 0x00, 0x00, 0x00];
        bytes[EchoRequest.Length - 32] += (byte)userIdentity.Length;
        Assert.Equal("PEER_367", Assert.IsType<Pdu.AssociateRq>(Read(bytes)).UserInformation.ImplementationVersionName);
    }

    [Fact]
    public void AssociateRq_CutAnywhere_IsRefusedWithAnOffset()
    {
        // Cut behind a whole item it is still well formed; anywhere else it is not.
        int[] whole = [6 + 68, 6 + 68 + 25, 6 + 68 + 25 + 50, EchoRequest.Length];
        for (int length = 6; length < EchoRequest.Length; length++)
        {
            if (!whole.Contains(length))
            {
                Assert.Throws<DicomFormatException>(() => Read(EchoRequest[..length]));
            }
        }
    }

    [Fact]
    public void AssociateAc_WithRoles_IsTheSameAfterARoundTrip()
    {
        Pdu.AssociateAc pdu = new("CALLED", "CALLING", PduWriter.DicomApplicationContext,
            [new PresentationContextAnswer(1, PresentationResult.Acceptance, Uids.ExplicitVrLittleEndian), new PresentationContextAnswer(3, PresentationResult.AbstractSyntaxNotSupported, Uids.ImplicitVrLittleEndian)],
            new UserInformation(0, "1.2.3", null) { Roles = [new RoleSelection(Uids.CtImageStorage, false, true)] });
        Pdu.AssociateAc read = Assert.IsType<Pdu.AssociateAc>(Read(PduWriter.Write(pdu)));
        Assert.Equal(pdu.PresentationContexts, read.PresentationContexts);
        Assert.Equal(pdu.UserInformation.Roles, read.UserInformation.Roles);
        Assert.Null(read.UserInformation.ImplementationVersionName);
    }

    [Theory]
    [InlineData("03000000000400010301")]
    [InlineData("05000000000400000000")]
    [InlineData("06000000000400000000")]
    [InlineData("07000000000400000206")]
    public void ShortPdus_GoldenBytes_SurviveARoundTrip(string hex)
    {
        Assert.Equal(hex, Convert.ToHexString(PduWriter.Write(Read(Convert.FromHexString(hex)))));
    }

    [Fact]
    public void DataTf_WithTwoPdvs_IsRead()
    {
        byte[] bytes = Convert.FromHexString("04000000000F" + "0000000401030A0B" + "00000003030011");
        Pdu.DataTf data = Assert.IsType<Pdu.DataTf>(Read(bytes));
        Assert.Equal(2, data.Pdvs.Count);
        Assert.Equal((1, true, true, "0A0B"), Parts(data.Pdvs[0]));
        Assert.Equal((3, false, false, "11"), Parts(data.Pdvs[1]));
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(PduWriter.Write(data)));
    }

    [Theory]
    [InlineData("00000001")]
    [InlineData("0000000101")]
    [InlineData("FFFFFFFF0100")]
    [InlineData("000000050100AA")]
    [InlineData("000000020102000000")]
    public void DataTf_WithAPdvThatDoesNotFit_IsRefused(string body)
    {
        Assert.Throws<DicomFormatException>(() => PduReader.Read((byte)PduType.DataTf, Convert.FromHexString(body)));
    }

    [Theory]
    [InlineData("1.2.840.10008.1.1\0")]
    [InlineData("1.2.840.10008.1 ")]
    public void Uids_PaddedByThePeer_AreTrimmed(string padded)
    {
        byte[] uid = Encoding.ASCII.GetBytes(padded);
        byte[] bytes = PduWriter.Write(new Pdu.AssociateRq("A", "B", "1.2", [new PresentationContext(1, padded, ["1.2"])], new UserInformation(0, "1", null)));
        Assert.Equal(Encoding.ASCII.GetString(uid).TrimEnd('\0', ' '), Assert.IsType<Pdu.AssociateRq>(Read(bytes)).PresentationContexts[0].AbstractSyntax);
    }

    [Fact]
    public void Pdus_MutatedBySeed_AreReadOrRefusedAndNothingElse()
    {
        byte[][] seeds =
        [
            EchoRequest,
            PduWriter.Write(new Pdu.AssociateAc("A", "B", "1.2", [new PresentationContextAnswer(1, 0, "1.2")], new UserInformation(1, "1", "v") { Roles = [new RoleSelection("1.2.3", true, true)] })),
            PduWriter.Write(new Pdu.DataTf([new Pdv(1, true, true, new byte[20]), new Pdv(1, false, false, new byte[9])])),
        ];
        Random random = new(20261);
        for (int round = 0; round < 30_000; round++)
        {
            byte[] bytes = [.. seeds[round % seeds.Length]];
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            byte[] cut = bytes[..random.Next(6, bytes.Length + 1)];
            try
            {
                PduReader.Read(cut[0], cut.AsMemory(6));
            }
            catch (DicomFormatException refused)
            {
                Assert.InRange(refused.Offset, 0, cut.Length);
            }
        }
    }

    private static Pdu Read(byte[] pdu) => PduReader.Read(pdu[0], pdu.AsMemory(PduLimits.HeaderBytes));

    private static (int, bool, bool, string) Parts(Pdv pdv) => (pdv.ContextId, pdv.IsCommand, pdv.IsLast, Convert.ToHexString(pdv.Bytes.Span));
}
