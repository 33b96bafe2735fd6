using System.Globalization;

namespace DeidCluster.Dicom;

/// <summary>
/// Where a value lies in an instance, as a URL of bulk data names it: tags, and numbers of items from 0 between them, as <see cref="BulkDataPlace"/>: "7FE00010", "54000100/0/54001010".
/// </summary>
internal static class BulkDataPath
{
    /// <summary>The element at <paramref name="path"/>; null when there is none.</summary>
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
