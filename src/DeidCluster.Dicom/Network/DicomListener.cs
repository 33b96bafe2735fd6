using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace DeidCluster.Dicom;

/// <summary>
/// A DICOM server (SCP): accepts associations and serves each in a task of its own, until it is stopped. A peer that breaks the
/// protocol is aborted and costs nothing but its own association.
/// </summary>
public sealed class DicomListener : IAsyncDisposable
{
    /// <summary>Requests beyond <see cref="ListenerOptions.AssociationsMax"/> that are still answered with a refusal; more are closed at once.</summary>
    private const int RefusalsMax = 32;

    /// <summary>Connections that have not asked for anything yet; then the oldest of them is closed for the next.</summary>
    private const int SilentConnectionsMax = 256;

    private readonly ListenerOptions options;
    private readonly IScpHandler handler;
    private readonly AssociationAcceptance acceptance;
    private readonly Socket listening;
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource cutting = new();
    private readonly ConcurrentDictionary<long, Task> connections = new();
    private readonly WaitingRoom waiting = new(SilentConnectionsMax);
    private readonly Task accepting;
    private int associations;

    private DicomListener(ListenerOptions options, IScpHandler handler)
    {
        this.options = options;
        this.handler = handler;
        acceptance = new AssociationAcceptance(options, handler);
        listening = new Socket(options.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(options.EndPoint);
        listening.Listen(backlog: 128);
        EndPoint = (IPEndPoint)listening.LocalEndPoint!;
        accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Where it listens; with the port that the system chose.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Associations that are open now.</summary>
    public int Associations => Volatile.Read(ref associations);

    /// <summary>Binds and begins to accept. A port that is taken is a <see cref="SocketException"/>.</summary>
    public static DicomListener Start(ListenerOptions options, IScpHandler handler)
    {
        AeTitle.Checked(options.AeTitle);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PduBytesMax, PduLimits.PduBytesMin);
        ArgumentOutOfRangeException.ThrowIfZero(options.OperationsMax);
        options.Tls?.Own("a provider");
        return new DicomListener(options, handler);
    }

    /// <summary>Accepts nothing new, lets open associations end their operation, and cuts what is left after <see cref="ListenerOptions.StopTimeout"/> or with <paramref name="ct"/>.</summary>
    public async Task StopAsync(CancellationToken ct)
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        listening.Dispose();
        await accepting.ConfigureAwait(false);
        Task ended = Task.WhenAll(connections.Values);
        try
        {
            await ended.WaitAsync(options.StopTimeout, options.Clock, ct).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException)
        {
            await cutting.CancelAsync().ConfigureAwait(false);
            await ended.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await cutting.CancelAsync().ConfigureAwait(false);
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async Task AcceptAsync()
    {
        long number = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Socket socket = await listening.AcceptAsync(stopping.Token).ConfigureAwait(false);
                Begin(++number, socket);
            }
            catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException)
            {
                return; // stopped
            }
            catch (SocketException fault)
            {
                // The peer was gone before it was accepted, or descriptors ran out; both pass.
                handler.Faulted(null, fault);
                await Task.Delay(TimeSpan.FromMilliseconds(50), options.Clock, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Begin(long number, Socket socket)
    {
        // The task removes itself at its end, which must not come before it is entered.
        TaskCompletionSource entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connections[number] = ServeAsync(number, socket, entered.Task);
        entered.SetResult();
    }

    private async Task ServeAsync(long number, Socket socket, Task entered)
    {
        await entered.ConfigureAwait(false);
        AssociationRequest? request = null;
        bool hasAsked = false;
        LinkedListNode<Socket> place = waiting.Enter(socket);
        try
        {
            using (socket)
            {
                socket.NoDelay = true;
                IPEndPoint remote = (IPEndPoint)socket.RemoteEndPoint!;
                if (!options.AllowedPeers.AllowsAddress(remote.Address))
                {
                    throw new DicomNetworkException(NetworkFault.Rejected, $"{remote} is not an address from which peers may call");
                }

                SslStream? tls = options.Tls is null ? null
                    : await TlsHandshake.AsProviderAsync(socket, options.Tls, remote.ToString(), options.Clock, options.ArtimTimeout, cutting.Token).ConfigureAwait(false);
                Stream stream = tls ?? (Stream)new NetworkStream(socket, ownsSocket: false);
                if (options.Intercept is not null)
                {
                    stream = await options.Intercept(stream, cutting.Token).ConfigureAwait(false);
                }

                await using UpperLayer upper = new(new PduStream(stream, socket, remote.ToString(), options.Clock), isRequestor: false, options.ArtimTimeout);
                try
                {
                    if (await acceptance.AcceptAsync(upper, remote, tls?.RemoteCertificate as X509Certificate2, IsFull, cutting.Token).ConfigureAwait(false) is (Association association, AssociationRequest accepted))
                    {
                        request = accepted;
                        await new ScpAssociation(association, accepted, options, handler, stopping.Token).ServeAsync(cutting.Token).ConfigureAwait(false);
                    }
                }
                finally
                {
                    await upper.AbortAsync().ConfigureAwait(false); // only when it did not end in good order
                }
            }
        }
        catch (Exception fault)
        {
            // The top of this association's task: nothing that a peer or a handler does may end the listener.
            handler.Faulted(request, fault);
        }
        finally
        {
            waiting.Leave(place);
            Interlocked.Add(ref associations, hasAsked ? -1 : 0);
            connections.TryRemove(number, out _);
        }

        // Counts from the request on: who only connects takes no association from those who ask.
        bool IsFull()
        {
            hasAsked = true;
            waiting.Leave(place);
            int open = Interlocked.Increment(ref associations);
            if (open > options.AssociationsMax + RefusalsMax)
            {
                socket.Dispose();
            }

            return open > options.AssociationsMax;
        }
    }
}
