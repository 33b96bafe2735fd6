namespace DeidCluster.Dicom.Tests.Network;

public class NegotiationTests
{
    private static readonly TransferSyntax Jpeg = TransferSyntax.Find("1.2.840.10008.1.2.4.70")!;

    [Theory]
    [InlineData("1.2.840.10008.1.2 1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1")] // explicit is preferred
    [InlineData("1.2.840.10008.1.2.4.70 1.2.840.10008.1.2", "1.2.840.10008.1.2.4.70")] // else the first that is known
    [InlineData("1.2.840.10008.1.2.2 1.2.840.10008.1.2", "1.2.840.10008.1.2")] // big endian only when nothing else is proposed
    [InlineData("1.2.840.10008.1.2.2", "1.2.840.10008.1.2.2")]
    [InlineData("1.2.3.4 1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.90")] // an unknown one is passed over
    public async Task StorageContext_WithSeveralEncodings_GetsOne(string proposed, string expected)
    {
        Assert.Equal(expected, (await NegotiateAsync(Uids.CtImageStorage, proposed)).TransferSyntax);
    }

    [Theory]
    [InlineData(Uids.CtImageStorage, "1.2.3.4", PresentationResult.TransferSyntaxesNotSupported)]
    [InlineData(Uids.StudyRootQueryRetrieveInformationModelFind, "1.2.840.10008.1.2.2", PresentationResult.TransferSyntaxesNotSupported)]
    [InlineData(Uids.StudyRootQueryRetrieveInformationModelGet, "1.2.840.10008.1.2", PresentationResult.AbstractSyntaxNotSupported)]
    [InlineData("1.2.840.10008.5.1.4.31", "1.2.840.10008.1.2", PresentationResult.AbstractSyntaxNotSupported)] // worklist
    [InlineData("1.2.840.10008.1.20.1", "1.2.840.10008.1.2", PresentationResult.AbstractSyntaxNotSupported)] // storage commitment
    [InlineData("1.2.276.0.1.2.3", "1.2.840.10008.1.2", PresentationResult.Acceptance)] // a private SOP class
    [InlineData(Uids.Verification, "1.2.840.10008.1.2", PresentationResult.Acceptance)]
    public async Task Context_OfASopClass_IsAnswered(string sopClass, string proposed, PresentationResult expected)
    {
        Assert.Equal(expected, (await NegotiateAsync(sopClass, proposed)).Result);
    }

    [Fact]
    public async Task PrivateSopClass_WhereOnlyKnownOnesAreStored_IsRefused()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { AcceptsUnknownSopClasses = false }, new ScriptedScp());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(
            Peers.Calling(listener.EndPoint, ProposedContext.InMemory("1.2.276.0.1.2.3"), new ProposedContext(Uids.CtImageStorage, Jpeg)), Peers.Soon);
        Assert.Equal(new AcceptedContext(3, Uids.CtImageStorage, Jpeg), Assert.Single(scu.Contexts));
    }

    /// <summary>Proposes one context on the wire, as a peer may that knows encodings we do not.</summary>
    private static async Task<PresentationContextAnswer> NegotiateAsync(string sopClass, string proposed)
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        byte[] request = PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext,
            [new PresentationContext(1, sopClass, proposed.Split(' '))], new UserInformation(0, "1.2.3", null)));
        byte[] answer = await Peers.ExchangeAsync(listener.EndPoint, request);
        int length = PduLimits.HeaderBytes + (answer[4] << 8 | answer[5]); // an A-ABORT follows, because we hung up
        return Assert.Single(Assert.IsType<Pdu.AssociateAc>(PduReader.Read(answer[0], answer.AsMemory(PduLimits.HeaderBytes, length - PduLimits.HeaderBytes))).PresentationContexts);
    }
}
