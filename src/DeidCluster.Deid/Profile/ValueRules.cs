using System.Buffers;
using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What a value of a restricted VR may look like (PS3.5 table 6.2-1). Free text in such a value is refused.</summary>
internal static class ValueRules
{
    private const int UidLengthMax = 64;

    private static readonly SearchValues<byte> Number = SearchValues.Create("0123456789+-.eE \\\0"u8);
    private static readonly SearchValues<byte> Code = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _\\\0"u8);
    private static readonly SearchValues<byte> Age = SearchValues.Create("0123456789DWMY \\\0"u8);

    /// <summary>
    /// True when every value of a DS, IS, CS, AS, DA, DT, TM or UI is one, and for every other VR. A value of these that is too long to be
    /// in memory is none.
    /// </summary>
    public static bool IsWellFormed(Element element) => element.Vr switch
    {
        Vr.CS => HasOnly(element, Code),
        Vr.AS => HasOnly(element, Age),
        Vr.DS or Vr.IS => HasOnly(element, Number),
        Vr.UI => HasValues(element, IsUid),
        Vr.DA or Vr.DT => HasValues(element, value => DateValues.IsDate(element.Vr, value)),
        Vr.TM => HasValues(element, DateValues.IsTime),
        _ => true,
    };

    /// <summary>True when <paramref name="value"/> is a date or time of <paramref name="vr"/>.</summary>
    public static bool IsTemporal(Vr vr, string value) => vr == Vr.TM ? DateValues.IsTime(value) : DateValues.IsDate(vr, value);

    private static bool HasOnly(Element element, SearchValues<byte> characters) =>
        element is ValueElement value && !value.Bytes.Span.ContainsAnyExcept(characters);

    // An empty value among several holds a place.
    private static bool HasValues(Element element, Func<string, bool> isOne) =>
        element is ValueElement value
        && Encoding.Latin1.GetString(value.Bytes.Span).Split('\\').Select(text => text.Trim(' ', '\0')).All(text => text.Length == 0 || isOne(text));

    private static bool IsUid(string text) => text.Length <= UidLengthMax && text.All(c => char.IsAsciiDigit(c) || c == '.');
}
