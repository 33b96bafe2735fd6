using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// Bytes to <see cref="Pdu"/> (PS3.8 9.3): pure. Every length is checked against what is there and against <see cref="PduLimits"/>;
/// whatever is wrong is a <see cref="DicomFormatException"/> whose offset counts from the start of the body.
/// </summary>
public static partial class PduReader
{
    private const byte ApplicationContextItem = 0x10;
    private const byte PresentationContextRqItem = 0x20;
    private const byte PresentationContextAcItem = 0x21;
    private const byte AbstractSyntaxItem = 0x30;
    private const byte TransferSyntaxItem = 0x40;
    private const byte UserInformationItem = 0x50;

    /// <summary>Protocol version, both AE titles and reserved bytes in front of the variable items (PS3.8 9.3.2). Bytes.</summary>
    private const int AssociateFixedBytes = 68;

    /// <summary>Reads the body of a PDU whose type byte is <paramref name="type"/>. PDVs refer to <paramref name="body"/> and are not copied.</summary>
    public static Pdu Read(byte type, ReadOnlyMemory<byte> body) => (PduType)type switch
    {
        PduType.AssociateRq => ReadAssociateRq(body.Span),
        PduType.AssociateAc => ReadAssociateAc(body.Span),
        PduType.AssociateRj => new Pdu.AssociateRj(At(body.Span, 1), At(body.Span, 2), At(body.Span, 3)),
        PduType.DataTf => ReadDataTf(body),
        PduType.ReleaseRq => new Pdu.ReleaseRq(),
        PduType.ReleaseRp => new Pdu.ReleaseRp(),
        PduType.Abort => new Pdu.Abort(At(body.Span, 2), At(body.Span, 3)),
        _ => throw new DicomFormatException("Unknown PDU type", 0),
    };

    private static Pdu.AssociateRq ReadAssociateRq(ReadOnlySpan<byte> body)
    {
        List<PresentationContext> contexts = [];
        Items items = new(body, AssociateStart(body));
        AssociateItems common = new();
        while (items.Next())
        {
            if (items.Type == PresentationContextRqItem)
            {
                contexts.Add(ReadPresentationContext(items.Value, items.Offset));
                RefuseMore(contexts.Count, PduLimits.PresentationContextsMax, "presentation contexts", items.Offset);
            }
            else
            {
                common = common.With(items);
            }
        }

        return new Pdu.AssociateRq(AeTitle(body[4..20]), AeTitle(body[20..36]), common.ApplicationContext, contexts, common.User);
    }

    private static Pdu.AssociateAc ReadAssociateAc(ReadOnlySpan<byte> body)
    {
        List<PresentationContextAnswer> contexts = [];
        Items items = new(body, AssociateStart(body));
        AssociateItems common = new();
        while (items.Next())
        {
            if (items.Type == PresentationContextAcItem)
            {
                contexts.Add(ReadPresentationContextAnswer(items.Value, items.Offset));
                RefuseMore(contexts.Count, PduLimits.PresentationContextsMax, "presentation contexts", items.Offset);
            }
            else
            {
                common = common.With(items);
            }
        }

        return new Pdu.AssociateAc(AeTitle(body[4..20]), AeTitle(body[20..36]), common.ApplicationContext, contexts, common.User);
    }

    private static int AssociateStart(ReadOnlySpan<byte> body) =>
        body.Length >= AssociateFixedBytes ? AssociateFixedBytes : throw new DicomFormatException("A-ASSOCIATE PDU is cut short", body.Length);

    private static PresentationContext ReadPresentationContext(ReadOnlySpan<byte> value, int offset)
    {
        byte id = ContextId(value, offset);
        string abstractSyntax = "";
        List<string> transferSyntaxes = [];
        Items items = new(value, 4, offset);
        while (items.Next())
        {
            switch (items.Type)
            {
                case AbstractSyntaxItem:
                    abstractSyntax = Uid(items.Value, items.Offset);
                    break;
                case TransferSyntaxItem:
                    transferSyntaxes.Add(Uid(items.Value, items.Offset));
                    RefuseMore(transferSyntaxes.Count, PduLimits.TransferSyntaxesMax, "transfer syntaxes", items.Offset);
                    break;
            }
        }

        return new PresentationContext(id, abstractSyntax, transferSyntaxes);
    }

    private static PresentationContextAnswer ReadPresentationContextAnswer(ReadOnlySpan<byte> value, int offset)
    {
        byte id = ContextId(value, offset);
        string transferSyntax = "";
        Items items = new(value, 4, offset);
        while (items.Next())
        {
            if (items.Type == TransferSyntaxItem)
            {
                transferSyntax = Uid(items.Value, items.Offset);
            }
        }

        return new PresentationContextAnswer(id, (PresentationResult)value[2], transferSyntax);
    }

    /// <summary>Takes the next PDV from the front of <paramref name="rest"/>, what is left of a P-DATA-TF body of <paramref name="bodyBytes"/>; its bytes are not copied.</summary>
    internal static Pdv TakePdv(ref ReadOnlyMemory<byte> rest, int bodyBytes)
    {
        int at = bodyBytes - rest.Length;
        ReadOnlySpan<byte> header = rest.Span;
        if (header.Length < PduLimits.PdvHeaderBytes)
        {
            throw new DicomFormatException("PDV header is cut short", at);
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length < 2 || length > (uint)(header.Length - 4))
        {
            throw new DicomFormatException("PDV length does not fit its PDU", at);
        }

        byte control = header[5];
        Pdv pdv = new(header[4], (control & 1) != 0, (control & 2) != 0, rest.Slice(PduLimits.PdvHeaderBytes, (int)length - 2));
        rest = rest[(4 + (int)length)..];
        return pdv;
    }

    private static Pdu.DataTf ReadDataTf(ReadOnlyMemory<byte> body)
    {
        List<Pdv> pdvs = new(1);
        ReadOnlyMemory<byte> rest = body;
        while (!rest.IsEmpty)
        {
            pdvs.Add(TakePdv(ref rest, body.Length));
        }

        return new Pdu.DataTf(pdvs);
    }

    private static byte ContextId(ReadOnlySpan<byte> value, int offset)
    {
        if (value.Length < 4)
        {
            throw new DicomFormatException("Presentation context item is cut short", offset);
        }

        return (value[0] & 1) == 1 ? value[0] : throw new DicomFormatException("Presentation context id is even", offset);
    }

    private static byte At(ReadOnlySpan<byte> body, int index) =>
        body.Length > index ? body[index] : throw new DicomFormatException("PDU is cut short", body.Length);

    // Peers pad UIDs with NUL or space although PS3.8 9.3.1 note 2 says that items are not padded.
    private static string Uid(ReadOnlySpan<byte> value, int offset)
    {
        ReadOnlySpan<byte> uid = value.TrimEnd("\0 "u8);
        if (uid.Length > PduLimits.UidBytesMax || uid.ContainsAnyExcept("0123456789."u8))
        {
            throw new DicomFormatException("Item is not a UID", offset);
        }

        return Encoding.ASCII.GetString(uid);
    }

    // The title is printed in errors, so what is not printable ASCII is refused (PS3.5 6.2, AE).
    private static string AeTitle(ReadOnlySpan<byte> field)
    {
        ReadOnlySpan<byte> title = field.Trim("\0 "u8);
        if (title.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            throw new DicomFormatException("AE title holds a character that is not printable", 4);
        }

        return Encoding.ASCII.GetString(title);
    }

    private static void RefuseMore(int count, int max, string what, int offset)
    {
        if (count > max)
        {
            throw new DicomFormatException($"More than {max} {what}", offset);
        }
    }

    /// <summary>The items that a request and its answer share.</summary>
    private readonly record struct AssociateItems(string ApplicationContext, UserInformation User)
    {
        public AssociateItems() : this("", new UserInformation(0, "", null)) { }

        public AssociateItems With(Items item) => item.Type switch
        {
            ApplicationContextItem => this with { ApplicationContext = Uid(item.Value, item.Offset) },
            UserInformationItem => this with { User = ReadUserInformation(item.Value, item.Offset) },
            _ => this,
        };
    }

    /// <summary>Walks items of type, reserved byte, 16-bit length and value.</summary>
    private ref struct Items(ReadOnlySpan<byte> bytes, int start, int baseOffset = 0)
    {
        private readonly ReadOnlySpan<byte> bytes = bytes;
        private readonly int baseOffset = baseOffset;
        private int at = start;

        public byte Type { get; private set; }

        public ReadOnlySpan<byte> Value { get; private set; }

        /// <summary>Where the value starts, counted from the PDU's body.</summary>
        public int Offset { get; private set; }

        public bool Next()
        {
            if (at >= bytes.Length)
            {
                return false;
            }

            if (bytes.Length - at < 4)
            {
                throw new DicomFormatException("Item header is cut short", baseOffset + at);
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (length > bytes.Length - at - 4)
            {
                throw new DicomFormatException("Item is longer than what holds it", baseOffset + at);
            }

            Type = bytes[at];
            Value = bytes.Slice(at + 4, length);
            Offset = baseOffset + at + 4;
            at += 4 + length;
            return true;
        }
    }
}
