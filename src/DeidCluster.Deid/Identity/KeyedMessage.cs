using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Deid;

/// <summary>The bytes that a key signs: label and fields, each behind its length, so that no two lists of fields give the same bytes.</summary>
internal static class KeyedMessage
{
    /// <summary>Each text as UTF-8 behind its byte count (32 bits, little endian).</summary>
    public static byte[] Write(string label, ReadOnlySpan<string> fields)
    {
        int length = FieldLength(label);
        foreach (string field in fields)
        {
            length += FieldLength(field);
        }

        byte[] message = new byte[length];
        int at = Append(message, 0, label);
        foreach (string field in fields)
        {
            at = Append(message, at, field);
        }

        return message;
    }

    private static int FieldLength(string text) => sizeof(int) + Encoding.UTF8.GetByteCount(text);

    private static int Append(byte[] message, int at, string text)
    {
        int written = Encoding.UTF8.GetBytes(text, message.AsSpan(at + sizeof(int)));
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(at), written);
        return at + sizeof(int) + written;
    }
}
