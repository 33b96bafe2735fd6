namespace DeidCluster.EndToEnd.Tests;

/// <summary>DCMTK's dcmqrscp as an archive.</summary>
internal sealed class DcmqrscpPeer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeMax = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StoreTimeMax = TimeSpan.FromSeconds(60);
    private readonly ChildProcess process;

    private DcmqrscpPeer(string aeTitle, int port, ChildProcess process) => (AeTitle, Port, this.process) = (aeTitle, port, process);

    public string AeTitle { get; }

    public int Port { get; }

    /// <summary>Starts it; it may send (C-MOVE) to <paramref name="destination"/>.</summary>
    public static async Task<DcmqrscpPeer> StartAsync(string folder, string aeTitle, (string AeTitle, int Port) destination)
    {
        int port = ChildProcess.FreePort();
        string db = Path.Combine(folder, "db");
        Directory.CreateDirectory(db);
        string file = Path.Combine(folder, "dcmqrscp.cfg");
        await File.WriteAllTextAsync(file, $"""
            NetworkTCPPort  = {port}
            MaxPDUSize      = 16384
            MaxAssociations = 16
            HostTable BEGIN
            node = ({destination.AeTitle}, 127.0.0.1, {destination.Port})
            HostTable END
            VendorTable BEGIN
            VendorTable END
            AETable BEGIN
            {aeTitle} {db} RW (200, 1024mb) ANY
            AETable END

            """);
        ChildProcess process = ChildProcess.Start("dcmqrscp", ["-c", file], folder);
        await process.WaitUntilAsync(() => ChildProcess.ListensAsync(port), StartTimeMax);
        return new DcmqrscpPeer(aeTitle, port, process);
    }

    /// <summary>Sends it every file below <paramref name="folder"/> with storescu.</summary>
    public Task AddAsync(string folder) => ChildProcess.RunAsync(
        "storescu", ["-aec", AeTitle, "+sd", "+r", "127.0.0.1", Port.ToString(), folder], StoreTimeMax);

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
