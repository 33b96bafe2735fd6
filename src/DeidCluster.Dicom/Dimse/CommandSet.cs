using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>The Command Field (PS3.7 E.1-1). A response is its request with the highest bit set.</summary>
public enum CommandField : ushort
{
#pragma warning disable CS1591 // each member is a command of PS3.7 E.1-1
    CStoreRq = 0x0001, CStoreRsp = 0x8001, CGetRq = 0x0010, CGetRsp = 0x8010, CFindRq = 0x0020, CFindRsp = 0x8020,
    CMoveRq = 0x0021, CMoveRsp = 0x8021, CEchoRq = 0x0030, CEchoRsp = 0x8030, CCancelRq = 0x0FFF,
    NEventReportRq = 0x0100, NEventReportRsp = 0x8100, NGetRq = 0x0110, NGetRsp = 0x8110, NSetRq = 0x0120, NSetRsp = 0x8120,
    NActionRq = 0x0130, NActionRsp = 0x8130, NCreateRq = 0x0140, NCreateRsp = 0x8140, NDeleteRq = 0x0150, NDeleteRsp = 0x8150,
#pragma warning restore CS1591
}

/// <summary>
/// A command set (PS3.7 6.3, E): the elements of group 0000 in implicit VR little endian. Properties carry the element keywords;
/// one that is absent reads as null. Elements of the group that are not named here are kept and never
/// interpreted; elements of other groups are dropped.
/// </summary>
public sealed class CommandSet
{
    private const ushort DataSetAbsent = 0x0101;
    private const ushort DataSetPresent = 0x0001;

    private readonly SortedDictionary<ushort, byte[]> elements = [];

    /// <summary>A command set of <paramref name="commandField"/>.</summary>
    public CommandSet(CommandField commandField) => CommandField = commandField;

    private CommandSet() { }

    /// <summary>(0000,0100): which request or response this is.</summary>
    public CommandField CommandField { get => (CommandField)(Number(0x0100) ?? 0); private init => SetNumber(0x0100, (ushort)value); }

    /// <summary>(0000,0002).</summary>
    public string? AffectedSopClassUid { get => Text(0x0002); init => SetText(0x0002, value, '\0'); }

    /// <summary>(0000,0003): the SOP class that an N-GET, N-SET, N-ACTION or N-DELETE works on.</summary>
    public string? RequestedSopClassUid { get => Text(0x0003); init => SetText(0x0003, value, '\0'); }

    /// <summary>(0000,0110): the id of a request.</summary>
    public ushort? MessageId { get => Number(0x0110); init => SetNumber(0x0110, value); }

    /// <summary>(0000,0120): the id of the request that this answers or cancels.</summary>
    public ushort? MessageIdBeingRespondedTo { get => Number(0x0120); init => SetNumber(0x0120, value); }

    /// <summary>(0000,0600): the AE title that a C-MOVE sends to.</summary>
    public string? MoveDestination { get => Text(0x0600); init => SetText(0x0600, value, ' '); }

    /// <summary>(0000,0700): 0 medium, 1 high, 2 low.</summary>
    public ushort? Priority { get => Number(0x0700); init => SetNumber(0x0700, value); }

    /// <summary>(0000,0800): whether a data set follows.</summary>
    public bool HasDataSet { get => Number(0x0800) is ushort type && type != DataSetAbsent; init => SetNumber(0x0800, value ? DataSetPresent : DataSetAbsent); }

    /// <summary>(0000,0900).</summary>
    public DimseStatus? Status { get => Number(0x0900) is ushort code ? new DimseStatus(code) : null; init => SetNumber(0x0900, value?.Code); }

    /// <summary>(0000,0901): the elements in which an error was found.</summary>
    public IReadOnlyList<Tag> OffendingElements { get => TagList(0x0901); init => SetTagList(0x0901, value); }

    /// <summary>(0000,0902): an error in words; it may hold what the peer should not have said, and belongs in no log.</summary>
    public string? ErrorComment { get => Text(0x0902); init => SetText(0x0902, value, ' '); }

    /// <summary>(0000,0903): an error's code, whose meaning is the peer's own.</summary>
    public ushort? ErrorId { get => Number(0x0903); init => SetNumber(0x0903, value); }

    /// <summary>(0000,1000).</summary>
    public string? AffectedSopInstanceUid { get => Text(0x1000); init => SetText(0x1000, value, '\0'); }

    /// <summary>(0000,1001): the SOP instance that an N-GET, N-SET, N-ACTION or N-DELETE works on.</summary>
    public string? RequestedSopInstanceUid { get => Text(0x1001); init => SetText(0x1001, value, '\0'); }

    /// <summary>(0000,1002): what an N-EVENT-REPORT reports.</summary>
    public ushort? EventTypeId { get => Number(0x1002); init => SetNumber(0x1002, value); }

    /// <summary>(0000,1005): the attributes that an N-GET asks for; none asks for all.</summary>
    public IReadOnlyList<Tag> AttributeIdentifierList { get => TagList(0x1005); init => SetTagList(0x1005, value); }

    /// <summary>(0000,1008): what an N-ACTION wants done.</summary>
    public ushort? ActionTypeId { get => Number(0x1008); init => SetNumber(0x1008, value); }

    /// <summary>(0000,1020).</summary>
    public ushort? NumberOfRemainingSuboperations { get => Number(0x1020); init => SetNumber(0x1020, value); }

    /// <summary>(0000,1021).</summary>
    public ushort? NumberOfCompletedSuboperations { get => Number(0x1021); init => SetNumber(0x1021, value); }

    /// <summary>(0000,1022).</summary>
    public ushort? NumberOfFailedSuboperations { get => Number(0x1022); init => SetNumber(0x1022, value); }

    /// <summary>(0000,1023).</summary>
    public ushort? NumberOfWarningSuboperations { get => Number(0x1023); init => SetNumber(0x1023, value); }

    /// <summary>(0000,1030): who asked for the C-MOVE that this C-STORE belongs to.</summary>
    public string? MoveOriginatorAeTitle { get => Text(0x1030); init => SetText(0x1030, value, ' '); }

    /// <summary>(0000,1031): the message id of that C-MOVE.</summary>
    public ushort? MoveOriginatorMessageId { get => Number(0x1031); init => SetNumber(0x1031, value); }

    /// <summary>Failed SOP Instance UID List (0008,0058) where a peer put it among the command's elements; its place is the identifier (PS3.4 C.4.3.1.3.2).</summary>
    internal IReadOnlyList<string> FailedSopInstanceUids { get; private set; } = [];

    /// <summary>True for a request, which expects a response.</summary>
    public bool IsRequest => ((ushort)CommandField & 0x8000) == 0 && CommandField != CommandField.CCancelRq;

    /// <summary>
    /// The response to this request, with its ids filled in (PS3.7 9.3, 10.3). The SOP class and instance are repeated as the affected
    /// ones, and the event or action type.
    /// </summary>
    public CommandSet Response(DimseStatus status, bool hasDataSet = false, string? affectedSopInstanceUid = null) => new((CommandField)((ushort)CommandField | 0x8000))
    {
        AffectedSopClassUid = AffectedSopClassUid ?? RequestedSopClassUid,
        MessageIdBeingRespondedTo = MessageId,
        HasDataSet = hasDataSet,
        Status = status,
        AffectedSopInstanceUid = affectedSopInstanceUid ?? AffectedSopInstanceUid ?? RequestedSopInstanceUid,
        EventTypeId = EventTypeId,
        ActionTypeId = ActionTypeId,
    };

    /// <summary>The response that ends this request as <paramref name="refusal"/> says, with its comment and offending elements.</summary>
    public CommandSet Response(DimseStatusException refusal)
    {
        CommandSet response = Response(refusal.Status);
        response.SetTagList(0x0901, refusal.OffendingElements);
        string? comment = refusal.ErrorComment;
        response.SetText(0x0902, comment?.Length > DimseStatusException.ErrorCommentCharactersMax ? comment[..DimseStatusException.ErrorCommentCharactersMax] : comment, ' ');
        return response;
    }

    /// <summary>Reads a command set; malformed input is a <see cref="DicomFormatException"/>.</summary>
    public static CommandSet Read(ReadOnlySpan<byte> bytes)
    {
        CommandSet command = new();
        int at = 0;
        while (at < bytes.Length)
        {
            if (bytes.Length - at < 8)
            {
                throw new DicomFormatException("Command element header is cut short", at);
            }

            ushort group = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
            ushort element = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
            if (length > (uint)(bytes.Length - at - 8))
            {
                throw new DicomFormatException("Command element is longer than its command set", at, new Tag(0, element).ToString());
            }

            if (group != 0)
            {
                // It does not belong here, and Orthanc puts the list of failed instances of its C-GET into the command (DCMTK's status detail).
                if (new Tag(group, element) == Tags.FailedSOPInstanceUIDList)
                {
                    command.FailedSopInstanceUids = Encoding.ASCII.GetString(bytes.Slice(at + 8, (int)length)).Trim('\0', ' ').Split('\\', StringSplitOptions.RemoveEmptyEntries);
                }

                at += 8 + (int)length;
                continue;
            }

            // (0000,0000) is computed when writing; nothing depends on what the peer counted.
            if (element != 0 && !command.elements.TryAdd(element, bytes.Slice(at + 8, (int)length).ToArray()))
            {
                throw new DicomFormatException("Command element occurs twice", at, new Tag(0, element).ToString());
            }

            at += 8 + (int)length;
        }

        return command.elements.ContainsKey(0x0100) ? command : throw new DicomFormatException("Command set has no Command Field", 0);
    }

    /// <summary>The bytes of this command set, with its group length in front (PS3.7 6.3.1).</summary>
    public byte[] Write()
    {
        int length = elements.Values.Sum(value => 8 + value.Length);
        byte[] bytes = new byte[12 + length];
        WriteHeader(bytes, 0x0000, 4);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), length);
        int at = 12;
        foreach ((ushort element, byte[] value) in elements)
        {
            WriteHeader(bytes.AsSpan(at), element, value.Length);
            value.CopyTo(bytes, at + 8);
            at += 8 + value.Length;
        }

        return bytes;
    }

    /// <summary>The command, its id and status; never a UID or an error comment.</summary>
    public override string ToString() => $"{CommandField} {MessageId ?? MessageIdBeingRespondedTo}{(Status is DimseStatus status ? $" {status}" : "")}";

    /// <summary>A mandatory element's value; the peer broke the protocol when it is absent.</summary>
    internal T Required<T>(T? value, [CallerArgumentExpression(nameof(value))] string keyword = "") where T : struct =>
        value ?? throw new DicomFormatException($"{CommandField} lacks {keyword[(keyword.LastIndexOf('.') + 1)..]}", 0);

    /// <inheritdoc cref="Required{T}(T?, string)"/>
    internal string Required(string? value, [CallerArgumentExpression(nameof(value))] string keyword = "") =>
        string.IsNullOrEmpty(value) ? throw new DicomFormatException($"{CommandField} lacks {keyword[(keyword.LastIndexOf('.') + 1)..]}", 0) : value;

    private static void WriteHeader(Span<byte> target, ushort element, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(target, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], element);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], length);
    }

    private ushort? Number(ushort element) =>
        elements.TryGetValue(element, out byte[]? value) && value.Length >= 2 ? BinaryPrimitives.ReadUInt16LittleEndian(value) : null;

    private string? Text(ushort element) =>
        elements.TryGetValue(element, out byte[]? value) ? Encoding.ASCII.GetString(value).Trim(' ', '\0') : null;

    private void SetNumber(ushort element, ushort? value)
    {
        if (value is ushort number)
        {
            elements[element] = [(byte)number, (byte)(number >> 8)];
        }
    }

    private void SetText(ushort element, string? value, char padding)
    {
        if (value is not null)
        {
            elements[element] = Encoding.ASCII.GetBytes(value.Length % 2 == 0 ? value : value + padding);
        }
    }

    private IReadOnlyList<Tag> TagList(ushort element)
    {
        if (!elements.TryGetValue(element, out byte[]? value))
        {
            return [];
        }

        Tag[] tags = new Tag[value.Length / 4];
        for (int i = 0; i < tags.Length; i++)
        {
            tags[i] = new Tag(BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(4 * i)), BinaryPrimitives.ReadUInt16LittleEndian(value.AsSpan(4 * i + 2)));
        }

        return tags;
    }

    private void SetTagList(ushort element, IReadOnlyList<Tag> tags)
    {
        if (tags.Count == 0)
        {
            return;
        }

        byte[] value = new byte[4 * tags.Count];
        for (int i = 0; i < tags.Count; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(value.AsSpan(4 * i), tags[i].Group);
            BinaryPrimitives.WriteUInt16LittleEndian(value.AsSpan(4 * i + 2), tags[i].ElementNumber);
        }

        elements[element] = value;
    }
}
