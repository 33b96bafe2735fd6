using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>A peer that puts bytes on the wire as it likes, and reads what comes back PDU by PDU.</summary>
internal sealed class RawPeer(Socket socket) : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Connects to <paramref name="endPoint"/>.</summary>
    public static async Task<RawPeer> ConnectAsync(IPEndPoint endPoint)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using CancellationTokenSource deadline = new(Deadline);
        await socket.ConnectAsync(endPoint, deadline.Token);
        return new RawPeer(socket);
    }

    /// <summary>Connects and asks for an association of verification, CT storage and query contexts 1, 3 and 5; what was answered is read.</summary>
    public static async Task<RawPeer> AssociatedAsync(IPEndPoint endPoint)
    {
        RawPeer peer = await ConnectAsync(endPoint);
        await peer.SendAsync(Association());
        Assert.Equal((byte)PduType.AssociateAc, (await peer.ReadPduAsync())?[0]);
        return peer;
    }

    /// <summary>The request of <see cref="AssociatedAsync"/>.</summary>
    public static byte[] Association() => PduWriter.Write(new Pdu.AssociateRq("SCP", "RAW", PduWriter.DicomApplicationContext,
        [
            new PresentationContext(1, Uids.Verification, [Uids.ImplicitVrLittleEndian]),
            new PresentationContext(3, Uids.CtImageStorage, [Uids.ImplicitVrLittleEndian]),
            new PresentationContext(5, Uids.StudyRootQueryRetrieveInformationModelFind, [Uids.ImplicitVrLittleEndian]),
        ], new UserInformation(16384, "1.2.3", null)));

    /// <summary>A P-DATA-TF of these PDVs.</summary>
    public static byte[] Data(params Pdv[] pdvs) => PduWriter.Write(new Pdu.DataTf(pdvs));

    /// <summary>A PDU of any type and content.</summary>
    public static byte[] Pdu(byte type, params byte[] body)
    {
        byte[] bytes = [type, 0, 0, 0, 0, 0, .. body];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(2), body.Length);
        return bytes;
    }

    public static CommandSet Echo(ushort id = 1) => new(CommandField.CEchoRq) { AffectedSopClassUid = Uids.Verification, MessageId = id, HasDataSet = false };

    public static CommandSet Store(ushort id = 2) => new(CommandField.CStoreRq)
    {
        AffectedSopClassUid = Uids.CtImageStorage,
        MessageId = id,
        Priority = 0,
        AffectedSopInstanceUid = "1.2.3",
        HasDataSet = true,
    };

    /// <summary>Sends, or finds that the other side has closed already, which is no concern of the one who sends rubbish.</summary>
    public async Task SendAsync(byte[] bytes)
    {
        using CancellationTokenSource deadline = new(Deadline);
        try
        {
            await socket.SendAsync(bytes, deadline.Token);
        }
        catch (SocketException)
        {
            return;
        }
    }

    /// <summary>The next PDU with its header, or null when the other side closed or reset.</summary>
    public async Task<byte[]?> ReadPduAsync()
    {
        byte[] header = new byte[PduLimits.HeaderBytes];
        if (!await FillAsync(header))
        {
            return null;
        }

        byte[] body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(2))];
        return await FillAsync(body) ? [.. header, .. body] : null;
    }

    /// <summary>The next message's command set.</summary>
    public async Task<CommandSet> ReadCommandAsync()
    {
        byte[] pdu = await ReadPduAsync() ?? throw new EndOfStreamException("closed instead of an answer");
        Assert.Equal((byte)PduType.DataTf, pdu[0]);
        return CommandSet.Read(pdu.AsSpan(PduLimits.HeaderBytes + PduLimits.PdvHeaderBytes));
    }

    /// <summary>Reads until the other side aborts or closes; fails when it does neither in time. True for A-ABORT.</summary>
    public async Task<bool> EndsAsync()
    {
        while (await ReadPduAsync() is { } pdu)
        {
            if (pdu[0] == (byte)PduType.Abort)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose() => socket.Dispose();

    private async Task<bool> FillAsync(byte[] target)
    {
        using CancellationTokenSource deadline = new(Deadline);
        try
        {
            for (int filled = 0; filled < target.Length;)
            {
                int read = await socket.ReceiveAsync(target.AsMemory(filled), deadline.Token);
                if (read == 0)
                {
                    return false;
                }

                filled += read;
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>A provider that runs a script for each connection: a hostile server for our user side.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource ending = new();
    private readonly Task serving;

    public RawServer(Func<RawPeer, Task> script)
    {
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        serving = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    using RawPeer peer = new(await listening.AcceptAsync(ending.Token));
                    await script(peer);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }
        });
    }

    /// <summary>A server that accepts what is asked for and then runs <paramref name="script"/>.</summary>
    public static RawServer Accepting(Func<RawPeer, Task> script, uint pduBytesMax = 16384) => new(async peer =>
    {
        await peer.ReadPduAsync();
        await peer.SendAsync(PduWriter.Write(new Pdu.AssociateAc("SCP", "SCU", PduWriter.DicomApplicationContext,
            [.. Enumerable.Range(0, 4).Select(number => new PresentationContextAnswer((byte)(2 * number + 1), PresentationResult.Acceptance, Uids.ImplicitVrLittleEndian))],
            new UserInformation(pduBytesMax, "1.2.3", null))));
        await script(peer);
    });

    public IPEndPoint EndPoint => (IPEndPoint)listening.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listening.Dispose();
        await ((Task)serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ending.Dispose();
    }
}
