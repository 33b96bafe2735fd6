using System.Net;
using System.Net.Sockets;

namespace DeidCluster.TestKit;

/// <summary>
/// A TCP proxy on loopback between a client and a server that do not know of it: a network that can be cut, that can fall silent with all
/// its connections open, and that can lose its voice in the middle of one request.
/// </summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly HashSet<ProxiedConnection> connections = [];
    private readonly int serverPort;
    private readonly Task accepting;
    private TaskCompletionSource passing = Open();
    private Func<ReadOnlyMemory<byte>, int>? trap;
    private bool isCut;

    private CuttingProxy(int serverPort)
    {
        this.serverPort = serverPort;
        listener.Start();
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where clients connect to.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Begins to pass connections on to <paramref name="serverPort"/> of loopback.</summary>
    public static CuttingProxy Start(int serverPort) => new(serverPort);

    /// <summary>Breaks all connections, and every new one, until <see cref="Resume"/>.</summary>
    public void Cut()
    {
        ProxiedConnection[] open;
        lock (gate)
        {
            isCut = true;
            open = [.. connections];
        }

        foreach (ProxiedConnection connection in open)
        {
            connection.Break();
        }
    }

    /// <summary>Passes nothing on any more, in either direction, until <see cref="Resume"/>; all connections stay open.</summary>
    public void Stall()
    {
        lock (gate)
        {
            passing = passing.Task.IsCompleted ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : passing;
        }
    }

    /// <summary>
    /// Looks at what clients send until <paramref name="trap"/> says where to stop: so many bytes of that piece are still passed on, and then
    /// nothing more of that one connection until <see cref="Resume"/>. It says -1 for what it does not wait for. Ends when one was caught.
    /// </summary>
    public Task TrapAsync(Func<ReadOnlyMemory<byte>, int> trap)
    {
        TaskCompletionSource caught = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            this.trap = piece =>
            {
                int passed = trap(piece);
                if (passed >= 0)
                {
                    caught.TrySetResult();
                }

                return passed;
            };
        }

        return caught.Task;
    }

    /// <summary>Everything goes on; what was held back comes first.</summary>
    public void Resume()
    {
        ProxiedConnection[] open;
        lock (gate)
        {
            isCut = false;
            passing.TrySetResult();
            open = [.. connections];
        }

        foreach (ProxiedConnection connection in open)
        {
            connection.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        Cut();
        Resume();
        await accepting;
        stop.Dispose();
    }

    /// <summary>How many bytes of a client's piece may pass before its connection is held; all of it, unless it is what the trap waits for.</summary>
    internal int Allow(ReadOnlyMemory<byte> piece)
    {
        lock (gate)
        {
            int passed = trap?.Invoke(piece) ?? -1;
            trap = passed >= 0 ? null : trap;
            return passed;
        }
    }

    /// <summary>Ends when pieces may pass.</summary>
    internal Task PassAsync()
    {
        lock (gate)
        {
            return passing.Task;
        }
    }

    private static TaskCompletionSource Open()
    {
        TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Socket client = await listener.AcceptSocketAsync(stop.Token);
                ProxiedConnection connection = new(this, client);
                lock (gate)
                {
                    connections.Add(connection);
                }

                _ = ServeAsync(connection);
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopped, or a client that went before it was accepted.
            }
        }
    }

    private async Task ServeAsync(ProxiedConnection connection)
    {
        try
        {
            bool refused;
            lock (gate)
            {
                refused = isCut;
            }

            if (!refused)
            {
                await connection.RunAsync(serverPort, stop.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side has gone; the other one is told below.
        }
        finally
        {
            connection.Break();
            lock (gate)
            {
                connections.Remove(connection);
            }
        }
    }
}
