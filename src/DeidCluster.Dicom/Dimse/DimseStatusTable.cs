namespace DeidCluster.Dicom;

/// <summary>The services whose status codes mean something of their own.</summary>
public enum DimseService
{
    /// <summary>C-ECHO (PS3.4 A.4).</summary>
    Verification,

    /// <summary>C-STORE (PS3.4 B.2.3).</summary>
    Storage,

    /// <summary>C-FIND (PS3.4 C.4.1.1.4).</summary>
    Find,

    /// <summary>C-MOVE (PS3.4 C.4.2.1.5).</summary>
    Move,

    /// <summary>C-GET (PS3.4 C.4.3.1.4).</summary>
    Get,

    /// <summary>N-EVENT-REPORT, N-GET, N-SET, N-ACTION, N-CREATE and N-DELETE (PS3.7 10.1), storage commitment among them.</summary>
    Normalized,
}

/// <summary>The meanings of status codes: PS3.7 C for all services, PS3.4 for each.</summary>
internal static class DimseStatusTable
{
    private static readonly Row[] General =
    [
        new(0x0000, "Success"),
        new(0x0001, "Requested optional attributes are not supported"),
        new(0x0105, "No such attribute"),
        new(0x0106, "Invalid attribute value"),
        new(0x0107, "Attribute list error"),
        new(0x0110, "Processing failure"),
        new(0x0111, "Duplicate SOP instance"),
        new(0x0112, "No such SOP instance"),
        new(0x0113, "No such event type"),
        new(0x0114, "No such argument"),
        new(0x0115, "Invalid argument value"),
        new(0x0116, "Attribute value out of range"),
        new(0x0117, "Invalid SOP instance"),
        new(0x0118, "No such SOP class"),
        new(0x0119, "Class-instance conflict"),
        new(0x0120, "Missing attribute"),
        new(0x0121, "Missing attribute value"),
        new(0x0122, "Refused: SOP class not supported"),
        new(0x0123, "No such action"),
        new(0x0124, "Refused: not authorized"),
        new(0x0131, "Duplicate transaction UID"),
        new(0x0210, "Duplicate invocation"),
        new(0x0211, "Unrecognized operation"),
        new(0x0212, "Mistyped argument"),
        new(0x0213, "Resource limitation"),
        new(0xFE00, "Cancel"),
        new(0xFF00, "Pending"),
    ];

    private static readonly Row[] Storage =
    [
        new(0xA700, "Refused: out of resources", Last: 0xA7FF),
        new(0xA900, "Error: data set does not match SOP class", Last: 0xA9FF),
        new(0xB000, "Warning: coercion of data elements"),
        new(0xB006, "Warning: elements discarded"),
        new(0xB007, "Warning: data set does not match SOP class"),
        new(0xC000, "Error: cannot understand", Last: 0xCFFF),
    ];

    private static readonly Row[] Find =
    [
        new(0xA700, "Refused: out of resources"),
        new(0xA900, "Error: identifier does not match SOP class"),
        new(0xC000, "Failed: unable to process", Last: 0xCFFF),
        new(0xFF00, "Pending: matches are continuing"),
        new(0xFF01, "Pending: matches are continuing, one or more optional keys were not supported"),
    ];

    private static readonly Row[] Retrieve =
    [
        new(0xA701, "Refused: out of resources, unable to calculate number of matches"),
        new(0xA702, "Refused: out of resources, unable to perform sub-operations"),
        new(0xA900, "Error: identifier does not match SOP class"),
        new(0xAA00, "None of the frames requested were found in the SOP instance"),
        new(0xAA01, "Unable to create new object for this SOP class"),
        new(0xAA02, "Unable to extract frames"),
        new(0xAA03, "Time-based request received for a non-time-based original SOP instance"),
        new(0xAA04, "Invalid request"),
        new(0xB000, "Sub-operations complete, one or more failures or warnings"),
        new(0xC000, "Failed: unable to process", Last: 0xCFFF),
        new(0xFE00, "Sub-operations terminated due to cancel indication"),
        new(0xFF00, "Sub-operations are continuing"),
    ];

    private static readonly Row[] Move = [new(0xA801, "Refused: move destination unknown"), .. Retrieve];

    /// <summary>The meaning of <paramref name="code"/> to <paramref name="service"/>; null when no table has it.</summary>
    public static string? Meaning(DimseService service, ushort code) =>
        Array.Find(Of(service), row => row.Covers(code))?.Meaning ?? Array.Find(General, row => row.Covers(code))?.Meaning;

    private static Row[] Of(DimseService service) => service switch
    {
        DimseService.Storage => Storage,
        DimseService.Find => Find,
        DimseService.Move => Move,
        DimseService.Get => Retrieve,
        _ => [],
    };

    /// <summary>A code, or the codes up to <paramref name="Last"/>, and their meaning.</summary>
    private sealed record Row(ushort First, string Meaning, ushort Last = 0)
    {
        public bool Covers(ushort code) => code == First || (code > First && code <= Last);
    }
}
