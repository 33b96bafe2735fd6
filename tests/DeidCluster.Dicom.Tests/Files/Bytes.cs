namespace DeidCluster.Dicom.Tests.Files;

/// <summary>Golden bytes, written as hexadecimal lines with a comment behind each.</summary>
internal static class Bytes
{
    /// <summary>The bytes in <paramref name="text"/>; blanks, and comments from "//" on, do not count.</summary>
    public static byte[] Of(string text)
    {
        IEnumerable<string> lines = text.Split('\n').Select(line => line.Split("//")[0]);
        return Convert.FromHexString(string.Concat(lines.SelectMany(line => line.Where(char.IsAsciiHexDigit))));
    }

    /// <summary>The text of <paramref name="dataSet"/> as an operator sees it, to compare whole data sets.</summary>
    public static string Dump(DataSet dataSet)
    {
        StringWriter text = new() { NewLine = "\n" };
        DataSetText.Dump(dataSet, text);
        return text.ToString().TrimEnd('\n');
    }
}
