using System.Text;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>User identity negotiation (PS3.7 D.3.3.7) and what is negotiated for single SOP classes (D.3.3.5, D.3.3.6).</summary>
public class UserIdentityTests
{
    private const string Secret = "correct horse battery";

    public static TheoryData<UserIdentityType> Types() => [.. Enum.GetValues<UserIdentityType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Identity_OfEachType_ReachesTheHandler_AndItsResponseComesBack(UserIdentityType type)
    {
        UserIdentity identity = Identity(type);
        UserIdentity? seen = null;
        IdentityScp scp = new(shown =>
        {
            seen = shown;
            return IdentityVerdict.Confirmed(type == UserIdentityType.Kerberos ? "server ticket"u8.ToArray() : default);
        });
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Calling(listener, identity), Peers.Soon);
        Assert.Equal((identity.Type, Convert.ToHexString(identity.Primary.Span), Convert.ToHexString(identity.Secondary.Span)),
            (seen!.Type, Convert.ToHexString(seen.Primary.Span), Convert.ToHexString(seen.Secondary.Span)));
        Assert.Equal(type == UserIdentityType.Kerberos ? "server ticket" : "", Encoding.UTF8.GetString(scu.UserIdentityResponse!.Value.Span));
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
    }

    [Fact]
    public async Task Identity_ThatIsNotLookedAt_GetsNoResponse()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Calling(listener, Identity(UserIdentityType.Jwt)), Peers.Soon);
        Assert.Null(scu.UserIdentityResponse);
    }

    [Fact]
    public async Task Identity_WithoutARequestForIt_GetsNoResponse()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new IdentityScp(_ => IdentityVerdict.Confirmed()));
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Calling(listener, UserIdentity.Username("someone")), Peers.Soon);
        Assert.Null(scu.UserIdentityResponse);
    }

    [Fact]
    public async Task Identity_ThatIsRefused_RejectsTheAssociationForGood()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new IdentityScp(_ => IdentityVerdict.Refused));
        AssociationRejectedException rejected = await Assert.ThrowsAsync<AssociationRejectedException>(
            () => ScuAssociation.ConnectAsync(Calling(listener, Identity(UserIdentityType.UsernameAndPasscode)), Peers.Soon));
        Assert.Equal(new AssociationRejection(1, 2, 1), rejected.Rejection); // PS3.7 D.3.3.7: permanent, ACSE
        Assert.DoesNotContain(Secret, rejected.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Identity_AsText_HoldsNothingOfTheSecret(UserIdentityType type)
    {
        UserIdentity identity = Identity(type);
        Pdu.AssociateRq request = new("SCP", "SCU", PduWriter.DicomApplicationContext, [], new UserInformation(0, "1.2.3", null) { UserIdentity = identity });
        AssociationOptions options = Peers.Calling(1, "SCP", ProposedContext.Verification) with { UserIdentity = identity };
        Assert.All([identity.ToString(), request.ToString(), options.ToString()], text => Assert.DoesNotContain("horse", text, StringComparison.Ordinal));
    }

    [Fact]
    public void UserInformation_WithEverything_IsTheSameAfterARoundTrip()
    {
        UserInformation user = new(16384, "1.2.3", "VERSION")
        {
            OperationsWindow = new OperationsWindow(0, 7),
            Roles = [new RoleSelection(Uids.CtImageStorage, false, true)],
            ExtendedNegotiations = [new ExtendedNegotiation(Uids.StudyRootQueryRetrieveInformationModelFind, new byte[] { 1, 0, 1 })],
            CommonExtendedNegotiations = [new CommonExtendedNegotiation("1.2.3.4", "1.2.840.10008.4.2", [Uids.CtImageStorage, "1.2.5"])],
            UserIdentity = Identity(UserIdentityType.UsernameAndPasscode),
        };
        byte[] bytes = PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext, [], user));
        UserInformation read = Assert.IsType<Pdu.AssociateRq>(PduReader.Read(bytes[0], bytes.AsMemory(6))).UserInformation;
        Assert.Equal(user.OperationsWindow, read.OperationsWindow);
        Assert.Equal(user.Roles, read.Roles);
        Assert.Equal("010001", Convert.ToHexString(Assert.Single(read.ExtendedNegotiations).Information.Span));
        CommonExtendedNegotiation common = Assert.Single(read.CommonExtendedNegotiations);
        Assert.Equal(("1.2.3.4", "1.2.840.10008.4.2"), (common.SopClassUid, common.ServiceClassUid));
        Assert.Equal([Uids.CtImageStorage, "1.2.5"], common.RelatedGeneralSopClassUids);
        Assert.Equal(Secret, Encoding.UTF8.GetString(read.UserIdentity!.Secondary.Span));
        byte[] again = PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext, [], read));
        Assert.Equal(Convert.ToHexString(bytes), Convert.ToHexString(again));
    }

    /// <summary>Each sub-item byte by byte (PS3.7 D.3.3), cut at every length.</summary>
    [Theory]
    [InlineData("53000004" + "0003" + "0000")] // at most 3 invoked, any number performed
    [InlineData("56000009" + "0005" + "312E322E33" + "0101")] // 1.2.3, relational queries and combined date-time matching
    [InlineData("57000015" + "0005" + "312E322E33" + "0003" + "312E34" + "0007" + "0005" + "312E322E35")] // 1.2.3 of service class 1.4, related to 1.2.5
    [InlineData("5800000D" + "02" + "01" + "0004" + "75736572" + "0003" + "616263")] // user, abc; asks for a response
    public void SubItem_CutAnywhere_IsRefusedWithAnOffset(string hex)
    {
        byte[] item = Convert.FromHexString(hex);
        Assert.IsType<Pdu.AssociateRq>(Read(item));
        for (int length = 5; length < item.Length; length++)
        {
            byte[] cut = item[..length];
            cut[3] = (byte)(length - 4);
            if (!(item[0] == 0x56 && length >= 11) && !(item[0] == 0x58 && length == 12)) // the information's length is free; a missing passcode is let pass
            {
                Assert.Throws<DicomFormatException>(() => Read(cut));
            }
        }

        static Pdu Read(byte[] item) => PduReader.Read(1, (byte[])[.. new byte[68], 0x50, 0, 0, (byte)item.Length, .. item]);
    }

    [Fact]
    public async Task ExtendedNegotiation_IsAnsweredByTheOptions_AndSeenByBothSides()
    {
        const string Find = Uids.StudyRootQueryRetrieveInformationModelFind;
        IReadOnlyList<ExtendedNegotiation> agreed = [];
        ScriptedScp scp = new()
        {
            Accept = request =>
            {
                agreed = request.ExtendedNegotiations;
                return null;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with
        {
            AnswersExtended = asked => asked.SopClassUid == Find ? asked with { Information = new byte[] { asked.Information.Span[0], 0 } } : null,
        }, scp);
        AssociationOptions calling = Peers.Calling(listener.EndPoint, Peers.StudyFind, ProposedContext.Verification) with
        {
            ExtendedNegotiations = [new ExtendedNegotiation(Find, new byte[] { 1, 1 }), new ExtendedNegotiation(Uids.Verification, new byte[] { 1 })],
        };
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(calling, Peers.Soon);
        Assert.Equal((Find, "0100"), (Assert.Single(scu.ExtendedNegotiations).SopClassUid, Convert.ToHexString(scu.ExtendedNegotiations[0].Information.Span)));
        Assert.Equal(Find, Assert.Single(agreed).SopClassUid);
    }

    [Fact]
    public async Task UnknownSopClass_WhoseServiceClassIsSaidToBeStorage_IsStored()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { AcceptsUnknownSopClasses = false }, new ScriptedScp());
        byte[] request = PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext,
            [new PresentationContext(1, "1.2.276.0.1", [Uids.ImplicitVrLittleEndian]), new PresentationContext(3, "1.2.276.0.2", [Uids.ImplicitVrLittleEndian])],
            new UserInformation(0, "1.2.3", null) { CommonExtendedNegotiations = [new CommonExtendedNegotiation("1.2.276.0.2", "1.2.840.10008.4.2", [])] }));
        byte[] answer = await Peers.ExchangeAsync(listener.EndPoint, request);
        int length = PduLimits.HeaderBytes + (answer[4] << 8 | answer[5]);
        Pdu.AssociateAc accepted = Assert.IsType<Pdu.AssociateAc>(PduReader.Read(answer[0], answer.AsMemory(PduLimits.HeaderBytes, length - PduLimits.HeaderBytes)));
        Assert.Equal([PresentationResult.AbstractSyntaxNotSupported, PresentationResult.Acceptance], accepted.PresentationContexts.Select(context => context.Result));
    }

    [PeerFact("storescu")]
    public async Task Storescu_WithEachIdentity_IsUnderstood()
    {
        using TestFolder folder = new();
        string file = Path.Combine(folder.Path, "ct.dcm");
        string token = Path.Combine(folder.Path, "token");
        await File.WriteAllBytesAsync(file, SampleInstances.File(1, 1, 1));
        await File.WriteAllTextAsync(token, Secret);
        (UserIdentityType Type, string[] Arguments)[] cases =
        [
            (UserIdentityType.Username, ["--user", "someone"]), (UserIdentityType.UsernameAndPasscode, ["--user", "someone", "--password", Secret]),
            (UserIdentityType.Kerberos, ["--kerberos", token]), (UserIdentityType.Saml, ["--saml", token]), (UserIdentityType.Jwt, ["--jwt", token]),
        ];
        foreach ((UserIdentityType type, string[] arguments) in cases)
        {
            UserIdentity? seen = null;
            await using DicomListener listener = DicomListener.Start(Peers.Listening(), new IdentityScp(shown =>
            {
                seen = shown;
                return shown.Type == UserIdentityType.Kerberos ? IdentityVerdict.Confirmed("ticket"u8.ToArray()) : IdentityVerdict.Confirmed();
            }));
            (int exitCode, string output) = await PeerProcess.RunAsync("storescu",
                [.. arguments, "--pos-response", "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}", file], TimeSpan.FromSeconds(30));
            Assert.True(exitCode == 0, output);
            Assert.Equal(type, seen?.Type);
            Assert.Equal(type <= UserIdentityType.UsernameAndPasscode ? "someone" : Secret, Encoding.UTF8.GetString(seen!.Primary.Span).TrimEnd('\0', '\n'));
            Assert.True(seen.AsksForResponse);
        }
    }

    [PeerFact("storescp")]
    public async Task Storescp_WhichDoesNotCheckIdentities_SaysNothing()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, folder.Path);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(port, "SINK", ProposedContext.Verification) with
        {
            UserIdentity = Identity(UserIdentityType.UsernameAndPasscode),
            OperationsMax = 8,
            ExtendedNegotiations = [new ExtendedNegotiation(Uids.CtImageStorage, new byte[] { 2, 0, 0, 0, 0, 0 })],
        }, Peers.Soon);
        Assert.Null(scu.UserIdentityResponse);
        Assert.Equal(1, scu.OperationsMax); // DCMTK knows no asynchronous operations
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        await scu.ReleaseAsync(Peers.Soon);
    }

    private static UserIdentity Identity(UserIdentityType type) => type switch
    {
        UserIdentityType.Username => UserIdentity.Username(Secret, asksForResponse: true),
        UserIdentityType.UsernameAndPasscode => UserIdentity.UsernameAndPasscode("user of " + Secret, Secret),
        UserIdentityType.Kerberos => UserIdentity.Kerberos(Encoding.UTF8.GetBytes(Secret)),
        UserIdentityType.Saml => UserIdentity.Saml(Secret),
        _ => UserIdentity.Jwt(Secret),
    };

    private static AssociationOptions Calling(DicomListener listener, UserIdentity identity) =>
        Peers.Calling(listener.EndPoint, ProposedContext.Verification) with { UserIdentity = identity };

    private sealed class IdentityScp(Func<UserIdentity, IdentityVerdict> check) : IScpHandler
    {
        public ValueTask<IdentityVerdict> CheckIdentityAsync(AssociationRequest request, UserIdentity identity, CancellationToken ct) => ValueTask.FromResult(check(identity));

        public async ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct)
        {
            await request.DataSet.CopyToAsync(Stream.Null, ct);
            return DimseStatus.Success;
        }
    }
}
