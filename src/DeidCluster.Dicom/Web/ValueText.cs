using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>Sets elements from values that are text, as JSON and XML carry them.</summary>
internal static class ValueText
{
    /// <summary>Sets <paramref name="tag"/>; what does not fit the VR is a <see cref="FormatException"/>, <see cref="OverflowException"/> or <see cref="ArgumentException"/>.</summary>
    public static void Set(DataSet dataSet, Tag tag, Vr vr, List<string> values)
    {
        if (vr.IsText())
        {
            dataSet.SetString(tag, vr, [.. values]);
            return;
        }

        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes); // little endian, as values are held
        foreach (string value in values)
        {
            switch (vr)
            {
                case Vr.US: writer.Write(ushort.Parse(value, CultureInfo.InvariantCulture)); break;
                case Vr.SS: writer.Write(short.Parse(value, CultureInfo.InvariantCulture)); break;
                case Vr.UL: writer.Write(uint.Parse(value, CultureInfo.InvariantCulture)); break;
                case Vr.SL: writer.Write(int.Parse(value, CultureInfo.InvariantCulture)); break;
                case Vr.UV: writer.Write(ulong.Parse(value, CultureInfo.InvariantCulture)); break;
                case Vr.SV: writer.Write(long.Parse(value, CultureInfo.InvariantCulture)); break;
                case Vr.FL: writer.Write(float.Parse(value, CultureInfo.InvariantCulture)); break;
                case Vr.FD: writer.Write(double.Parse(value, CultureInfo.InvariantCulture)); break;
                case Vr.AT when Tag.TryParse(value, out Tag named):
                    writer.Write(named.Group);
                    writer.Write(named.ElementNumber);
                    break;
                default: writer.Write(Convert.FromBase64String(value)); break;
            }
        }

        dataSet.SetBytes(tag, vr, bytes.ToArray());
    }
}
