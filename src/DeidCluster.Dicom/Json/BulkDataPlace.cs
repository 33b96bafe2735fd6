using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>
/// A value that a writer of DICOM JSON could leave out. <paramref name="Path"/> is its place as a path of a URL: tags of eight digits, and item
/// numbers from 0 behind those of sequences, e.g. "00880200/0/7FE00010". <paramref name="LengthBytes"/> is the length of its value field.
/// </summary>
public readonly record struct BulkDataPlace(string Path, Element Element, long LengthBytes)
{
    /// <summary>The element at <paramref name="path"/> of <paramref name="dataSet"/>; null when there is none.</summary>
    public static Element? Find(DataSet dataSet, string path)
    {
        string[] steps = path.Split('/');
        for (int step = 0; step + 2 < steps.Length; step += 2)
        {
            if (!Tag.TryParse(steps[step], out Tag sequence)
                || !int.TryParse(steps[step + 1], NumberStyles.None, CultureInfo.InvariantCulture, out int item)
                || item >= dataSet.Items(sequence).Count)
            {
                return null;
            }

            dataSet = dataSet.Items(sequence)[item];
        }

        return steps.Length % 2 == 1 && Tag.TryParse(steps[^1], out Tag tag) ? dataSet.Find(tag) : null;
    }
}
