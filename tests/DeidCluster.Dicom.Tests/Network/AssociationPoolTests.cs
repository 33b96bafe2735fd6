using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

public class AssociationPoolTests
{
    [Fact]
    public async Task Association_GivenBack_IsUsedAgain_ForTheSameTermsOnly()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        await using AssociationPool pool = new(new PoolLimits());
        AssociationOptions echo = Peers.Calling(listener.EndPoint, ProposedContext.Verification);
        for (int time = 0; time < 5; time++)
        {
            await using PooledAssociation rented = await pool.RentAsync(echo with { }, Peers.Soon);
            Assert.Equal(DimseStatus.Success, await rented.Association.EchoAsync(Peers.Soon));
        }

        Assert.Equal(1, pool.Negotiated);
        await using (await pool.RentAsync(echo with { CallingAeTitle = "OTHER" }, Peers.Soon))
        await using (await pool.RentAsync(echo with { UserIdentity = UserIdentity.Username("someone") }, Peers.Soon))
        await using (await pool.RentAsync(echo with { PresentationContexts = [SampleInstances.Context] }, Peers.Soon))
        {
            Assert.Equal(4, pool.Negotiated);
        }
    }

    [Fact]
    public async Task Callers_BeyondTheLimit_AreServedInOrder_AndMayGiveUp()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        await using AssociationPool pool = new(new PoolLimits { AssociationsPerPeerMax = 1 });
        AssociationOptions options = Peers.Calling(listener.EndPoint, ProposedContext.Verification);
        PooledAssociation first = await pool.RentAsync(options, Peers.Soon);
        using CancellationTokenSource impatient = new();
        Task<PooledAssociation> givesUp = pool.RentAsync(options, impatient.Token);
        Task<PooledAssociation> second = pool.RentAsync(options, Peers.Soon);
        Task<PooledAssociation> third = pool.RentAsync(options, Peers.Soon);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givesUp);
        await first.DisposeAsync();
        PooledAssociation served = await second;
        Assert.False(third.IsCompleted);
        await served.DisposeAsync();
        await served.DisposeAsync(); // the second time nothing happens
        await (await third).DisposeAsync();
        Assert.Equal(1, pool.Negotiated);
    }

    [Fact]
    public async Task Association_ThatThePeerEnded_IsFoundOutBeforeItIsUsed()
    {
        TaskCompletionSource<Exception> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { IdleTimeout = TimeSpan.FromMilliseconds(50) }, scp);
        await using AssociationPool pool = new(new PoolLimits { IdleTimeout = TimeSpan.FromMinutes(1) });
        AssociationOptions options = Peers.Calling(listener.EndPoint, ProposedContext.Verification);
        await using (PooledAssociation rented = await pool.RentAsync(options, Peers.Soon))
        {
            Assert.Equal(DimseStatus.Success, await rented.Association.EchoAsync(Peers.Soon));
        }

        await scp.FirstFault.Task.WaitAsync(Peers.Deadline); // the listener aborts it; the abort may still be on its way
        using CancellationTokenSource deadline = new(Peers.Deadline);
        while (pool.Negotiated == 1)
        {
            await using PooledAssociation rented = await pool.RentAsync(options, deadline.Token);
        }

        await using PooledAssociation again = await pool.RentAsync(options, Peers.Soon);
        Assert.True(again.Association.IsUsable);
    }

    [Fact]
    public async Task Association_WhoseUseFailed_IsNotKept()
    {
        ScriptedScp scp = new() { Store = (_, _) => throw new DicomNetworkException(NetworkFault.Protocol, "ends the association") };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using AssociationPool pool = new(new PoolLimits { AssociationsPerPeerMax = 1 });
        AssociationOptions options = Peers.Calling(listener.EndPoint, SampleInstances.Context, ProposedContext.Verification);
        await using (PooledAssociation rented = await pool.RentAsync(options, Peers.Soon))
        {
            await Assert.ThrowsAnyAsync<DicomNetworkException>(() => rented.Association.StoreAsync(
                Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[100]), 100, null, Peers.Soon));
        }

        await using PooledAssociation next = await pool.RentAsync(options, Peers.Soon);
        Assert.Equal(DimseStatus.Success, await next.Association.EchoAsync(Peers.Soon));
        Assert.Equal(2, pool.Negotiated);
    }

    [Fact]
    public async Task Peer_ThatCannotBeReached_LeavesItsPlaceToTheNext()
    {
        await using AssociationPool pool = new(new PoolLimits { AssociationsPerPeerMax = 1 });
        AssociationOptions nobody = Peers.Calling(FreePort.Next(), "SCP", ProposedContext.Verification);
        for (int time = 0; time < 3; time++)
        {
            await Assert.ThrowsAsync<DicomNetworkException>(() => pool.RentAsync(nobody, Peers.Soon));
        }
    }

    [Theory]
    [InlineData(2, 60, 3)] // two uses each: 5 rents need three
    [InlineData(1000, 0, 5)] // older than nothing: one each
    public async Task Association_UsedOften_OrOld_IsReplaced(int usesMax, int ageSecondsMax, int expected)
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        await using AssociationPool pool = new(new PoolLimits { UsesMax = usesMax, AgeMax = TimeSpan.FromSeconds(ageSecondsMax) });
        for (int time = 0; time < 5; time++)
        {
            await using PooledAssociation rented = await pool.RentAsync(Peers.Calling(listener.EndPoint, ProposedContext.Verification), Peers.Soon);
        }

        Assert.Equal(expected, pool.Negotiated);
    }

    [Fact]
    public async Task IdleAssociations_AreReleased_AndAtTheEndEverythingIs()
    {
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        AssociationPool pool = new(new PoolLimits { IdleTimeout = TimeSpan.FromMilliseconds(50) });
        AssociationOptions options = Peers.Calling(listener.EndPoint, ProposedContext.Verification);
        await using (await pool.RentAsync(options, Peers.Soon))
        {
        }

        using CancellationTokenSource deadline = new(Peers.Deadline);
        while (listener.Associations > 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), deadline.Token);
        }

        Assert.Empty(scp.Faults);
        PooledAssociation inUse = await pool.RentAsync(options, Peers.Soon);
        await pool.DisposeAsync();
        Assert.False(inUse.Association.IsUsable);
        await inUse.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pool.RentAsync(options, Peers.Soon));
    }

    [PeerFact("Orthanc")]
    public async Task HundredFinds_InOrthanc_NegotiateOnce()
    {
        const int Finds = 100;
        using TestFolder folder = new();
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Path, "VNA", new Dictionary<string, int>());
        await orthanc.UploadAsync(SampleInstances.File(1, 1, 1));
        AssociationOptions options = Peers.Calling(orthanc.DicomPort, "VNA", Peers.StudyFind);
        DataSet keys = Peers.Identifier("STUDY", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1)));

        long started = Stopwatch.GetTimestamp();
        for (int time = 0; time < Finds; time++)
        {
            await using ScuAssociation alone = await ScuAssociation.ConnectAsync(options, Peers.Soon);
            Assert.Single(await alone.FindAsync(Peers.StudyFind.AbstractSyntax, keys, Peers.Soon).ToListAsync());
            await alone.ReleaseAsync(Peers.Soon);
        }

        TimeSpan alones = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        await using AssociationPool pool = new(new PoolLimits());
        for (int time = 0; time < Finds; time++)
        {
            await using PooledAssociation rented = await pool.RentAsync(options, Peers.Soon);
            Assert.Single(await rented.Association.FindAsync(Peers.StudyFind.AbstractSyntax, keys, Peers.Soon).ToListAsync());
        }

        TimeSpan pooled = Stopwatch.GetElapsedTime(started);
        Facts.Say($"{Finds} finds in Orthanc: {alones.TotalMilliseconds:0} ms with an association each, {pooled.TotalMilliseconds:0} ms with {pool.Negotiated} of a pool");
        Assert.InRange(pool.Negotiated, 1, 3); // an idle association that a loaded Orthanc closed is replaced
    }
}
