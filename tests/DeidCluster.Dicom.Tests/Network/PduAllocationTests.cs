using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Reflection;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>What the way of a PDU allocates: nothing that grows with their number.</summary>
public class PduAllocationTests
{
    private const int Pdus = 20_000;
    private const int FragmentBytes = 1000;

    /// <summary>Buffers and the message; 10 bytes for a PDU would be as much. In a debug build every call of an async method allocates its state machine, a dozen for a PDU.</summary>
    private static readonly long BytesMax = IsDebugBuild ? 2000L * Pdus : 200_000;

    private static bool IsDebugBuild => typeof(DicomListener).Assembly.GetCustomAttribute<DebuggableAttribute>()?.IsJITOptimizerDisabled == true;

    [Fact]
    public async Task ReceivingADataSet_AllocatesNothingForAPdu()
    {
        CommandSet store = new(CommandField.CStoreRq) { AffectedSopClassUid = Uids.CtImageStorage, MessageId = 1, AffectedSopInstanceUid = "1.2.3", HasDataSet = true };
        using MemoryStream conversation = new();
        conversation.Write(PduWriter.Write(new Pdu.DataTf([new Pdv(1, true, true, store.Write())])));
        byte[] pdu = PduWriter.Write(new Pdu.DataTf([new Pdv(1, false, false, new byte[FragmentBytes])]));
        for (int number = 1; number < Pdus; number++)
        {
            conversation.Write(pdu);
        }

        conversation.Write(PduWriter.Write(new Pdu.DataTf([new Pdv(1, false, true, new byte[FragmentBytes])])));
        conversation.Position = 0;
        await using Association association = Established(conversation);
        DimseMessage message = (await association.ReceiveAsync(Peers.Deadline, Peers.Soon))!;
        byte[] target = new byte[64 * 1024];
        long bytes = 0;
        CancellationToken ct = Peers.Soon;
        long before = GC.GetAllocatedBytesForCurrentThread(); // nothing waits, so all of it runs here
        int read;
        while ((read = await message.DataSet.ReadAsync(target, ct)) > 0)
        {
            bytes += read;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((long)Pdus * FragmentBytes, bytes);
        Assert.InRange(allocated, 0, BytesMax);
    }

    [Fact]
    public async Task SendingADataSet_AllocatesNothingForAPdu_AndWritesManyAtOnce()
    {
        using CountingStream wire = new();
        await using Association association = Established(wire, sendBytesMax: FragmentBytes + PduLimits.PdvHeaderBytes);
        CommandSet store = new(CommandField.CStoreRq) { AffectedSopClassUid = Uids.CtImageStorage, MessageId = 1, AffectedSopInstanceUid = "1.2.3", HasDataSet = true };
        using MemoryStream dataSet = new(new byte[Pdus * FragmentBytes]);
        CancellationToken ct = Peers.Soon;
        await association.SendAsync(1, store, new MemoryStream(new byte[1000]), 1000, ct); // the pool has its buffer
        wire.Writes = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        await association.SendAsync(1, store, dataSet, dataSet.Length, ct);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, BytesMax + 1024 * 1024); // one buffer, rented once
        Assert.InRange(wire.Writes, 1, (int)(dataSet.Length / (128 * 1024)));
        Assert.Equal(Pdus, wire.Pdus - 3); // two commands, and the first data set
    }

    private static Association Established(Stream stream, uint sendBytesMax = 0)
    {
        UpperLayer upper = new(
            new PduStream(stream, new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), "PEER", TimeProvider.System), isRequestor: true, Peers.Deadline);
        Array.ForEach([UpperLayerEvent.AssociateRequest, UpperLayerEvent.TransportConnected, UpperLayerEvent.AssociateAc], step => upper.On(step));
        AcceptedContext context = new(1, Uids.CtImageStorage, TransferSyntax.ExplicitVrLittleEndian);
        return new Association(upper, new AgreedTerms([context], PduLimits.PduBytesMax, sendBytesMax, OperationsWindow.Synchronous), Peers.Deadline);
    }

    /// <summary>Counts writes, and the PDUs in them.</summary>
    private sealed class CountingStream : MemoryStream
    {
        public int Writes { get; set; }

        public int Pdus { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
        {
            Writes++;
            for (int at = 0; at < bytes.Length; at += PduLimits.HeaderBytes + BinaryPrimitives.ReadInt32BigEndian(bytes.Span[(at + 2)..]))
            {
                Pdus++;
            }

            return ValueTask.CompletedTask;
        }
    }
}
