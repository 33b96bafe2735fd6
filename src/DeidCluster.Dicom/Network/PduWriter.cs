using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary><see cref="Pdu"/> to bytes (PS3.8 9.3): pure, header included, so that each PDU leaves in one write.</summary>
public static partial class PduWriter
{
    /// <summary>The DICOM application context (PS3.7 A.2.1), the only one there is.</summary>
    public const string DicomApplicationContext = "1.2.840.10008.3.1.1.1";

    /// <summary>The bytes of <paramref name="pdu"/>.</summary>
    public static byte[] Write(Pdu pdu) => pdu switch
    {
        Pdu.AssociateRq request => WriteAssociate(PduType.AssociateRq, request.CalledAeTitle, request.CallingAeTitle,
            request.ApplicationContextName, request.UserInformation, buffer => WriteContexts(buffer, request.PresentationContexts)),
        Pdu.AssociateAc answer => WriteAssociate(PduType.AssociateAc, answer.CalledAeTitle, answer.CallingAeTitle,
            answer.ApplicationContextName, answer.UserInformation, buffer => WriteContexts(buffer, answer.PresentationContexts)),
        Pdu.AssociateRj rejection => [(byte)PduType.AssociateRj, 0, 0, 0, 0, 4, 0, rejection.Result, rejection.Source, rejection.Reason],
        Pdu.DataTf data => WriteDataTf(data),
        Pdu.ReleaseRq => [(byte)PduType.ReleaseRq, 0, 0, 0, 0, 4, 0, 0, 0, 0],
        Pdu.ReleaseRp => [(byte)PduType.ReleaseRp, 0, 0, 0, 0, 4, 0, 0, 0, 0],
        Pdu.Abort abort => [(byte)PduType.Abort, 0, 0, 0, 0, 4, 0, 0, abort.Source, abort.Reason],
        _ => throw new ArgumentOutOfRangeException(nameof(pdu)),
    };

    /// <summary>Writes the headers of a P-DATA-TF PDU that holds one PDV; the fragment of <paramref name="fragmentBytes"/> follows them.</summary>
    public static void WriteDataHeader(Span<byte> target, byte contextId, bool isCommand, bool isLast, int fragmentBytes)
    {
        target[0] = (byte)PduType.DataTf;
        target[1] = 0;
        BinaryPrimitives.WriteInt32BigEndian(target[2..], fragmentBytes + PduLimits.PdvHeaderBytes);
        WritePdvHeader(target[PduLimits.HeaderBytes..], contextId, isCommand, isLast, fragmentBytes);
    }

    private static void WritePdvHeader(Span<byte> target, byte contextId, bool isCommand, bool isLast, int fragmentBytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(target, fragmentBytes + 2);
        target[4] = contextId;
        target[5] = (byte)((isCommand ? 1 : 0) | (isLast ? 2 : 0));
    }

    private static byte[] WriteDataTf(Pdu.DataTf data)
    {
        int length = data.Pdvs.Sum(pdv => PduLimits.PdvHeaderBytes + pdv.Bytes.Length);
        byte[] bytes = new byte[PduLimits.HeaderBytes + length];
        bytes[0] = (byte)PduType.DataTf;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(2), length);
        int at = PduLimits.HeaderBytes;
        foreach (Pdv pdv in data.Pdvs)
        {
            WritePdvHeader(bytes.AsSpan(at), pdv.ContextId, pdv.IsCommand, pdv.IsLast, pdv.Bytes.Length);
            pdv.Bytes.Span.CopyTo(bytes.AsSpan(at + PduLimits.PdvHeaderBytes));
            at += PduLimits.PdvHeaderBytes + pdv.Bytes.Length;
        }

        return bytes;
    }

    private static byte[] WriteAssociate(
        PduType type, string called, string calling, string applicationContext, UserInformation user, Action<MemoryStream> writeContexts)
    {
        using MemoryStream buffer = new();
        buffer.Write([(byte)type, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
        WriteAeTitle(buffer, called);
        WriteAeTitle(buffer, calling);
        buffer.Write(new byte[32]);
        WriteItem(buffer, 0x10, applicationContext);
        writeContexts(buffer);
        WriteUserInformation(buffer, user);
        byte[] bytes = buffer.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(2), bytes.Length - PduLimits.HeaderBytes);
        return bytes;
    }

    private static void WriteContexts(MemoryStream buffer, IReadOnlyList<PresentationContext> contexts)
    {
        foreach (PresentationContext context in contexts)
        {
            using MemoryStream item = new();
            item.Write([context.Id, 0, 0, 0]);
            WriteItem(item, 0x30, context.AbstractSyntax);
            foreach (string transferSyntax in context.TransferSyntaxes)
            {
                WriteItem(item, 0x40, transferSyntax);
            }

            WriteItem(buffer, 0x20, item.ToArray());
        }
    }

    private static void WriteContexts(MemoryStream buffer, IReadOnlyList<PresentationContextAnswer> contexts)
    {
        foreach (PresentationContextAnswer context in contexts)
        {
            using MemoryStream item = new();
            item.Write([context.Id, 0, (byte)context.Result, 0]);
            WriteItem(item, 0x40, context.TransferSyntax);
            WriteItem(buffer, 0x21, item.ToArray());
        }
    }

    private static void WriteItem(MemoryStream buffer, byte type, string text) => WriteItem(buffer, type, Encoding.Latin1.GetBytes(text));

    private static void WriteItem(MemoryStream buffer, byte type, byte[] value)
    {
        buffer.Write([type, 0]);
        WriteField(buffer, value);
    }

    private static void WriteAeTitle(MemoryStream buffer, string title)
    {
        byte[] field = new byte[PduLimits.AeTitleBytes];
        field.AsSpan().Fill((byte)' ');
        Encoding.ASCII.GetBytes(title, field);
        buffer.Write(field);
    }
}
