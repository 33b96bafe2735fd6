using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>File meta information (PS3.10 7.1) as this product writes it: nothing of the source's implementation or AE titles.</summary>
public static class FileMetaInformation
{
    /// <summary>Identifies this implementation in files and associations (PS3.10 7.1, PS3.7 D.3.3.2). Fixed for ever.</summary>
    public const string ImplementationClassUid = "2.25.317480139870211605338274310695214866937";

    /// <summary>Names this implementation (PS3.10 7.1, PS3.7 D.3.3.2).</summary>
    public const string ImplementationVersionName = "DEIDCLUSTER";

    /// <summary>Tag, VR and a length of two bytes (PS3.5 7.1.2). Bytes.</summary>
    private const int ShortHeaderBytes = 8;

    /// <summary>The same with a length of four bytes, as OB has it. Bytes.</summary>
    private const int LongHeaderBytes = 12;

    /// <summary>The longest value behind a length of two bytes. Bytes.</summary>
    private const int ShortValueBytesMax = ushort.MaxValue - 1;

    private static readonly byte[] Version = [0x00, 0x01];

    /// <summary>The meta information of an instance; (0002,0000) is computed.</summary>
    /// <exception cref="DicomFormatException">A UID has letters that are not even ASCII.</exception>
    public static DataSet Build(string sopClassUid, string sopInstanceUid, string transferSyntaxUid)
    {
        if (!System.Text.Ascii.IsValid(sopClassUid) || !System.Text.Ascii.IsValid(sopInstanceUid))
        {
            throw new DicomFormatException("a UID with letters that no UID has", 0);
        }

        DataSet meta = new();
        meta.SetBytes(Tags.FileMetaInformationVersion, Vr.OB, Version);
        meta.SetString(Tags.MediaStorageSOPClassUID, sopClassUid);
        meta.SetString(Tags.MediaStorageSOPInstanceUID, sopInstanceUid);
        meta.SetString(Tags.TransferSyntaxUID, transferSyntaxUid);
        meta.SetString(Tags.ImplementationClassUID, ImplementationClassUid);
        meta.SetString(Tags.ImplementationVersionName, ImplementationVersionName);
        SetGroupLength(meta);
        return meta;
    }

    /// <summary>
    /// Preamble, prefix and meta information of a received instance, in one piece: what <see cref="DicomFileWriter"/> writes of <see cref="Build"/> and
    /// the two titles, without the model between, because each received instance needs it.
    /// </summary>
    internal static byte[] ReceivedHead(string sopClassUid, string sopInstanceUid, string transferSyntaxUid, string sendingAeTitle, string receivingAeTitle)
    {
        ReadOnlySpan<(Tag Tag, Vr Vr, string Value)> elements =
        [
            (Tags.MediaStorageSOPClassUID, Vr.UI, sopClassUid),
            (Tags.MediaStorageSOPInstanceUID, Vr.UI, sopInstanceUid),
            (Tags.TransferSyntaxUID, Vr.UI, transferSyntaxUid),
            (Tags.ImplementationClassUID, Vr.UI, ImplementationClassUid),
            (Tags.ImplementationVersionName, Vr.SH, ImplementationVersionName),
            (Tags.SendingApplicationEntityTitle, Vr.AE, sendingAeTitle),
            (Tags.ReceivingApplicationEntityTitle, Vr.AE, receivingAeTitle),
        ];
        int grouped = LongHeaderBytes + Version.Length;
        foreach ((_, _, string value) in elements)
        {
            grouped += ShortHeaderBytes + (value.Length <= ShortValueBytesMax ? Even(value.Length) : throw new DicomFormatException("A UID or title is too long for the file meta information", 0));
        }

        byte[] head = new byte[DicomFileWriter.PreambleBytes + DicomFileWriter.Prefix.Length + ShortHeaderBytes + sizeof(uint) + grouped];
        Span<byte> rest = head.AsSpan(DicomFileWriter.PreambleBytes);
        DicomFileWriter.Prefix.CopyTo(rest);
        rest = rest[DicomFileWriter.Prefix.Length..];
        WriteHeader(rest, Tags.FileMetaInformationGroupLength, Vr.UL, sizeof(uint));
        BinaryPrimitives.WriteInt32LittleEndian(rest[ShortHeaderBytes..], grouped);
        rest = rest[(ShortHeaderBytes + sizeof(uint))..];
        WriteHeader(rest, Tags.FileMetaInformationVersion, Vr.OB, 0);
        BinaryPrimitives.WriteInt32LittleEndian(rest[ShortHeaderBytes..], Version.Length);
        Version.CopyTo(rest[LongHeaderBytes..]);
        rest = rest[(LongHeaderBytes + Version.Length)..];
        foreach ((Tag tag, Vr vr, string value) in elements)
        {
            WriteHeader(rest, tag, vr, (ushort)Even(value.Length));
            Encoding.ASCII.GetBytes(value, rest[ShortHeaderBytes..]);
            if (value.Length % 2 == 1)
            {
                rest[ShortHeaderBytes + value.Length] = vr == Vr.UI ? (byte)0 : (byte)' ';
            }

            rest = rest[(ShortHeaderBytes + Even(value.Length))..];
        }

        return head;
    }

    private static int Even(int length) => length + (length & 1);

    private static void WriteHeader(Span<byte> target, Tag tag, Vr vr, ushort length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(target, tag.Group);
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], tag.ElementNumber);
        BinaryPrimitives.WriteUInt16BigEndian(target[4..], (ushort)vr);
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], length);
    }

    /// <summary>Sets (0002,0000) to the number of bytes behind it (PS3.10 7.1).</summary>
    internal static void SetGroupLength(DataSet meta)
    {
        meta.Remove(Tags.FileMetaInformationGroupLength);
        meta.SetUint(Tags.FileMetaInformationGroupLength, (uint)DataSetWriter.Segments(meta, TransferSyntax.ExplicitVrLittleEndian).Length);
    }
}
