using System.Globalization;
using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>How a module writes its elements: each call returns the data set, so that a module reads as the standard's table does.</summary>
internal static class SampleElements
{
    public static DataSet Text(this DataSet data, Tag tag, params ReadOnlySpan<string> values)
    {
        data.SetString(tag, values);
        return data;
    }

    /// <summary>Text of an element whose VR no dictionary knows, or knows under another tag.</summary>
    public static DataSet Text(this DataSet data, ushort group, ushort element, Vr vr, string value)
    {
        data.SetString(new Tag(group, element), vr, value);
        return data;
    }

    /// <summary>Decimal or integer strings.</summary>
    public static DataSet Number(this DataSet data, Tag tag, params double[] values) =>
        data.Text(tag, [.. values.Select(value => value.ToString("0.######", CultureInfo.InvariantCulture))]);

    public static DataSet Date(this DataSet data, Tag tag, DateOnly date) => data.Text(tag, SamplePatient.Dicom(date));

    public static DataSet Words(this DataSet data, Tag tag, params ReadOnlySpan<ushort> values)
    {
        data.SetUshort(tag, values);
        return data;
    }

    public static DataSet Longs(this DataSet data, Tag tag, params ReadOnlySpan<uint> values)
    {
        data.SetUint(tag, values);
        return data;
    }

    public static DataSet Doubles(this DataSet data, Tag tag, params ReadOnlySpan<double> values)
    {
        data.SetDouble(tag, values);
        return data;
    }

    public static DataSet Bytes(this DataSet data, Tag tag, Vr vr, ReadOnlyMemory<byte> bytes)
    {
        data.SetBytes(tag, vr, bytes);
        return data;
    }

    public static DataSet Sequence(this DataSet data, Tag tag, params IReadOnlyList<DataSet> items)
    {
        data.SetItems(tag, items);
        return data;
    }

    /// <summary>An item of a code sequence (PS3.3 8.8).</summary>
    public static DataSet Code(string value, string scheme, string meaning) =>
        new DataSet().Text(Tags.CodeValue, value).Text(Tags.CodingSchemeDesignator, scheme).Text(Tags.CodeMeaning, meaning);

    /// <summary>An item that refers to an instance (PS3.3 table 10-11).</summary>
    public static DataSet Reference(string sopClassUid, string sopInstanceUid) =>
        new DataSet().Text(Tags.ReferencedSOPClassUID, sopClassUid).Text(Tags.ReferencedSOPInstanceUID, sopInstanceUid);
}
