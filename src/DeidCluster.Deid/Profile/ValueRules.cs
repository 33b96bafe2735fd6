using System.Buffers;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>The characters that a value of a restricted VR may have (PS3.5 table 6.2-1). Free text in such a value is refused.</summary>
internal static class ValueRules
{
    private static readonly SearchValues<byte> Number = SearchValues.Create("0123456789+-.eE \\\0"u8);
    private static readonly SearchValues<byte> Code = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _\\\0"u8);
    private static readonly SearchValues<byte> Age = SearchValues.Create("0123456789DWMY \\\0"u8);

    /// <summary>True when every character of a DS, IS, CS or AS may stand there. A value too long to be in memory is none.</summary>
    public static bool IsWellFormed(Element element) =>
        element is ValueElement value && !value.Bytes.Span.ContainsAnyExcept(element.Vr switch
        {
            Vr.CS => Code,
            Vr.AS => Age,
            _ => Number,
        });
}
