namespace DeidCluster.TestKit;

/// <summary>DCMTK's servers, started as a site would.</summary>
public static class DcmtkPeer
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    /// <summary>A storescp on <paramref name="port"/> that writes what it receives, as it is, to <paramref name="folder"/>.</summary>
    public static Task<PeerProcess> StoreScpAsync(int port, string folder, string aeTitle = "SINK", params string[] more) =>
        PeerProcess.StartServerAsync("storescp", ["-aet", aeTitle, "-od", folder, "+xa", "+B", .. more, $"{port}"], port, StartDeadline);

    /// <summary>
    /// A dcmqrscp on <paramref name="port"/> with its database in <paramref name="folder"/>, that knows each AE title of
    /// <paramref name="destinations"/> as a peer on a port of loopback.
    /// </summary>
    public static async Task<PeerProcess> QueryRetrieveScpAsync(int port, string folder, string aeTitle, IReadOnlyDictionary<string, int> destinations)
    {
        string database = Directory.CreateDirectory(Path.Combine(folder, "db")).FullName;
        string configuration = Path.Combine(folder, "dcmqrscp.cfg");
        string hosts = string.Concat(destinations.Select(pair => $"h{pair.Value} = ({pair.Key}, 127.0.0.1, {pair.Value})\n"));
        string peers = destinations.Count == 0 ? "" : "peers = " + string.Join(", ", destinations.Select(pair => $"h{pair.Value}"));
        await File.WriteAllTextAsync(configuration,
            $"""
            NetworkTCPPort  = {port}
            MaxPDUSize      = 131072
            MaxAssociations = 16
            HostTable BEGIN
            {hosts}{peers}
            HostTable END
            VendorTable BEGIN
            VendorTable END
            AETable BEGIN
            {aeTitle}  {database}  RW (500, 4gb)  ANY
            AETable END
            """);
        return await PeerProcess.StartServerAsync("dcmqrscp", ["-c", configuration, $"{port}"], port, StartDeadline, folder);
    }
}
