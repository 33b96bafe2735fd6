using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>SCP/SCU role selection (PS3.7 D.3.3.4), both sides.</summary>
public class RoleTests
{
    private const RequestorRoles Both = RequestorRoles.Scu | RequestorRoles.Scp;

    [Theory]
    [InlineData(RequestorRoles.Scu, true, RequestorRoles.Scu)] // nothing is proposed then, and the default stays
    [InlineData(RequestorRoles.Scp, true, RequestorRoles.Scp)]
    [InlineData(Both, true, Both)]
    [InlineData(Both, false, RequestorRoles.Scu)]
    public async Task Roles_OfAStorageClass_AreThoseProposedAndGranted(RequestorRoles proposed, bool grants, RequestorRoles expected)
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { GrantsScpRole = _ => grants }, new ScriptedScp());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Storage(proposed)), Peers.Soon);
        Assert.Equal(expected, Assert.Single(scu.Contexts).Roles);
        Assert.Equal(expected.HasFlag(RequestorRoles.Scu), scu.FindContext(Uids.CtImageStorage) is not null);
        await scu.ReleaseAsync(Peers.Soon);
    }

    [Fact]
    public async Task Context_WhoseOnlyRoleIsNotGranted_IsRefused()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(
            Peers.Calling(listener.EndPoint, Storage(RequestorRoles.Scp), ProposedContext.Verification), Peers.Soon);
        Assert.Equal(Uids.Verification, Assert.Single(scu.Contexts).AbstractSyntax);
    }

    [Fact]
    public async Task Provider_ThatOpensItsAssociation_MayReportToAListenerThatGrantsIt()
    {
        const string StorageCommitment = "1.2.840.10008.1.20.1";
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { GrantsScpRole = sopClassUid => sopClassUid == StorageCommitment }, new ScriptedScp());
        ProposedContext reporting = ProposedContext.InMemory(StorageCommitment) with { Roles = RequestorRoles.Scp };
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, reporting), Peers.Soon);
        Assert.Equal(RequestorRoles.Scp, Assert.Single(scu.Contexts).Roles);
    }

    [PeerFact("dcmqrscp")]
    public async Task Dcmqrscp_AskedForTheScpRole_GrantsIt()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(port, folder.Path, "ARCHIVE", new Dictionary<string, int> { ["DEST"] = FreePort.Next() });
        ProposedContext get = ProposedContext.InMemory(Uids.StudyRootQueryRetrieveInformationModelGet);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(port, "ARCHIVE", get, Storage(Both)), Peers.Soon);
        Assert.Equal(RequestorRoles.Scu, scu.FindContext(get.AbstractSyntax)?.Roles);
        Assert.Equal(Both, scu.FindContext(Uids.CtImageStorage)?.Roles);
        await scu.ReleaseAsync(Peers.Soon);
    }

    private static ProposedContext Storage(RequestorRoles roles) => new(Uids.CtImageStorage, TransferSyntax.ExplicitVrLittleEndian) { Roles = roles };
}
