using DeidCluster.TestKit;
using Npgsql;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>Nodes on one PostgreSQL server and one staging area, each with a network of its own to the server that can be cut.</summary>
internal sealed class RunningCluster : IAsyncDisposable
{
    private const int StartsMax = 5;

    private RunningCluster(PostgresPeer server, IReadOnlyList<CuttingProxy> networks, IReadOnlyList<ClusterFolder> folders) =>
        (Server, Networks, Folders, Nodes) = (server, networks, folders, new RunningNode[folders.Count]);

    /// <summary>The server.</summary>
    public PostgresPeer Server { get; }

    /// <summary>Each node's network to the server.</summary>
    public IReadOnlyList<CuttingProxy> Networks { get; }

    /// <summary>Each node's folder.</summary>
    public IReadOnlyList<ClusterFolder> Folders { get; }

    /// <summary>The nodes.</summary>
    public RunningNode[] Nodes { get; }

    /// <summary>Starts server and nodes below <paramref name="root"/>, after <paramref name="write"/> has written each node's configuration.</summary>
    public static async Task<RunningCluster> StartAsync(string root, int nodes, Func<ClusterFolder, Task> write)
    {
        PostgresPeer server = await PostgresPeer.StartAsync();
        CuttingProxy[] networks = [.. Enumerable.Range(0, nodes).Select(_ => CuttingProxy.Start(server.Port))];
        RunningCluster cluster = new(server, networks, ClusterFolder.Nodes(root, networks.Select(network => PostgresPeer.ConnectionStringThrough(network.Port))));
        try
        {
            foreach (ClusterFolder folder in cluster.Folders)
            {
                await write(folder);
            }

            await Task.WhenAll(Enumerable.Range(0, nodes).Select(cluster.StartNodeAsync));
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9, and a start as a supervisor does it.</summary>
    public async Task KillAsync(int node)
    {
        await Nodes[node].DisposeAsync();
        await StartNodeAsync(node);
    }

    /// <summary>The name of the live node that owns the actor of a study; null when none does.</summary>
    public async Task<string?> OwnerOfAsync(string studyId) =>
        (await RowsAsync(
            "SELECT member.name FROM deidcluster.actor JOIN deidcluster.shard USING (shard) JOIN deidcluster.member ON incarnation = owner AND expires_at > clock_timestamp() "
            + $"WHERE actor.actor = 'study/{studyId}'")).SingleOrDefault();

    /// <summary>Waits until every shard has a live owner, and each of <paramref name="owners"/>, and nobody else, has some.</summary>
    public Task WaitForOwnersAsync(TimeSpan deadline, params string[] owners) => RunningNode.UntilAsync(
        async () => (await RowsAsync(
            "SELECT coalesce(member.name, '-') FROM deidcluster.shard LEFT JOIN deidcluster.member ON incarnation = owner AND expires_at > clock_timestamp() GROUP BY 1 ORDER BY 1"))
            .SequenceEqual(owners),
        deadline, () => $"owned by {string.Join(" and ", owners)}");

    /// <summary>The first column of a query that the server answers.</summary>
    public async Task<IReadOnlyList<string>> RowsAsync(string query)
    {
        await using NpgsqlConnection connection = new(Server.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(query, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }

    /// <summary>Ends the nodes in good order; their exit codes.</summary>
    public async Task<IReadOnlyList<int>> StopAsync()
    {
        List<int> codes = [];
        foreach (RunningNode node in Nodes)
        {
            codes.Add(await node.StopAsync());
        }

        return codes;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (RunningNode? node in Nodes)
        {
            await (node?.DisposeAsync() ?? default);
        }

        foreach (CuttingProxy network in Networks)
        {
            await network.DisposeAsync();
        }

        await Server.DisposeAsync();
    }

    /// <summary>A node that cannot reach its store ends, and is started again.</summary>
    private async Task StartNodeAsync(int node)
    {
        for (int start = 1; ; start++)
        {
            try
            {
                Nodes[node] = await RunningNode.StartAsync(Folders[node]);
                return;
            }
            catch (InvalidOperationException) when (start < StartsMax)
            {
                continue;
            }
        }
    }
}
