using System.Security.Cryptography;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

public class OperationTests
{
    private static readonly ProposedContext Ct = new(Uids.CtImageStorage, TransferSyntax.ExplicitVrLittleEndian);

    [Theory]
    [InlineData(0, 16384, 16384)]
    [InlineData(2, 16384, 16384)]
    [InlineData(16384 - 6, 16384, 16384)]
    [InlineData(3 * (16384 - 6), 16384, 131072)]
    [InlineData(1_000_000, 131072, 131072)]
    [InlineData(1_000_002, 131072, 4096)]
    [InlineData(300_000, 128, 131072)]
    public async Task Store_OfAnyLength_ArrivesAsItWasSent(int length, int sendBytesMax, int receiveBytesMax)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(length);
        byte[] received = [];
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                using MemoryStream bytes = new();
                await request.DataSet.CopyToAsync(bytes, ct);
                received = bytes.ToArray();
                return DimseStatus.Success;
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { PduBytesMax = receiveBytesMax }, scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Ct) with { PduBytesMax = sendBytesMax }, Peers.Soon);
        DimseStatus status = await scu.StoreAsync(
            Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(sent), length, new MoveOriginator("WHO", 7), Peers.Soon);
        Assert.Equal(DimseStatus.Success, status);
        Assert.Equal(sent, received);
        await scu.ReleaseAsync(Peers.Soon);
    }

    [Fact]
    public async Task Store_Request_CarriesWhoAndWhat()
    {
        StoreRequest? seen = null;
        ScriptedScp scp = new()
        {
            Store = (request, _) =>
            {
                seen = request;
                return ValueTask.FromResult(new DimseStatus(0xB007)); // and leaves the data set unread
            },
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Ct), Peers.Soon);
        for (int time = 0; time < 2; time++)
        {
            DimseStatus status = await scu.StoreAsync(
                Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[500_000]), 500_000, new MoveOriginator("WHO", 7), Peers.Soon);
            Assert.Equal(DimseStatusClass.Warning, status.Class);
        }

        Assert.Equal("SCU", seen!.Association.CallingAeTitle);
        Assert.Equal(("1.2.3", Uids.CtImageStorage), (seen.SopInstanceUid, seen.SopClassUid));
        Assert.Equal(new MoveOriginator("WHO", 7), seen.MoveOriginator);
        Assert.Equal(Uids.ExplicitVrLittleEndian, seen.TransferSyntax.Uid);
    }

    [Fact]
    public async Task Store_WhoseHandlerFails_IsAFailureStatus_AndTheAssociationGoesOn()
    {
        ScriptedScp scp = new() { Store = (_, _) => throw new IOException("disk") };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Ct, ProposedContext.Verification), Peers.Soon);
        DimseStatus status = await scu.StoreAsync(Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[100]), 100, null, Peers.Soon);
        Assert.Equal(DimseStatus.ProcessingFailure, status);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        Assert.IsType<IOException>(Assert.Single(scp.Faults));
    }

    [Fact]
    public async Task Store_WithAnInstanceUidThatIsNone_IsRefusedBeforeTheHandler()
    {
        ScriptedScp scp = new() { Store = (_, _) => throw new InvalidOperationException() };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Ct), Peers.Soon);
        DimseStatus status = await scu.StoreAsync(
            Uids.CtImageStorage, "../../x", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[100]), 100, null, Peers.Soon);
        Assert.Equal(DimseStatus.InvalidSopInstance, status);
    }

    [Fact]
    public async Task Store_OnAContextThatWasRefused_LeavesTheAssociationUsable()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(ScpOperations.Echo), new ScriptedScp());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Ct, ProposedContext.Verification), Peers.Soon);
        Assert.Equal(Uids.Verification, Assert.Single(scu.Contexts).AbstractSyntax);
        DicomNetworkException fault = await Assert.ThrowsAsync<DicomNetworkException>(() => scu.StoreAsync(
            Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[100]), 100, null, Peers.Soon));
        Assert.Equal(NetworkFault.PresentationContextRefused, fault.Fault);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
    }

    [Fact]
    public async Task Store_WhoseSourceEndsEarly_AbortsAndThrows()
    {
        ScriptedScp scp = new();
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Ct), Peers.Soon);
        await Assert.ThrowsAsync<EndOfStreamException>(() => scu.StoreAsync(
            Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(new byte[600_000]), 700_000, null, Peers.Soon));
        Assert.False(scu.IsUsable);
        await listener.StopAsync(Peers.Soon);
        Assert.IsType<AssociationAbortedException>(Assert.Single(scp.Faults));
    }

    [Fact]
    public async Task Find_GivesEachMatch_ThenEnds()
    {
        ScriptedScp scp = new() { Find = (_, ct) => ScriptedScp.Matches(300, ct) };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Peers.StudyFind), Peers.Soon);
        List<string?> found = [];
        await foreach (DataSet match in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier("STUDY"), Peers.Soon))
        {
            found.Add(match.GetString(Tags.StudyInstanceUID));
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(number => $"1.2.{number}"), found);
        await scu.ReleaseAsync(Peers.Soon);
    }

    [Fact]
    public async Task Find_ThatFails_ThrowsItsStatus_AndTheAssociationGoesOn()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Peers.StudyFind, ProposedContext.Verification), Peers.Soon);
        DimseStatusException failed = await Assert.ThrowsAsync<DimseStatusException>(async () =>
        {
            await foreach (DataSet _ in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier("STUDY"), Peers.Soon))
            {
                Assert.Fail("no match was expected");
            }
        });
        Assert.Equal(DimseStatus.UnableToProcess, failed.Status);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
    }

    [Fact]
    public async Task Find_ThatIsAbandoned_IsCancelledAtThePeer_AndTheAssociationGoesOn()
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedScp scp = new() { Find = (_, ct) => Endless(ended, ct) };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Peers.StudyFind, ProposedContext.Verification), Peers.Soon);
        await foreach (DataSet _ in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier("STUDY"), Peers.Soon))
        {
            break;
        }

        await ended.Task.WaitAsync(Peers.Deadline);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));

        static async IAsyncEnumerable<DataSet> Endless(TaskCompletionSource ended, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            yield return Peers.Identifier("STUDY", (Tags.StudyInstanceUID, "1.2"));
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            }
            finally
            {
                ended.SetResult();
            }
        }
    }

    [Fact]
    public async Task Find_WhoseCallerIsGone_IsEndedAtTheProvider()
    {
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ScriptedScp scp = new() { Find = (_, ct) => Waiting(ct) };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Peers.StudyFind) with { CancelTimeout = TimeSpan.FromMilliseconds(1) }, Peers.Soon);
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(100));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (DataSet _ in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier("STUDY"), soon.Token))
            {
                Assert.Fail("no match was expected");
            }
        });
        await scu.DisposeAsync();
        await cancelled.Task.WaitAsync(Peers.Deadline);

        async IAsyncEnumerable<DataSet> Waiting([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
        {
            using CancellationTokenRegistration registration = ct.Register(cancelled.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            yield break;
        }
    }

    [Fact]
    public async Task Move_SendsEverything_ReportsCounts_AndListsFailures()
    {
        List<string> received = [];
        ScriptedScp sink = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                received.Add(request.SopInstanceUid);
                return request.SopInstanceUid == "1.2.1" ? new DimseStatus(0xB000) : DimseStatus.Success;
            },
        };
        await using DicomListener destination = DicomListener.Start(Peers.Listening() with { AeTitle = "DEST" }, sink);
        ScriptedScp archive = new()
        {
            Move = _ => new MovePlan("127.0.0.1", destination.EndPoint.Port, [.. Enumerable.Range(0, 5).Select(number => new RetrieveInstance(
                Uids.CtImageStorage, $"1.2.{number}", TransferSyntax.ExplicitVrLittleEndian,
                () => number == 3 ? throw new IOException("lost") : new MemoryStream(new byte[1000])))]),
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), archive);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Peers.StudyMove), Peers.Soon);
        Recorder progress = new();
        RetrieveOutcome outcome = await scu.MoveAsync(
            Uids.StudyRootQueryRetrieveInformationModelMove, Peers.Identifier("STUDY", (Tags.StudyInstanceUID, "1.2")), "DEST", progress, Peers.Soon);
        Assert.Equal(DimseStatus.SubOperationsWithFailures, outcome.Status);
        Assert.Equal(new SubOperations(0, 3, 1, 1), outcome.SubOperations);
        Assert.Equal(["1.2.3"], outcome.FailedSopInstanceUids);
        Assert.Equal(["1.2.0", "1.2.1", "1.2.2", "1.2.4"], received);
        Assert.Equal(new SubOperations(4, 1, 0, 0), progress.Reports[0]);
        Assert.Equal(5, progress.Reports.Count);
        await scu.ReleaseAsync(Peers.Soon);
    }

    [Fact]
    public async Task Move_ToAnUnknownDestination_GivesItsStatus()
    {
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), new ScriptedScp());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Peers.StudyMove), Peers.Soon);
        RetrieveOutcome outcome = await scu.MoveAsync(
            Uids.StudyRootQueryRetrieveInformationModelMove, Peers.Identifier("STUDY", (Tags.StudyInstanceUID, "1.2")), "NOWHERE", null, Peers.Soon);
        Assert.Equal(DimseStatus.MoveDestinationUnknown, outcome.Status);
    }

    [Fact]
    public async Task Move_ThatIsCancelled_StopsTheArchive_AndTheAssociationGoesOn()
    {
        using CancellationTokenSource cancel = new();
        int received = 0;
        ScriptedScp sink = new()
        {
            Store = async (request, ct) =>
            {
                await request.DataSet.CopyToAsync(Stream.Null, ct);
                if (Interlocked.Increment(ref received) == 2)
                {
                    await cancel.CancelAsync();
                }

                return DimseStatus.Success;
            },
        };
        await using DicomListener destination = DicomListener.Start(Peers.Listening() with { AeTitle = "DEST" }, sink);
        ScriptedScp archive = new()
        {
            Move = _ => new MovePlan("127.0.0.1", destination.EndPoint.Port, [.. Enumerable.Range(0, 10_000).Select(number => new RetrieveInstance(
                Uids.CtImageStorage, $"1.2.{number}", TransferSyntax.ExplicitVrLittleEndian, () => new MemoryStream(new byte[1000])))]),
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), archive);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Peers.StudyMove, ProposedContext.Verification), Peers.Soon);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scu.MoveAsync(
            Uids.StudyRootQueryRetrieveInformationModelMove, Peers.Identifier("STUDY", (Tags.StudyInstanceUID, "1.2")), "DEST", null, cancel.Token));
        Assert.InRange(received, 2, 9_999);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
    }

    [Fact]
    public async Task Operations_WithinAFind_AreRefused()
    {
        ScriptedScp scp = new() { Find = (_, ct) => ScriptedScp.Matches(2, ct) };
        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Peers.StudyFind, ProposedContext.Verification), Peers.Soon);
        await foreach (DataSet _ in scu.FindAsync(Uids.StudyRootQueryRetrieveInformationModelFind, Peers.Identifier("STUDY"), Peers.Soon))
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => scu.EchoAsync(Peers.Soon));
        }

        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
    }

    [Fact]
    public async Task Part10Receiver_WritesAFileThatCanBeRead_AndDigestsIt()
    {
        using TestFolder folder = new();
        string path = folder.File("received.dcm");
        Part10Receipt? receipt = null;
        ScriptedScp scp = new()
        {
            Store = async (request, ct) =>
            {
                await using FileStream file = File.Create(path);
                receipt = await Part10Receiver.ReceiveAsync(request, file, ct);
                return DimseStatus.Success;
            },
        };
        DataSet instance = new();
        instance.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        instance.SetString(Tags.SOPInstanceUID, "1.2.3");
        instance.Set(new ValueElement(Tags.PixelData, Vr.OW, new byte[600_000]));
        byte[] bytes = DataSetWriter.ToBytes(instance, TransferSyntax.ExplicitVrLittleEndian);

        await using DicomListener listener = DicomListener.Start(Peers.Listening(), scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Ct), Peers.Soon);
        Assert.Equal(DimseStatus.Success, await scu.StoreAsync(
            Uids.CtImageStorage, "1.2.3", TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(bytes), bytes.Length, null, Peers.Soon));

        byte[] written = await File.ReadAllBytesAsync(path);
        Assert.Equal(new Part10Receipt(written.Length, Convert.ToHexStringLower(SHA256.HashData(written))), receipt);
        using DicomFile read = DicomFile.Open(path);
        Assert.Equal(Uids.ExplicitVrLittleEndian, read.TransferSyntax.Uid);
        Assert.Equal("SCU", read.FileMeta.GetString(Tags.SendingApplicationEntityTitle));
        Assert.Equal("1.2.3", read.DataSet.GetString(Tags.SOPInstanceUID));
        Assert.Equal(bytes, written[^bytes.Length..]);
        Assert.Equal(DicomFileWriter.Head(read.FileMeta).ToArray(), written[..^bytes.Length]); // no other bytes than the writer of files makes
    }

    private sealed class Recorder : IProgress<SubOperations>
    {
        public List<SubOperations> Reports { get; } = [];

        public void Report(SubOperations value) => Reports.Add(value);
    }
}
