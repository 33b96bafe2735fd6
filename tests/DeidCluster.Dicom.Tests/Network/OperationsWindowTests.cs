using System.Collections.Concurrent;
using System.Net.Sockets;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>Asynchronous operations (PS3.7 D.3.3.3): several C-STOREs outstanding on one association.</summary>
public class OperationsWindowTests
{
    [Theory]
    [InlineData(1, 16, 1)] // nothing is asked for
    [InlineData(4, 16, 4)]
    [InlineData(100, 16, 16)]
    [InlineData(4, 1, 1)] // refused
    public async Task Window_IsTheSmallerOfBothSides(ushort wanted, ushort granted, int expected)
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { OperationsMax = granted }, new ScriptedScp());
        await using ScuAssociation scu = await ConnectAsync(listener, wanted);
        Assert.Equal(expected, scu.OperationsMax);
    }

    [PeerFact("storescp", "Orthanc")]
    public async Task PeersThatKnowNoWindow_GetOneOperationAtATime()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess storescp = await DcmtkPeer.StoreScpAsync(port, folder.Path);
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("vna"), "VNA", new Dictionary<string, int>());
        foreach ((int peer, string aeTitle) in new[] { (port, "SINK"), (orthanc.DicomPort, "VNA") })
        {
            await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(peer, aeTitle, ProposedContext.Verification) with { OperationsMax = 8 }, Peers.Soon);
            Assert.Equal(1, scu.OperationsMax);
            Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
            await scu.ReleaseAsync(Peers.Soon);
        }
    }

    [Fact]
    public async Task Stores_UpToTheWindow_AreUnderWayAtOnce_AndAnsweredInAnyOrder()
    {
        const int Window = 4;
        ConcurrentDictionary<string, TaskCompletionSource> held = new();
        ScriptedScp scp = Holding(held);
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ConnectAsync(listener, Window);
        List<Task<DimseStatus>> stores = [.. Enumerable.Range(0, Window).Select(number => StoreAsync(scu, number))];
        await Until.TrueAsync(() => held.Count == Window, Peers.Deadline);
        await Assert.ThrowsAsync<InvalidOperationException>(() => StoreAsync(scu, 99));

        for (int number = Window - 1; number >= 0; number--) // the last first
        {
            held[$"1.2.{number}"].SetResult();
            Assert.Equal(new DimseStatus((ushort)(0xB000 + number)), await stores[number].WaitAsync(Peers.Deadline));
        }

        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        await scu.ReleaseAsync(Peers.Soon);
        await listener.StopAsync(Peers.Soon);
        Assert.Empty(scp.Faults);
    }

    [Fact]
    public async Task FileSender_PeerGrantsAWindow_HasSoManyOutstanding_AndTellsOfEachOnce()
    {
        const int Window = 4;
        using TestFolder folder = new();
        int atOnce = 0;
        TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                if (Interlocked.Increment(ref atOnce) == Window)
                {
                    full.SetResult();
                }

                await full.Task.WaitAsync(Peers.Deadline, ct); // the first are not answered before as many are here
                return DimseStatus.Success;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        string[] files = Files(folder, 10);
        List<SentFile> ended = await SendAsync(listener, files, Window);
        Assert.Equal(files, ended.Select(file => file.Path).Order());
        Assert.All(ended, file => Assert.Equal(SendOutcome.Sent, file.Outcome));
    }

    [Fact]
    public async Task FileSender_AssociationIsLostWithinAWindow_FailsWhatWasOutstanding_AndGoesOnWithTheRest()
    {
        const int Window = 4;
        using TestFolder folder = new();
        int number = 0;
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                return Interlocked.Increment(ref number) == 3 ? throw new DicomNetworkException(NetworkFault.Closed, "the test cuts the association") : DimseStatus.Success;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        string[] files = Files(folder, 12);
        List<SentFile> ended = await SendAsync(listener, files, Window);
        Assert.Equal(files, ended.Select(file => file.Path).Order());
        Assert.InRange(ended.Count(file => file.Outcome != SendOutcome.Sent), 1, Window);
        Assert.All(ended, file => Assert.True(file.Outcome is SendOutcome.Sent or SendOutcome.Failed, file.Problem));
    }

    [Fact]
    public async Task ManyStores_ThroughAWindow_AreEachAnsweredWithTheirOwnStatus()
    {
        int atOnce = 0;
        int most = 0;
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                int now = Interlocked.Increment(ref atOnce);
                InterlockedMax(ref most, now);
                await Task.Yield();
                Interlocked.Decrement(ref atOnce);
                return new DimseStatus((ushort)(0xB000 + int.Parse(request.SopInstanceUid[4..])));
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ConnectAsync(listener, 8);
        ConcurrentDictionary<int, ushort> statuses = new();
        await Parallel.ForEachAsync(Enumerable.Range(0, 400), new ParallelOptions { MaxDegreeOfParallelism = scu.OperationsMax }, async (number, _) =>
            statuses[number] = (await StoreAsync(scu, number)).Code);
        Assert.All(statuses, pair => Assert.Equal(0xB000 + pair.Key, pair.Value));
        Assert.Equal(400, statuses.Count);
        Assert.InRange(most, 1, 8);
        await scu.ReleaseAsync(Peers.Soon);
        Assert.Empty(scp.Faults);
    }

    [Fact]
    public async Task Provider_WithoutANegotiatedWindow_TakesOneRequestAtATime()
    {
        int atOnce = 0;
        int most = 0;
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                InterlockedMax(ref most, Interlocked.Increment(ref atOnce));
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                await Task.Yield();
                Interlocked.Decrement(ref atOnce);
                return DimseStatus.Success;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        byte[] stores = [.. Enumerable.Range(1, 20).SelectMany(id => Store((ushort)id))];
        byte[] answer = await Peers.ExchangeAsync(listener.EndPoint, [.. Request(window: null), .. stores, .. PduWriter.Write(new Pdu.ReleaseRq())]);
        Assert.Equal(Enumerable.Range(1, 20).Select(id => (ushort)id), Answered(answer));
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Release_WhileInstancesAreMadeSafe_IsAnsweredAfterTheirResponses()
    {
        ConcurrentDictionary<string, TaskCompletionSource> held = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), Holding(held));
        Task<byte[]> exchange = Peers.ExchangeAsync(listener.EndPoint,
            [.. Request(new OperationsWindow(0, 1)), .. Store(1), .. Store(2), .. Store(3), .. PduWriter.Write(new Pdu.ReleaseRq())]);
        await Until.TrueAsync(() => held.Count == 3, Peers.Deadline);
        foreach (string uid in new[] { "1.2.3", "1.2.1", "1.2.2" })
        {
            held[uid].SetResult();
            await Task.Yield();
        }

        byte[] answer = await exchange;
        Assert.Equal([1, 2, 3], Answered(answer).Select(id => (int)id).Order());
        Assert.Equal(PduWriter.Write(new Pdu.ReleaseRp()), answer[^10..]);
    }

    [Fact]
    public async Task OneStore_ThatIsCancelled_EndsTheAssociationWithAllThatIsOutstanding()
    {
        ConcurrentDictionary<string, TaskCompletionSource> held = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), Holding(held));
        await using ScuAssociation scu = await ConnectAsync(listener, 4);
        using CancellationTokenSource cancellation = new();
        Task<DimseStatus>[] stores = [StoreAsync(scu, 0), StoreAsync(scu, 1, cancellation.Token), StoreAsync(scu, 2)];
        await Until.TrueAsync(() => held.Count == 3, Peers.Deadline);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stores[1].WaitAsync(Peers.Deadline));
        await Assert.ThrowsAnyAsync<DicomNetworkException>(() => stores[0].WaitAsync(Peers.Deadline));
        await Assert.ThrowsAnyAsync<DicomNetworkException>(() => stores[2].WaitAsync(Peers.Deadline));
        Assert.False(scu.IsUsable);
    }

    [Fact]
    public async Task Provider_ThatStopsWhileInstancesAreMadeSafe_AnswersThemFirst()
    {
        ConcurrentDictionary<string, TaskCompletionSource> held = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), Holding(held));
        await using ScuAssociation scu = await ConnectAsync(listener, 2);
        Task<DimseStatus>[] stores = [StoreAsync(scu, 0), StoreAsync(scu, 1)];
        await Until.TrueAsync(() => held.Count == 2, Peers.Deadline);
        Task stopping = listener.StopAsync(Peers.Soon);
        held["1.2.0"].SetResult();
        held["1.2.1"].SetResult();
        Assert.Equal(0xB000, (await stores[0].WaitAsync(Peers.Deadline)).Code);
        Assert.Equal(0xB001, (await stores[1].WaitAsync(Peers.Deadline)).Code);
        await stopping;
    }

    private static ScriptedScp Holding(ConcurrentDictionary<string, TaskCompletionSource> held) => new()
    {
        Store = async (request, ct) =>
        {
            await request.DataSet.CopyToAsync(Stream.Null, ct);
            await held.GetOrAdd(request.SopInstanceUid, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(ct);
            return new DimseStatus((ushort)(0xB000 + int.Parse(request.SopInstanceUid[4..])));
        },
    };

    private static Task<ScuAssociation> ConnectAsync(DicomListener listener, ushort window) => ScuAssociation.ConnectAsync(
        Peers.Calling(listener.EndPoint, SampleInstances.Context, ProposedContext.Verification) with { OperationsMax = window }, Peers.Soon);

    private static Task<DimseStatus> StoreAsync(ScuAssociation scu, int number, CancellationToken ct = default) => scu.StoreAsync(
        Uids.CtImageStorage, $"1.2.{number}", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[30_000]), 30_000, null, ct);

    private static byte[] Request(OperationsWindow? window) => PduWriter.Write(new Pdu.AssociateRq("SCP", "SCU", PduWriter.DicomApplicationContext,
        [new PresentationContext(1, Uids.CtImageStorage, [Uids.ImplicitVrLittleEndian])], new UserInformation(16384, "1.2.3", null) { OperationsWindow = window }));

    private static byte[] Store(ushort id)
    {
        CommandSet command = new(CommandField.CStoreRq) { AffectedSopClassUid = Uids.CtImageStorage, MessageId = id, AffectedSopInstanceUid = $"1.2.{id}", HasDataSet = true };
        return PduWriter.Write(new Pdu.DataTf([new Pdv(1, true, true, command.Write()), new Pdv(1, false, true, new byte[100])]));
    }

    /// <summary>The message ids that were answered, in order.</summary>
    private static IEnumerable<ushort> Answered(byte[] answer)
    {
        for (int at = 0; at < answer.Length;)
        {
            int length = PduLimits.HeaderBytes + (answer[at + 3] << 16 | answer[at + 4] << 8 | answer[at + 5]);
            if (PduReader.Read(answer[at], answer.AsMemory(at + PduLimits.HeaderBytes, length - PduLimits.HeaderBytes)) is Pdu.DataTf data)
            {
                yield return CommandSet.Read(data.Pdvs[0].Bytes.Span).MessageIdBeingRespondedTo!.Value;
            }

            at += length;
        }
    }

    private static void InterlockedMax(ref int most, int now)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, seen) != seen)
        {
        }
    }

    private static string[] Files(TestFolder folder, int count) => [.. Enumerable.Range(1, count).Select(number =>
    {
        string path = folder.File($"{number:00}.dcm");
        File.WriteAllBytes(path, SampleInstances.File(1, 1, number));
        return path;
    })];

    private static async Task<List<SentFile>> SendAsync(DicomListener listener, string[] files, ushort window)
    {
        List<SentFile> ended = [];
        await foreach (SentFile file in new FileSender(Peers.Calling(listener.EndPoint) with { OperationsMax = window }, associations: 1).SendAsync(files, Peers.Soon))
        {
            ended.Add(file);
        }

        return ended;
    }
}
