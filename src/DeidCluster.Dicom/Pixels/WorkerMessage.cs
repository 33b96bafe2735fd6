using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>What a worker process is asked to do with a frame.</summary>
internal enum WorkerTask : byte
{
    /// <summary>Codestream to native pixels.</summary>
    Decode = 1,

    /// <summary>Native pixels to a codestream that decodes to the same.</summary>
    Encode = 2,
}

/// <summary>How a worker process answers.</summary>
internal enum WorkerStatus : byte
{
    /// <summary>It is ready; the first message of each worker.</summary>
    Ready = 1,

    /// <summary>The payload is the result.</summary>
    Done = 2,

    /// <summary>The library is not on this machine; the worker ends.</summary>
    NotInstalled = 3,

    /// <summary>The decoder or encoder said no; the payload is the reason, in ASCII.</summary>
    Refused = 4,

    /// <summary>What was encoded does not decode to the same.</summary>
    NotLossless = 5,
}

/// <summary>
/// The head of a message between this process and a worker, of fixed length and followed by <see cref="PayloadBytes"/> bytes. Both ends are of one build, so
/// there is no version to negotiate; the magic number finds a stranger on the other end.
/// </summary>
internal readonly record struct WorkerMessage
{
    /// <summary>The length of every head. Bytes.</summary>
    public const int HeadBytes = 128;

    /// <summary>The longest reason of a refusal. Bytes.</summary>
    public const int ReasonBytesMax = 512;

    private const uint Magic = 0x31574344; // "DCW1"
    private const int PhotometricAt = 32;
    private const int PhotometricBytes = 16;
    private const int SyntaxAt = 48;
    private const int SyntaxBytes = 64;

    /// <summary>Counts the requests to one worker; an answer carries the number of its request.</summary>
    public required uint Number { get; init; }

    /// <summary>In a request, the task; 0 in an answer.</summary>
    public WorkerTask Task { get; init; }

    /// <summary>In an answer, the status; 0 in a request.</summary>
    public WorkerStatus Status { get; init; }

    /// <summary>What the native pixels mean.</summary>
    public PixelDescription? Description { get; init; }

    /// <summary>The UID of the transfer syntax of the codestream; empty in an answer.</summary>
    public string TransferSyntaxUid { get; init; }

    /// <summary>The length of what follows. Bytes.</summary>
    public required int PayloadBytes { get; init; }

    /// <summary>Writes the head to <paramref name="head"/>.</summary>
    public void Write(Span<byte> head)
    {
        head[..HeadBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(head[4..], Number);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], PayloadBytes);
        head[12] = (byte)Task;
        head[13] = (byte)Status;
        if (Description is { } description)
        {
            head[14] = 1;
            head[15] = (byte)description.SamplesPerPixel;
            BinaryPrimitives.WriteUInt16LittleEndian(head[16..], (ushort)description.Rows);
            BinaryPrimitives.WriteUInt16LittleEndian(head[18..], (ushort)description.Columns);
            head[20] = (byte)description.BitsAllocated;
            head[21] = (byte)description.BitsStored;
            head[22] = (byte)description.HighBit;
            head[23] = (byte)(description.IsSigned ? 1 : 0);
            head[24] = (byte)(description.IsPlanar ? 1 : 0);
            Encoding.ASCII.GetBytes(Cut(description.PhotometricInterpretation, PhotometricBytes), head[PhotometricAt..]);
        }

        Encoding.ASCII.GetBytes(Cut(TransferSyntaxUid ?? "", SyntaxBytes), head[SyntaxAt..]);
    }

    /// <summary>Reads a head; null when it is none.</summary>
    public static WorkerMessage? Read(ReadOnlySpan<byte> head)
    {
        int payloadBytes = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic || payloadBytes < 0)
        {
            return null;
        }

        return new WorkerMessage
        {
            Number = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]),
            PayloadBytes = payloadBytes,
            Task = (WorkerTask)head[12],
            Status = (WorkerStatus)head[13],
            Description = head[14] == 0 ? null : new PixelDescription
            {
                SamplesPerPixel = head[15],
                Rows = BinaryPrimitives.ReadUInt16LittleEndian(head[16..]),
                Columns = BinaryPrimitives.ReadUInt16LittleEndian(head[18..]),
                BitsAllocated = head[20],
                BitsStored = head[21],
                HighBit = head[22],
                IsSigned = head[23] == 1,
                IsPlanar = head[24] == 1,
                PhotometricInterpretation = Ascii(head.Slice(PhotometricAt, PhotometricBytes)),
            },
            TransferSyntaxUid = Ascii(head.Slice(SyntaxAt, SyntaxBytes)),
        };
    }

    private static string Cut(string text, int length) => text.Length <= length ? text : text[..length];

    private static string Ascii(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes.TrimEnd((byte)0));
}
