using DeidCluster.Dicom.Tests.Network;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Dimse;

/// <summary>C-GET and C-MOVE between our own two sides: what real peers cannot be made to do.</summary>
public class RetrieveTests
{
    private static readonly string Get = Uids.StudyRootQueryRetrieveInformationModelGet;
    private static readonly string Move = Uids.StudyRootQueryRetrieveInformationModelMove;

    private static ListenerOptions Listening => Peers.Listening() with { Operations = ScpOperations.Echo | ScpOperations.Store | ScpOperations.QueryRetrieve | ScpOperations.Get };

    private static DataSet Study => Peers.Identifier("STUDY", (Tags.StudyInstanceUID, "1.2"));

    [Fact]
    public async Task Get_OfNothing_IsASuccessWithZeroCounts()
    {
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp { Get = _ => [] });
        await using ScuAssociation scu = await ConnectAsync(listener);
        RetrieveOutcome outcome = await scu.GetAsync(Get, Study, Refuse, null, Peers.Soon);
        Assert.Equal((DimseStatus.Success, default(SubOperations), true), (outcome.Status, outcome.SubOperations, outcome.IsComplete));
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
    }

    [Fact]
    public async Task Get_WithFailuresAndWarnings_CountsEachApart_AndListsTheFailed()
    {
        RetrieveInstance[] instances =
        [
            Instance(0), Instance(1), // stored, answered with a warning
            Instance(2), // refused by the user
            Instance(3) with { Open = _ => throw new IOException("lost") },
            Instance(4) with { SopClassUid = Uids.RtPlanStorage }, // no context was agreed for it
            Instance(5),
        ];
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp { Get = _ => instances });
        await using ScuAssociation scu = await ConnectAsync(listener);
        List<string> stored = [];
        ProgressList progress = new();
        RetrieveOutcome outcome = await scu.GetAsync(Get, Study, async (store, ct) =>
        {
            using MemoryStream bytes = new();
            await store.DataSet.CopyToAsync(bytes, ct);
            Assert.Equal((600_000, "SCP", "SCU"), (bytes.Length, store.Association.CallingAeTitle, store.Association.CalledAeTitle));
            stored.Add(store.SopInstanceUid);
            return store.SopInstanceUid switch { "1.2.1" => new DimseStatus(0xB007), "1.2.2" => throw new DimseStatusException("C-STORE", DimseStatus.OutOfResources), _ => DimseStatus.Success };
        }, progress, Peers.Soon);
        Assert.Equal(DimseStatus.SubOperationsWithFailures, outcome.Status);
        Assert.Equal(new SubOperations(0, 2, 3, 1), outcome.SubOperations);
        Assert.Equal(["1.2.2", "1.2.3", "1.2.4"], outcome.FailedSopInstanceUids);
        Assert.False(outcome.IsComplete);
        Assert.Equal(["1.2.0", "1.2.1", "1.2.2", "1.2.5"], stored);
        Assert.Equal(new SubOperations(5, 1, 0, 0), progress.Reports[0]);
        await scu.ReleaseAsync(Peers.Soon);
    }

    [Fact]
    public async Task Get_OfWarningsOnly_IsComplete_AndOfFailuresOnly_IsRefused()
    {
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp { Get = _ => [Instance(1), Instance(2)] });
        await using ScuAssociation scu = await ConnectAsync(listener);
        RetrieveOutcome warned = await scu.GetAsync(Get, Study, (_, _) => ValueTask.FromResult(new DimseStatus(0xB000)), null, Peers.Soon);
        Assert.Equal((DimseStatus.SubOperationsWithFailures, new SubOperations(0, 0, 0, 2), true), (warned.Status, warned.SubOperations, warned.IsComplete));
        RetrieveOutcome failed = await scu.GetAsync(Get, Study, Refuse, null, Peers.Soon);
        Assert.Equal((DimseStatus.SubOperationsFailed, new SubOperations(0, 0, 2, 0), false), (failed.Status, failed.SubOperations, failed.IsComplete));
    }

    [Fact]
    public async Task Get_WhoseStoreFailsToWrite_IsCountedAsFailed_AndGoesOn()
    {
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp { Get = _ => [Instance(1), Instance(2)] });
        await using ScuAssociation scu = await ConnectAsync(listener);
        RetrieveOutcome outcome = await scu.GetAsync(Get, Study, async (store, ct) =>
        {
            await store.DataSet.ReadExactlyAsync(new byte[10], ct);
            return store.SopInstanceUid == "1.2.1" ? throw new IOException("disk full") : DimseStatus.Success;
        }, null, Peers.Soon);
        Assert.Equal((new SubOperations(0, 1, 1, 0), "1.2.1"), (outcome.SubOperations, Assert.Single(outcome.FailedSopInstanceUids)));
    }

    [Fact]
    public async Task Get_ThatIsCancelled_StopsTheArchive_AndTheAssociationGoesOn()
    {
        int opened = 0;
        RetrieveInstance endless = Instance(1) with
        {
            Open = _ =>
            {
                Interlocked.Increment(ref opened);
                return new MemoryStream(new byte[600_000]);
            },
        };
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp { Get = _ => [.. Enumerable.Repeat(endless, 10_000)] });
        await using ScuAssociation scu = await ConnectAsync(listener);
        using CancellationTokenSource cancel = new();
        int stored = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scu.GetAsync(Get, Study, async (store, ct) =>
        {
            if (++stored == 3)
            {
                await store.DataSet.ReadExactlyAsync(new byte[10], ct); // in the middle of an instance
                await cancel.CancelAsync();
                ct.ThrowIfCancellationRequested();
            }

            return DimseStatus.Success;
        }, null, cancel.Token));
        Assert.InRange(opened, 3, 10);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        await scu.ReleaseAsync(Peers.Soon);
    }

    [Fact]
    public async Task Get_WhoseArchiveLosesAFileMidway_EndsTheAssociation()
    {
        ScriptedScp scp = new() { Get = _ => [Instance(1) with { Open = _ => new EndsEarly(600_000) }] };
        await using DicomListener listener = DicomListener.Start(Listening, scp);
        await using ScuAssociation scu = await ConnectAsync(listener);
        await Assert.ThrowsAnyAsync<DicomNetworkException>(() => scu.GetAsync(Get, Study, async (store, ct) =>
        {
            await store.DataSet.CopyToAsync(Stream.Null, ct);
            return DimseStatus.Success;
        }, null, Peers.Soon));
        Assert.False(scu.IsUsable);
    }

    [Theory]
    [InlineData(0xA701)]
    [InlineData(0xA702)]
    [InlineData(0xA900)]
    [InlineData(0xAA00)]
    [InlineData(0xC001)]
    public async Task Retrieval_ThatIsRefused_GivesTheStatusAndItsComment(int code)
    {
        DimseStatusException Refusal() => new("C-X", new DimseStatus((ushort)code)) { ErrorComment = "not today", OffendingElements = [Tags.StudyInstanceUID] };
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp { Get = _ => throw Refusal(), Move = _ => throw Refusal() });
        await using ScuAssociation scu = await ConnectAsync(listener);
        RetrieveOutcome got = await scu.GetAsync(Get, Study, Refuse, null, Peers.Soon);
        Assert.Equal((code, DimseStatusClass.Failure, "not today"), (got.Status.Code, got.Status.Class, got.ErrorComment));
        RetrieveOutcome moved = await scu.MoveAsync(Move, Study, "DEST", null, Peers.Soon);
        Assert.Equal((code, "not today"), (moved.Status.Code, moved.ErrorComment));
        Assert.NotNull(new DimseStatus((ushort)code).Describe(DimseService.Get));
    }

    [Fact]
    public async Task Move_OfNothing_IsASuccessWithZeroCounts_AndNeedsNoDestination()
    {
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp { Move = _ => new MovePlan("127.0.0.1", 1, []) });
        await using ScuAssociation scu = await ConnectAsync(listener);
        RetrieveOutcome outcome = await scu.MoveAsync(Move, Study, "DEST", null, Peers.Soon);
        Assert.Equal((DimseStatus.Success, default(SubOperations)), (outcome.Status, outcome.SubOperations));
    }

    [Fact]
    public async Task Move_OverSeveralAssociations_SendsEverythingOnce()
    {
        System.Collections.Concurrent.ConcurrentDictionary<string, int> received = new();
        ScriptedScp sink = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                received.AddOrUpdate(request.SopInstanceUid, 1, (_, count) => count + 1);
                return DimseStatus.Success;
            },
        };
        int associations = 0;
        sink = new ScriptedScp { Store = sink.Store, Accept = _ => { Interlocked.Increment(ref associations); return null; } };
        await using DicomListener destination = DicomListener.Start(Listening with { AeTitle = "DEST" }, sink);
        ScriptedScp archive = new() { Move = _ => new MovePlan("127.0.0.1", destination.EndPoint.Port, [.. Enumerable.Range(0, 50).Select(Instance)]) { Associations = 4 } };
        await using DicomListener listener = DicomListener.Start(Listening, archive);
        await using ScuAssociation scu = await ConnectAsync(listener);
        RetrieveOutcome outcome = await scu.MoveAsync(Move, Study, "DEST", null, Peers.Soon);
        Assert.Equal((DimseStatus.Success, new SubOperations(0, 50, 0, 0)), (outcome.Status, outcome.SubOperations));
        Assert.Equal((50, 4), (received.Count, associations));
        Assert.All(received.Values, times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task Move_WhoseAssociationIsLost_LosesOneInstance_AndGoesOnOnAnother()
    {
        ScriptedScp sink = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                return request.SopInstanceUid == "1.2.2" ? throw new DicomNetworkException(NetworkFault.Closed, "gone") : DimseStatus.Success;
            },
        };
        await using DicomListener destination = DicomListener.Start(Listening with { AeTitle = "DEST" }, sink);
        ScriptedScp archive = new() { Move = _ => new MovePlan("127.0.0.1", destination.EndPoint.Port, [.. Enumerable.Range(0, 6).Select(Instance)]) };
        await using DicomListener listener = DicomListener.Start(Listening, archive);
        await using ScuAssociation scu = await ConnectAsync(listener);
        RetrieveOutcome outcome = await scu.MoveAsync(Move, Study, "DEST", null, Peers.Soon);
        Assert.Equal((DimseStatus.SubOperationsWithFailures, new SubOperations(0, 5, 1, 0)), (outcome.Status, outcome.SubOperations));
        Assert.Equal("1.2.2", Assert.Single(outcome.FailedSopInstanceUids));
    }

    [Fact]
    public async Task Move_WithASlowInstance_TellsThatItGoesOn()
    {
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedScp sink = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                await release.Task.WaitAsync(Peers.Deadline, ct);
                return DimseStatus.Success;
            },
        };
        await using DicomListener destination = DicomListener.Start(Listening with { AeTitle = "DEST" }, sink);
        ScriptedScp archive = new() { Move = _ => new MovePlan("127.0.0.1", destination.EndPoint.Port, [Instance(1)]) };
        await using DicomListener listener = DicomListener.Start(Listening with { PendingInterval = TimeSpan.FromMilliseconds(20) }, archive);
        await using ScuAssociation scu = await ConnectAsync(listener);
        ProgressList progress = new() { OnReport = count => { if (count == 3) { release.SetResult(); } } };
        RetrieveOutcome outcome = await scu.MoveAsync(Move, Study, "DEST", progress, Peers.Soon);
        Assert.Equal(DimseStatus.Success, outcome.Status);
        Assert.Equal(new SubOperations(1, 0, 0, 0), progress.Reports[0]);
    }

    [PeerFact("findscu")]
    public async Task Find_WithAKeyOfALevelBelow_IsAnsweredWithFF01()
    {
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        archive.AddBytes(SampleInstances.File(1, 1, 1));
        (int exit, string output) = await PeerProcess.RunAsync(
            "findscu", ["-v", "-S", "-aec", "ARCHIVE", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "-k", "Modality=US", "127.0.0.1", $"{archive.Port}"], Peers.Deadline);
        Assert.Equal(0, exit);
        Assert.Contains("WarningUnsupportedOptionalKeys", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RelationalQuery_ThatWasNegotiated_NeedsNoKeysAbove()
    {
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        archive.AddBytes(SampleInstances.File(1, 1, 1));
        AssociationOptions options = Peers.Calling(archive.Port, "ARCHIVE", Peers.StudyFind);
        ExtendedNegotiation relational = new(Uids.StudyRootQueryRetrieveInformationModelFind, new QueryOptions { Relational = true }.ToNegotiation());
        foreach ((AssociationOptions asked, bool isRelational) in new[] { (options, false), (options with { ExtendedNegotiations = [relational] }, true) })
        {
            await using ScuAssociation scu = await ScuAssociation.ConnectAsync(asked, Peers.Soon);
            Task<int> finding = CountAsync(scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier("IMAGE", (Tags.SOPInstanceUID, "")), Peers.Soon));
            if (isRelational)
            {
                Assert.Equal(1, await finding);
            }
            else
            {
                Assert.Equal(DimseStatus.DataSetDoesNotMatchSopClass, (await Assert.ThrowsAsync<DimseStatusException>(() => finding)).Status);
            }
        }
    }

    [Fact]
    public void GetContexts_FitOneAssociation_UncompressedFirst()
    {
        IReadOnlyList<ProposedContext> unknown = GetContexts.For(Get, []);
        Assert.Equal(PduLimits.PresentationContextsMax, unknown.Count);
        Assert.Equal(RequestorRoles.Scu, unknown[0].Roles);
        Assert.All(unknown.Skip(1), context => Assert.Equal(RequestorRoles.Scp, context.Roles));
        Assert.Equal(StorageSopClasses.Frequent, unknown.Skip(1).Take(StorageSopClasses.Frequent.Count).Select(context => context.AbstractSyntax));

        IReadOnlyList<ProposedContext> known = GetContexts.For(Get, [Uids.CtImageStorage, "1.2.3.4", Uids.CtImageStorage]);
        Assert.Equal([Uids.CtImageStorage, "1.2.3.4"], known.Skip(1).Select(context => context.AbstractSyntax).Distinct());
        Assert.Contains(known, context => context.TransferSyntaxes.Any(syntax => syntax.IsEncapsulated));
    }

    private static async Task<int> CountAsync(IAsyncEnumerable<DataSet> matches)
    {
        int count = 0;
        await foreach (DataSet _ in matches)
        {
            count++;
        }

        return count;
    }

    private static ValueTask<DimseStatus> Refuse(StoreRequest store, CancellationToken ct) => ValueTask.FromResult(DimseStatus.OutOfResources);

    private static RetrieveInstance Instance(int number) =>
        new(Uids.CtImageStorage, $"1.2.{number}", TransferSyntax.ExplicitVrLittleEndian, () => new MemoryStream(new byte[600_000]));

    private static Task<ScuAssociation> ConnectAsync(DicomListener listener) => ScuAssociation.ConnectAsync(
        Peers.Calling(listener.EndPoint, [ProposedContext.Verification, ProposedContext.InMemory(Move), .. GetContexts.For(Get, [Uids.CtImageStorage])]), Peers.Soon);

    private sealed class ProgressList : IProgress<SubOperations>
    {
        public List<SubOperations> Reports { get; } = [];

        public Action<int> OnReport { get; init; } = _ => { };

        public void Report(SubOperations value)
        {
            Reports.Add(value);
            OnReport(Reports.Count);
        }
    }

    /// <summary>Says that it is as long as <paramref name="length"/>, and ends halfway.</summary>
    private sealed class EndsEarly(int length) : MemoryStream(new byte[length / 2])
    {
        public override long Length => length;
    }
}
