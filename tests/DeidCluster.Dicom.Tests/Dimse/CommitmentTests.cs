using System.Net.Http.Json;
using System.Text.Json;
using DeidCluster.Dicom.Tests.Network;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Dimse;

/// <summary>Storage commitment (PS3.4 J) in both roles, with Orthanc on the other side where it can be, and the normalized services.</summary>
public class CommitmentTests
{
    private static readonly ProposedContext Commitment = ProposedContext.InMemory(Uids.StorageCommitmentPushModel);
    private static readonly SopReference Stored = new(Uids.CtImageStorage, SampleInstances.SopInstanceUid(1, 1, 1));
    private static readonly SopReference Unknown = new(Uids.CtImageStorage, "1.2.3.4");

    private static ListenerOptions Listening => Peers.Listening() with { Operations = ScpOperations.Echo | ScpOperations.Store | ScpOperations.StorageCommitment };

    [Fact]
    public async Task Commitment_IsReportedOnTheUsersAssociation_WhileThatIsOpen()
    {
        await using DicomListener listener = DicomListener.Start(Listening, Archive());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Commitment, ProposedContext.Verification), Peers.Soon);
        CommitmentRequest request = new("1.2.99.1", [Stored, Unknown]);
        Assert.Equal(DimseStatus.Success, (await scu.RequestCommitmentAsync(request, Peers.Soon)).Status);
        CommitmentResult result = await scu.AwaitCommitmentAsync(request.TransactionUid, Peers.Deadline, Peers.Soon);
        Assert.Equal(Stored, Assert.Single(result.Committed));
        Assert.Equal(new CommitmentFailure(Unknown, DimseStatus.NoSuchSopInstance), Assert.Single(result.Failed));
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon)); // the report was answered, and the association goes on
        await scu.ReleaseAsync(Peers.Soon);
    }

    [Fact]
    public async Task Commitment_WhoseUserLeft_IsReportedOnAnAssociationOfTheArchive()
    {
        CommitmentReports reports = new();
        await using DicomListener inbox = DicomListener.Start(CommitmentReports.Listening(Peers.Listening() with { AeTitle = "SCU" }), reports);
        await using DicomListener listener = DicomListener.Start(Listening, Archive(reportTo: ("127.0.0.1", inbox.EndPoint.Port)));
        Task<CommitmentResult> expected = reports.Expect("1.2.99.2");
        await using (ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Commitment), Peers.Soon))
        {
            await scu.RequestCommitmentAsync(new CommitmentRequest("1.2.99.2", [Stored]), Peers.Soon);
            await scu.ReleaseAsync(Peers.Soon);
        }

        CommitmentResult result = await expected.WaitAsync(Peers.Deadline);
        Assert.Equal((Stored, 0), (Assert.Single(result.Committed), result.Failed.Count));
    }

    [Fact]
    public async Task Commitment_ThatNobodyCanBeTold_IsAFaultOfTheArchive_AndDoesNotHang()
    {
        ScriptedScp archive = Archive();
        await using DicomListener listener = DicomListener.Start(Listening, archive);
        await using (ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Commitment), Peers.Soon))
        {
            await scu.RequestCommitmentAsync(new CommitmentRequest("1.2.99.3", [Stored]), Peers.Soon);
            await scu.ReleaseAsync(Peers.Soon);
        }

        Assert.IsType<DicomNetworkException>(await archive.FirstFault.Task.WaitAsync(Peers.Deadline));
    }

    [Fact]
    public async Task Commitment_WhoseArchiveFails_IsReportedAsFailed()
    {
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp { Commit = _ => throw new IOException("disk") });
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Commitment), Peers.Soon);
        await scu.RequestCommitmentAsync(new CommitmentRequest("1.2.99.4", [Stored, Unknown]), Peers.Soon);
        CommitmentResult result = await scu.AwaitCommitmentAsync("1.2.99.4", Peers.Deadline, Peers.Soon);
        Assert.Empty(result.Committed);
        Assert.All(result.Failed, failure => Assert.Equal(DimseStatus.ProcessingFailure, failure.Reason));
    }

    [Fact]
    public async Task Commitment_WithoutAReport_EndsInTime()
    {
        await using DicomListener listener = DicomListener.Start(Listening with { StopTimeout = TimeSpan.Zero }, new NeverCommits());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Commitment), Peers.Soon);
        await scu.RequestCommitmentAsync(new CommitmentRequest("1.2.99.5", [Stored]), Peers.Soon);
        DicomNetworkException late = await Assert.ThrowsAsync<DicomNetworkException>(() => scu.AwaitCommitmentAsync("1.2.99.5", TimeSpan.FromMilliseconds(100), Peers.Soon));
        Assert.Equal(NetworkFault.Timeout, late.Fault);
        Assert.False(scu.IsUsable);
    }

    [Theory]
    [InlineData("1.2.840.10008.1.20.1.1", 2, true, true, 0x0123)] // no such action
    [InlineData("1.2.3", 1, true, true, 0x0112)] // no such instance
    [InlineData("1.2.840.10008.1.20.1.1", 1, false, true, 0x0115)] // no transaction
    [InlineData("1.2.840.10008.1.20.1.1", 1, true, false, 0x0115)] // nothing to commit
    public async Task Action_ThatIsNoCommitmentRequest_IsRefusedWithItsReason(string instance, int action, bool hasTransaction, bool hasInstances, int expected)
    {
        await using DicomListener listener = DicomListener.Start(Listening, Archive());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Commitment), Peers.Soon);
        DataSet information = new();
        if (hasTransaction)
        {
            information.SetString(Tags.TransactionUID, "1.2.99.6");
        }

        if (hasInstances)
        {
            DataSet item = new();
            item.SetString(Tags.ReferencedSOPClassUID, Stored.SopClassUid);
            item.SetString(Tags.ReferencedSOPInstanceUID, Stored.SopInstanceUid);
            information.SetItems(Tags.ReferencedSOPSequence, item);
        }

        NormalizedOutcome outcome = await scu.ActionAsync(Uids.StorageCommitmentPushModel, instance, (ushort)action, information, Peers.Soon);
        Assert.Equal(expected, outcome.Status.Code);
    }

    [Fact]
    public async Task NormalizedServices_ThatNobodyServes_AreNotRecognized_AndTheAssociationGoesOn()
    {
        await using DicomListener listener = DicomListener.Start(Listening, new ScriptedScp());
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Commitment, ProposedContext.Verification), Peers.Soon);
        string sopClass = Uids.StorageCommitmentPushModel;
        DataSet some = Peers.Identifier("STUDY");
        NormalizedOutcome[] outcomes =
        [
            await scu.GetAttributesAsync(sopClass, "1.2", [Tags.PatientID], Peers.Soon),
            await scu.SetAttributesAsync(sopClass, "1.2", some, Peers.Soon),
            await scu.CreateAsync(sopClass, null, some, Peers.Soon),
            await scu.DeleteAsync(sopClass, "1.2", Peers.Soon),
        ];
        Assert.All(outcomes, outcome => Assert.Equal(DimseStatus.UnrecognizedOperation, outcome.Status));
        Assert.Equal(DimseStatus.Success, await scu.EchoAsync(Peers.Soon));
    }

    [Fact]
    public async Task NormalizedServices_CarryTheirArgumentsAndAnswers()
    {
        List<NormalizedRequest> seen = [];
        ScriptedScp scp = new()
        {
            Normalized = request =>
            {
                seen.Add(request);
                return new NormalizedAnswer(DimseStatus.Success, request.Command == CommandField.NGetRq ? Peers.Identifier("STUDY") : null)
                {
                    AffectedSopInstanceUid = request.Command == CommandField.NCreateRq ? "1.2.77" : null,
                };
            },
        };
        await using DicomListener listener = DicomListener.Start(Listening, scp);
        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(listener.EndPoint, Commitment), Peers.Soon);
        string sopClass = Uids.StorageCommitmentPushModel;
        NormalizedOutcome got = await scu.GetAttributesAsync(sopClass, "1.2", [Tags.PatientID, Tags.StudyDate], Peers.Soon);
        Assert.Equal("STUDY", got.DataSet!.GetString(Tags.QueryRetrieveLevel));
        Assert.Equal("1.2.77", (await scu.CreateAsync(sopClass, null, Peers.Identifier("STUDY"), Peers.Soon)).AffectedSopInstanceUid);
        await scu.DeleteAsync(sopClass, "1.2.78", Peers.Soon);
        Assert.Equal([Tags.PatientID, Tags.StudyDate], seen[0].Attributes);
        Assert.Equal((null, "STUDY"), (seen[1].SopInstanceUid, seen[1].DataSet!.GetString(Tags.QueryRetrieveLevel)));
        Assert.Equal((CommandField.NDeleteRq, "1.2.78"), (seen[2].Command, seen[2].SopInstanceUid));
    }

    [PeerFact("Orthanc")]
    public async Task OurUser_WithOrthancAsTheArchive_LearnsWhatIsSafe()
    {
        using TestFolder folder = new();
        CommitmentReports reports = new();
        await using DicomListener inbox = DicomListener.Start(CommitmentReports.Listening(Peers.Listening() with { AeTitle = "DEID" }), reports);
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("vna"), "VNA", new Dictionary<string, int> { ["DEID"] = inbox.EndPoint.Port });
        await orthanc.UploadAsync(SampleInstances.File(1, 1, 1));
        Task<CommitmentResult> expected = reports.Expect("1.2.99.7");
        await using (ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(orthanc.DicomPort, "VNA", Commitment) with { CallingAeTitle = "DEID" }, Peers.Soon))
        {
            NormalizedOutcome outcome = await scu.RequestCommitmentAsync(new CommitmentRequest("1.2.99.7", [Stored, Unknown]), Peers.Soon);
            Assert.Equal(DimseStatus.Success, outcome.Status);
            await scu.ReleaseAsync(Peers.Soon);
        }

        CommitmentResult result = await expected.WaitAsync(Peers.Deadline);
        Assert.Equal(Stored, Assert.Single(result.Committed));
        Assert.Equal(new CommitmentFailure(Unknown, DimseStatus.NoSuchSopInstance), Assert.Single(result.Failed));
        Facts.Say("Orthanc as storage commitment SCP: reports on an association of its own, with role selection; 0112 for what it does not have");
    }

    [PeerFact("Orthanc")]
    public async Task Orthanc_WithOurArchive_LearnsWhatIsSafe()
    {
        using TestFolder folder = new();
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        archive.AddBytes(SampleInstances.File(1, 1, 1));
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("vna"), "VNA", new Dictionary<string, int> { ["ARCHIVE"] = archive.Port });
        archive.AddDestination("VNA", "127.0.0.1", orthanc.DicomPort);
        using HttpResponseMessage asked = await orthanc.Http.PostAsJsonAsync("/modalities/ARCHIVE/storage-commitment", new
        {
            DicomInstances = new[] { new[] { Stored.SopClassUid, Stored.SopInstanceUid }, new[] { Unknown.SopClassUid, Unknown.SopInstanceUid } },
        }, JsonSerializerOptions.Default);
        Assert.True(asked.IsSuccessStatusCode, orthanc.Output);
        using JsonDocument ticket = JsonDocument.Parse(await asked.Content.ReadAsStringAsync());
        string path = ticket.RootElement.GetProperty("Path").GetString()!;
        using CancellationTokenSource deadline = new(Peers.Deadline);
        while (true)
        {
            using JsonDocument report = JsonDocument.Parse(await orthanc.Http.GetStringAsync(path, deadline.Token));
            if (report.RootElement.GetProperty("Status").GetString() == "Pending")
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
                continue;
            }

            Assert.Equal("Failure", report.RootElement.GetProperty("Status").GetString());
            Assert.Contains(Stored.SopInstanceUid, report.RootElement.GetProperty("Success").GetRawText(), StringComparison.Ordinal);
            JsonElement failure = Assert.Single(report.RootElement.GetProperty("Failures").EnumerateArray());
            Assert.Contains(Unknown.SopInstanceUid, failure.GetRawText(), StringComparison.Ordinal);
            Assert.Equal(DimseStatus.NoSuchSopInstance.Code, failure.GetProperty("FailureReason").GetInt32());
            break;
        }
    }

    private static ScriptedScp Archive((string, int)? reportTo = null) => new()
    {
        Commit = asked => new CommitmentAnswer(
            new CommitmentResult(asked.Request.TransactionUid, [.. asked.Request.Instances.Where(instance => instance == Stored)],
                [.. asked.Request.Instances.Where(instance => instance != Stored).Select(instance => new CommitmentFailure(instance, DimseStatus.NoSuchSopInstance))]),
            reportTo),
    };

    private sealed class NeverCommits : IScpHandler
    {
        public async ValueTask<CommitmentAnswer> CommitAsync(CommitmentRequested request, CancellationToken ct)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            throw new InvalidOperationException();
        }
    }
}
