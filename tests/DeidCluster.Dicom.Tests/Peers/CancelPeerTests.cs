using System.Runtime.CompilerServices;
using DeidCluster.Dicom.Tests.Network;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>C-CANCEL (PS3.7 9.3.2.3) between real peers and us, both ways.</summary>
public class CancelPeerTests
{
    private const int Studies = 40;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [PeerFact("findscu")]
    public async Task Findscu_ThatCancels_StopsOurProvider_AndIsToldSo()
    {
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using DicomListener listener = DicomListener.Start(
            Peers.Listening() with { Operations = ScpOperations.Echo | ScpOperations.QueryRetrieve }, new ScriptedScp { Find = (_, ct) => UntilCancelledAsync(cancelled, ct) });
        (int exitCode, string output) = await PeerProcess.RunAsync("findscu",
            ["-v", "--cancel", "3", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}"], Deadline);
        Assert.True(exitCode == 0, output);
        Assert.True(cancelled.Task.IsCompletedSuccessfully, output);
        Assert.Contains("Cancel", output, StringComparison.Ordinal);
        Assert.Matches("(?i)final.*cancel", output);
    }

    [PeerFact("movescu", "storescp")]
    public async Task Movescu_ThatCancels_StopsOurProvider_AndIsToldHowFarItCame()
    {
        using TestFolder folder = new();
        const int Instances = 2000;
        int port = FreePort.Next();
        await using PeerProcess destination = await DcmtkPeer.StoreScpAsync(port, folder.Path);
        ScriptedScp scp = new()
        {
            Move = _ => new MovePlan("127.0.0.1", port, [.. Enumerable.Range(1, Instances).Select(number => new RetrieveInstance(
                Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, number), [TransferSyntax.ExplicitVrLittleEndian], _ => new MemoryStream(SampleInstances.DataSet(1, 1, number))))]),
        };
        await using DicomListener listener = DicomListener.Start(Peers.Listening() with { Operations = ScpOperations.Echo | ScpOperations.QueryRetrieve }, scp);
        (int exitCode, string output) = await PeerProcess.RunAsync("movescu",
            ["-d", "--cancel", "2", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2", "-aem", "SINK", "-aec", "SCP", "127.0.0.1", $"{listener.EndPoint.Port}"], Deadline);
        int sent = Directory.GetFiles(folder.Path).Length;
        Assert.InRange(sent, 2, Instances - 1);
        Assert.Matches("(?i)0xfe00|cancel", output);
        Assert.True(exitCode is 0 or 69, $"{exitCode} {output}"); // it tells a status that is no success by its exit code
    }

    [PeerFact("dcmqrscp")]
    public async Task OurUser_ThatLeavesAQuery_CancelsItAtDcmqrscp_AndGoesOnWithTheAssociation()
    {
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(port, folder.Path, "ARCHIVE", new Dictionary<string, int> { ["SCU"] = FreePort.Next() });
        await LeaveQueryAsync(port, "ARCHIVE");
    }

    [PeerFact("dcmqrscp")]
    public async Task OurUser_ThatCancelsARetrieval_StopsDcmqrscp_AndGoesOnWithTheAssociation()
    {
        const int Instances = 60;
        const int Enough = 3;
        using TestFolder folder = new();
        int port = FreePort.Next();
        await using PeerProcess archive = await DcmtkPeer.QueryRetrieveScpAsync(port, folder.Path, "ARCHIVE", new Dictionary<string, int> { ["SCU"] = FreePort.Next() });
        await using (ScuAssociation sender = await ScuAssociation.ConnectAsync(Peers.Calling(port, "ARCHIVE", SampleInstances.Context), Peers.Soon))
        {
            for (int number = 1; number <= Instances; number++)
            {
                await StoreAsync(sender, 1, number);
            }

            await sender.ReleaseAsync(Peers.Soon);
        }

        const string Get = Uids.StudyRootQueryRetrieveInformationModelGet;
        int received = 0;
        using CancellationTokenSource enough = new(Deadline);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(
            Peers.Calling(port, "ARCHIVE", [ProposedContext.Verification, .. GetContexts.For(Get, [Uids.CtImageStorage])]), Peers.Soon);
        DataSet study = Peers.Identifier("STUDY", (Tags.StudyInstanceUID, SampleInstances.StudyInstanceUid(1)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scu.GetAsync(Get, study, async (request, ct) =>
        {
            await request.DataSet.CopyToAsync(Stream.Null, ct);
            if (++received == Enough)
            {
                await enough.CancelAsync();
            }

            return DimseStatus.Success;
        }, progress: null, enough.Token));
        Assert.Equal(Enough, received);
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        await scu.ReleaseAsync(Peers.Soon);
    }

    [PeerFact("Orthanc")]
    public async Task OurUser_ThatLeavesAQuery_CancelsItAtOrthanc_AndGoesOnWithTheAssociation()
    {
        using TestFolder folder = new();
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("vna"), "VNA", new Dictionary<string, int>());
        await LeaveQueryAsync(orthanc.DicomPort, "VNA");
    }

    private static async Task LeaveQueryAsync(int port, string aeTitle)
    {
        await using (ScuAssociation sender = await ScuAssociation.ConnectAsync(Peers.Calling(port, aeTitle, SampleInstances.Context), Peers.Soon))
        {
            for (int study = 1; study <= Studies; study++)
            {
                await StoreAsync(sender, study, number: 1);
            }

            await sender.ReleaseAsync(Peers.Soon);
        }

        ProposedContext find = ProposedContext.InMemory(Uids.StudyRootQueryRetrieveInformationModelFind);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(port, aeTitle, find, ProposedContext.Verification), Peers.Soon);
        DataSet keys = Peers.Identifier("STUDY", (Tags.StudyInstanceUID, ""));
        for (int time = 0; time < 3; time++)
        {
            await foreach (DataSet match in scu.FindAsync(find.AbstractSyntax, keys, Peers.Soon))
            {
                Assert.NotNull(match.GetString(Tags.StudyInstanceUID));
                break; // sends C-CANCEL and takes what still comes
            }

            Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
        }

        List<DataSet> all = [];
        await foreach (DataSet match in scu.FindAsync(find.AbstractSyntax, keys, Peers.Soon))
        {
            all.Add(match);
        }

        Assert.Equal(Studies, all.Count);
        await scu.ReleaseAsync(Peers.Soon);
    }

    private static async Task StoreAsync(ScuAssociation sender, int study, int number)
    {
        byte[] dataSet = SampleInstances.DataSet(study, 1, number);
        Assert.Equal(DimseStatus.Success, await sender.StoreAsync(
            Uids.CtImageStorage, SampleInstances.SopInstanceUid(study, 1, number), TransferSyntax.ExplicitVrLittleEndian, new MemoryStream(dataSet), dataSet.Length, null, Peers.Soon));
    }

    private static async IAsyncEnumerable<DataSet> UntilCancelledAsync(TaskCompletionSource cancelled, [EnumeratorCancellation] CancellationToken ct)
    {
        for (int number = 0; number < 10; number++)
        {
            yield return Peers.Identifier("STUDY", (Tags.StudyInstanceUID, $"1.2.{number}"));
        }

        using CancellationTokenRegistration _ = ct.Register(cancelled.SetResult);
        await Task.Delay(Deadline, ct); // nothing more comes until the user has enough
    }
}
