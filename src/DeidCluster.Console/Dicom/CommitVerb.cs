using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom commit`: asks a peer to vouch for what it was sent (storage commitment, PS3.4 J).</summary>
internal static class CommitVerb
{
    public static Command Create()
    {
        PeerArguments peer = new();
        Argument<string[]> inputs = new("FILES") { Description = "The files that were sent.", Arity = ArgumentArity.OneOrMore };
        Option<int?> listen = new("--listen") { Description = "TCP port on which the peer, which knows our AE title, reports; without it the report is awaited on our association." };
        Option<string> bind = new("--bind") { Description = "Address to listen on.", DefaultValueFactory = _ => IPAddress.Loopback.ToString() };
        Option<int> wait = new("--wait") { Description = "How long to wait for the report. Seconds.", DefaultValueFactory = _ => 60 };
        Command verb = new("commit", "Ask a peer to vouch for instances that it was sent (storage commitment). Example: deid dicom commit 127.0.0.1 4242 --called VNA --listen 11112 study/0001.dcm");
        peer.AddTo(verb);
        verb.Add(inputs);
        verb.Add(listen);
        verb.Add(bind);
        verb.Add(wait);
        verb.SetAction(async (parsed, ct) =>
        {
            CommitmentRequest request = new(NewUid(), [.. parsed.GetValue(inputs)!.Select(Reference)]);
            AssociationOptions options = peer.Options(parsed, ProposedContext.InMemory(Uids.StorageCommitmentPushModel));
            TimeSpan patience = TimeSpan.FromSeconds(parsed.GetValue(wait));
            CommitmentReports reports = new();
            Task<CommitmentResult> expected = reports.Expect(request.TransactionUid);
            await using DicomListener? listener = parsed.GetValue(listen) is int port ? Start(parsed.GetValue(bind)!, port, options.CallingAeTitle, reports) : null;
            await using ScuAssociation association = await ScuAssociation.ConnectAsync(options, ct);
            NormalizedOutcome asked = await association.RequestCommitmentAsync(request, ct);
            if (asked.Status.Class == DimseStatusClass.Failure)
            {
                throw new DimseStatusException("N-ACTION", asked.Status);
            }

            CommitmentResult result;
            if (listener is null)
            {
                result = await association.AwaitCommitmentAsync(request.TransactionUid, patience, ct);
                await association.ReleaseAsync(ct);
            }
            else
            {
                await association.ReleaseAsync(ct);
                result = await AwaitAsync(expected, patience, ct);
                await listener.StopAsync(ct);
            }

            return Tell(parsed.InvocationConfiguration.Output, request, result);
        });
        return verb;
    }

    private static async Task<CommitmentResult> AwaitAsync(Task<CommitmentResult> expected, TimeSpan patience, CancellationToken ct)
    {
        try
        {
            return await expected.WaitAsync(patience, ct);
        }
        catch (TimeoutException)
        {
            throw new DicomNetworkException(NetworkFault.Timeout, $"the peer did not report within {patience.TotalSeconds:0} s; does it know our AE title and port?");
        }
    }

    private static int Tell(TextWriter output, CommitmentRequest request, CommitmentResult result)
    {
        HashSet<SopReference> committed = [.. result.Committed];
        int safe = request.Instances.Count(committed.Contains);
        foreach (CommitmentFailure failure in result.Failed)
        {
            output.WriteLine($"not committed: {failure.Instance.SopInstanceUid}: {failure.Reason.Code:X4} {failure.Reason.Describe(DimseService.Normalized)}");
        }

        output.WriteLine($"{safe} of {request.Instances.Count} committed");
        return safe == request.Instances.Count ? ExitCode.Done : ExitCode.Partly;
    }

    private static DicomListener Start(string bind, int port, string title, CommitmentReports reports)
    {
        if (!IPAddress.TryParse(bind, out IPAddress? address))
        {
            throw new UsageException("--bind takes an IP address.");
        }

        try
        {
            return DicomListener.Start(CommitmentReports.Listening(new ListenerOptions { AeTitle = title, EndPoint = new IPEndPoint(address, port), Operations = ScpOperations.Echo }), reports);
        }
        catch (SocketException fault)
        {
            throw new UsageException($"Cannot listen on {address}:{port}: {fault.SocketErrorCode}.");
        }
    }

    private static SopReference Reference(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        return file.DataSet.GetString(Tags.SOPClassUID) is string sopClass && file.DataSet.GetString(Tags.SOPInstanceUID) is string instance
            ? new SopReference(sopClass, instance)
            : throw new UsageException($"{path} is no instance that was sent: it has no SOP Class or Instance UID.");
    }

    /// <summary>A UID derived from a random UUID (PS3.5 B.2).</summary>
    private static string NewUid() => "2.25." + new BigInteger(Guid.NewGuid().ToByteArray(bigEndian: true), isUnsigned: true, isBigEndian: true);
}
