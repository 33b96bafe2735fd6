using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DeidCluster.Dicom.Tests.Web;

/// <summary>
/// An HTTP server of which a test writes every byte: it reads a request, as far as it has a length, hands its head to the script, and the script
/// answers on the socket. For faults only; what is right is shown with real servers.
/// </summary>
internal sealed class ScriptedHttpPeer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new(TimeSpan.FromSeconds(60));
    private readonly Func<string, NetworkStream, CancellationToken, Task> script;
    private readonly Task running;

    private ScriptedHttpPeer(Func<string, NetworkStream, CancellationToken, Task> script)
    {
        this.script = script;
        listener.Start();
        running = RunAsync();
    }

    /// <summary>The root of its service, below which requests go.</summary>
    public Uri Root => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/dicom-web");

    /// <summary>The heads of the requests so far.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Answers each request, by its head, with what <paramref name="script"/> writes; then the connection is closed.</summary>
    public static ScriptedHttpPeer Start(Func<string, NetworkStream, CancellationToken, Task> script) => new(script);

    /// <summary>Answers each request with <paramref name="answer"/>, and closes the connection.</summary>
    public static ScriptedHttpPeer Answering(string answer) => new((_, stream, ct) => stream.WriteAsync(Encoding.Latin1.GetBytes(answer), ct).AsTask());

    public DicomWebClient Client(Func<DicomWebOptions, DicomWebOptions>? change = null)
    {
        DicomWebOptions options = new()
        {
            Root = Root,
            ConnectTimeout = TimeSpan.FromSeconds(20),
            AnswerTimeout = TimeSpan.FromSeconds(20),
            IdleTimeout = TimeSpan.FromSeconds(20),
        };
        return new DicomWebClient(change?.Invoke(options) ?? options);
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        await running;
        end.Dispose();
    }

    private async Task RunAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptSocketAsync(end.Token);
                connections.Add(ServeAsync(socket));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using NetworkStream stream = new(socket, ownsSocket: true);
        try
        {
            string head = await ReadHeadAsync(stream);
            lock (Requests)
            {
                Requests.Add(head);
            }

            await script(head, stream, end.Token);
            socket.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null, end.Token); // until the client closes, so that nothing is reset that it has not read
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            return; // the client or the test has gone
        }
    }

    private async Task<string> ReadHeadAsync(NetworkStream stream)
    {
        StringBuilder head = new();
        byte[] letter = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(letter, end.Token) == 1)
        {
            head.Append((char)letter[0]);
        }

        return head.ToString();
    }
}
