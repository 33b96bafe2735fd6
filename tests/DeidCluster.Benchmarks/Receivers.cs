using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Benchmarks;

/// <summary>Whoever takes C-STORE.</summary>
internal enum Receiver
{
    /// <summary>DCMTK's storescp, bit-preserving, a process for each association.</summary>
    Storescp,

    /// <summary>Orthanc with SQLite, its storage not flushed.</summary>
    Orthanc,

    /// <summary>`deid dicom receive`: durable.</summary>
    Deid,

    /// <summary>A provider of ours, in process, that drops what it gets.</summary>
    Null,
}

/// <summary>A receiver that runs.</summary>
internal interface IReceiver : IAsyncDisposable
{
    int Port { get; }

    /// <summary>Fails unless it has <paramref name="files"/> instances.</summary>
    Task RequireAsync(int files);
}

/// <summary>A receiver that is a process and keeps files in a folder.</summary>
internal sealed class ProcessReceiver(PeerProcess process, int port, string sink) : IReceiver
{
    public int Port => port;

    public PeerProcess Process => process;

    public static async Task<IReceiver> StorescpAsync(string sink)
    {
        int port = FreePort.Next();
        return new ProcessReceiver(await DcmtkPeer.StoreScpAsync(port, sink, more: "--fork"), port, sink);
    }

    public static async Task<ProcessReceiver> DeidAsync(string sink)
    {
        int port = FreePort.Next();
        PeerProcess process = await PeerProcess.StartServerAsync("dotnet", [Bench.Deid, "dicom", "receive", "--port", $"{port}", "--out", sink], port, Bench.Deadline);
        return new ProcessReceiver(process, port, sink);
    }

    public Task RequireAsync(int files)
    {
        int there = Directory.EnumerateFiles(sink).Count();
        return there >= files ? Task.CompletedTask : throw new InvalidOperationException($"{there} of {files} instances arrived: {process.Output}");
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}

/// <summary>A fresh Orthanc.</summary>
internal sealed class OrthancReceiver(OrthancPeer orthanc) : IReceiver
{
    public int Port => orthanc.DicomPort;

    public OrthancPeer Orthanc => orthanc;

    public static async Task<OrthancReceiver> StartAsync(string folder, IReadOnlyDictionary<string, int>? modalities = null) =>
        new(await OrthancPeer.StartAsync(folder, "SINK", modalities ?? new Dictionary<string, int>()));

    public async Task RequireAsync(int files)
    {
        string statistics = await orthanc.Http.GetStringAsync("/statistics");
        int there = System.Text.Json.Nodes.JsonNode.Parse(statistics)!["CountInstances"]!.GetValue<int>();
        if (there < files)
        {
            throw new InvalidOperationException($"Orthanc has not all of {files} instances: {statistics}");
        }
    }

    public ValueTask DisposeAsync() => orthanc.DisposeAsync();
}

/// <summary>Takes everything and keeps nothing.</summary>
internal sealed class NullReceiver : IReceiver, IScpHandler
{
    private readonly DicomListener listener;
    private int taken;

    public NullReceiver() => listener = DicomListener.Start(new ListenerOptions { AeTitle = "SINK", RequiresCalledAeTitle = false }, this);

    public int Port => listener.EndPoint.Port;

    public async ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct)
    {
        await request.DataSet.CopyToAsync(Stream.Null, ct);
        Interlocked.Increment(ref taken);
        return DimseStatus.Success;
    }

    public Task RequireAsync(int files) => taken >= files ? Task.CompletedTask : throw new InvalidOperationException($"{taken} of {files} arrived");

    public ValueTask DisposeAsync() => listener.DisposeAsync();
}
