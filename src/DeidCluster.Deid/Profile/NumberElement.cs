using System.Buffers.Binary;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Elements of binary numbers.</summary>
internal static class NumberElement
{
    /// <summary>An element of <paramref name="values"/>; null when the VR holds no numbers or one of them does not fit.</summary>
    public static ValueElement? Make(Tag tag, Vr vr, ReadOnlySpan<double> values)
    {
        if (vr is not (Vr.US or Vr.SS or Vr.UL or Vr.SL or Vr.FL or Vr.FD))
        {
            return null;
        }

        int size = vr.UnitBytes();
        byte[] bytes = new byte[values.Length * size];
        for (int i = 0; i < values.Length; i++)
        {
            if (!Fits(vr, values[i]))
            {
                return null;
            }

            Write(vr, values[i], bytes.AsSpan(i * size, size));
        }

        return new ValueElement(tag, vr, bytes);
    }

    private static bool Fits(Vr vr, double value) => vr switch
    {
        Vr.US => value is >= ushort.MinValue and <= ushort.MaxValue,
        Vr.SS => value is >= short.MinValue and <= short.MaxValue,
        Vr.UL => value is >= uint.MinValue and <= uint.MaxValue,
        Vr.SL => value is >= int.MinValue and <= int.MaxValue,
        _ => true,
    };

    private static void Write(Vr vr, double value, Span<byte> at)
    {
        switch (vr)
        {
            case Vr.US:
                BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value);
                break;
            case Vr.SS:
                BinaryPrimitives.WriteInt16LittleEndian(at, (short)value);
                break;
            case Vr.UL:
                BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)value);
                break;
            case Vr.SL:
                BinaryPrimitives.WriteInt32LittleEndian(at, (int)value);
                break;
            case Vr.FL:
                BinaryPrimitives.WriteSingleLittleEndian(at, (float)value);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(at, value);
                break;
        }
    }
}
