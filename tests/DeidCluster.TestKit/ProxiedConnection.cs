using System.Net;
using System.Net.Sockets;

namespace DeidCluster.TestKit;

/// <summary>One client's connection through a <see cref="CuttingProxy"/>, and the one to the server that it stands for.</summary>
internal sealed class ProxiedConnection(CuttingProxy proxy, Socket client)
{
    private const int PieceBytesMax = 64 * 1024;

    private readonly Socket server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private volatile TaskCompletionSource? held;

    /// <summary>Passes pieces in both directions until one side ends.</summary>
    public async Task RunAsync(int serverPort, CancellationToken cancellation)
    {
        await proxy.PassAsync().WaitAsync(cancellation);
        await server.ConnectAsync(IPAddress.Loopback, serverPort, cancellation);
        client.NoDelay = server.NoDelay = true;
        Task there = PumpAsync(client, server, isClient: true, cancellation);
        Task back = PumpAsync(server, client, isClient: false, cancellation);
        await await Task.WhenAny(there, back);
    }

    /// <summary>Lets go on what a trap has stopped.</summary>
    public void Release() => held?.TrySetResult();

    /// <summary>Resets both sides.</summary>
    public void Break()
    {
        foreach (Socket side in new[] { client, server })
        {
            try
            {
                side.LingerState = new LingerOption(true, 0);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // Closed already.
            }

            side.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool isClient, CancellationToken cancellation)
    {
        byte[] buffer = new byte[PieceBytesMax];
        int read;
        while ((read = await from.ReceiveAsync(buffer, cancellation)) > 0)
        {
            ReadOnlyMemory<byte> piece = buffer.AsMemory(0, read);
            int allowed = isClient ? proxy.Allow(piece) : -1;
            if (allowed >= 0)
            {
                await SendAsync(to, piece[..allowed], cancellation);
                piece = piece[allowed..];
                held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await held.Task.WaitAsync(cancellation);
            }

            await proxy.PassAsync().WaitAsync(cancellation);
            await SendAsync(to, piece, cancellation);
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        while (piece.Length > 0)
        {
            piece = piece[await to.SendAsync(piece, cancellation)..];
        }
    }
}
