using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom receive`: takes what peers send (C-STORE) into a folder, each file safe before its answer.</summary>
internal static class ReceiveVerb
{
    public static Command Create()
    {
        Option<int> port = new("--port") { Description = "TCP port; 0 lets the system choose.", DefaultValueFactory = _ => 11112 };
        Option<string> bind = new("--bind") { Description = "Address to listen on.", DefaultValueFactory = _ => IPAddress.Loopback.ToString() };
        Option<string> folder = new("--out") { Description = "Where files go; made when it is missing.", Required = true };
        Option<string?> title = new("--ae") { Description = "Our AE title; calls of another one are refused. Without it, every title is answered." };
        Option<bool> uidNames = new("--uid-names") { Description = "Name files by SOP Instance UID, not by its hash." };
        Command verb = new("receive", "Receive into a folder (C-STORE) until stopped; an answer means that the file survives a power cut. Example: deid dicom receive --port 11112 --out incoming")
        {
            port, bind, folder, title, uidNames,
        };
        TlsArguments tls = new();
        tls.AddTo(verb, asProvider: true);
        verb.SetAction(async (parsed, ct) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (!IPAddress.TryParse(parsed.GetValue(bind), out IPAddress? address))
            {
                throw new UsageException("--bind takes an IP address.");
            }

            Func<StoreRequest, string>? nameOf = parsed.GetValue(uidNames) ? request => $"{request.SopInstanceUid}.dcm" : null;
            using StorageFolder storage = StorageFolder.Open(parsed.GetValue(folder)!, new GroupSync(new LinuxFiles()), nameOf);
            ListenerOptions options = new()
            {
                AeTitle = parsed.GetValue(title) ?? "DEID",
                RequiresCalledAeTitle = parsed.GetValue(title) is not null,
                EndPoint = new IPEndPoint(address, parsed.GetValue(port)),
                Tls = tls.Options(parsed),
            };
            await using (DicomListener listener = Start(options, storage))
            {
                output.WriteLine($"listening on {listener.EndPoint}");
                await Task.Delay(Timeout.Infinite, ct).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                await listener.StopAsync(CancellationToken.None);
            }

            output.WriteLine($"{storage.Stored} stored, {storage.Bytes} bytes, {storage.Refused} refused, {storage.Faults} associations failed");
            return storage.Refused == 0 ? ExitCode.Done : ExitCode.Partly;
        });
        return verb;
    }

    private static DicomListener Start(ListenerOptions options, StorageFolder storage)
    {
        try
        {
            return DicomListener.Start(options, storage);
        }
        catch (SocketException fault)
        {
            throw new UsageException($"Cannot listen on {options.EndPoint}: {fault.SocketErrorCode}.");
        }
    }
}
