using System.Text;

namespace DeidCluster.Dicom;

/// <summary>Sets elements from values that are text, as XML carries them.</summary>
internal static class ValueText
{
    /// <summary>Sets <paramref name="tag"/>; what does not fit the VR is a <see cref="FormatException"/> or <see cref="ArgumentException"/>.</summary>
    public static void Set(DataSet dataSet, Tag tag, Vr vr, List<string> values)
    {
        if (vr.IsText())
        {
            dataSet.SetString(tag, vr, [.. values]);
            return;
        }

        if (vr is Vr.OB or Vr.OW or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.UN)
        {
            dataSet.SetBytes(tag, vr, values.SelectMany(Convert.FromBase64String).ToArray());
            return;
        }

        int size = vr == Vr.AT ? sizeof(uint) : vr.UnitBytes();
        byte[] numbers = new byte[values.Count * size];
        for (int i = 0; i < values.Count; i++)
        {
            if (!NumberValues.TryWrite(vr, Encoding.UTF8.GetBytes(values[i].Trim()), numbers.AsSpan(i * size, size)))
            {
                throw new FormatException($"no value of {vr}");
            }
        }

        dataSet.SetBytes(tag, vr, numbers);
    }
}
