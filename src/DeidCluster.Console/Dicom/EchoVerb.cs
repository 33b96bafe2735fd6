using System.CommandLine;
using System.Diagnostics;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom echo`: asks a peer whether it is there (C-ECHO).</summary>
internal static class EchoVerb
{
    public static Command Create()
    {
        PeerArguments peer = new();
        Command verb = new("echo", "Ask a peer whether it is there (C-ECHO). Example: deid dicom echo 127.0.0.1 4242 --called VNA");
        peer.AddTo(verb);
        verb.SetAction(async (parsed, ct) =>
        {
            long started = Stopwatch.GetTimestamp();
            await using ScuAssociation association = await ScuAssociation.ConnectAsync(peer.Options(parsed, ProposedContext.Verification), ct);
            DimseStatus status = await association.EchoAsync(ct);
            await association.ReleaseAsync(ct);
            parsed.InvocationConfiguration.Output.WriteLine($"{status}, {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms");
            return status.Class == DimseStatusClass.Success ? ExitCode.Done : ExitCode.Partly;
        });
        return verb;
    }
}
