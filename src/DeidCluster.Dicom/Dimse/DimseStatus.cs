namespace DeidCluster.Dicom;

/// <summary>What a DIMSE status means, by the ranges of PS3.7 C.</summary>
public enum DimseStatusClass
{
    /// <summary>Done.</summary>
    Success,

    /// <summary>Done, with a remark; never counted as a failure.</summary>
    Warning,

    /// <summary>Not done.</summary>
    Failure,

    /// <summary>Ended by C-CANCEL.</summary>
    Cancel,

    /// <summary>More responses follow.</summary>
    Pending,
}

/// <summary>The status of a DIMSE response (PS3.7 C, PS3.4 B.2.3 and C.4).</summary>
/// <param name="Code">The 16-bit code as sent.</param>
public readonly record struct DimseStatus(ushort Code)
{
    /// <summary>0000: done.</summary>
    public static readonly DimseStatus Success = new(0x0000);

    /// <summary>FF00: one match, or sub-operations go on.</summary>
    public static readonly DimseStatus Pending = new(0xFF00);

    /// <summary>FF01: one match; one or more optional keys were not supported (C-FIND).</summary>
    public static readonly DimseStatus PendingWithUnsupportedKeys = new(0xFF01);

    /// <summary>FE00: ended by C-CANCEL.</summary>
    public static readonly DimseStatus Cancel = new(0xFE00);

    /// <summary>0110: processing failure.</summary>
    public static readonly DimseStatus ProcessingFailure = new(0x0110);

    /// <summary>0112: no such SOP instance.</summary>
    public static readonly DimseStatus NoSuchSopInstance = new(0x0112);

    /// <summary>0113: no such event type.</summary>
    public static readonly DimseStatus NoSuchEventType = new(0x0113);

    /// <summary>0115: invalid argument value.</summary>
    public static readonly DimseStatus InvalidArgumentValue = new(0x0115);

    /// <summary>0117: the SOP Instance UID is no UID.</summary>
    public static readonly DimseStatus InvalidSopInstance = new(0x0117);

    /// <summary>0119: the SOP instance is not of this SOP class.</summary>
    public static readonly DimseStatus ClassInstanceConflict = new(0x0119);

    /// <summary>0122: SOP class not supported.</summary>
    public static readonly DimseStatus SopClassNotSupported = new(0x0122);

    /// <summary>0123: no such action.</summary>
    public static readonly DimseStatus NoSuchAction = new(0x0123);

    /// <summary>0124: not authorised.</summary>
    public static readonly DimseStatus NotAuthorized = new(0x0124);

    /// <summary>0211: operation not recognised.</summary>
    public static readonly DimseStatus UnrecognizedOperation = new(0x0211);

    /// <summary>0131: the transaction UID is in use (a Failure Reason of storage commitment).</summary>
    public static readonly DimseStatus DuplicateTransactionUid = new(0x0131);

    /// <summary>0213: resource limitation.</summary>
    public static readonly DimseStatus ResourceLimitation = new(0x0213);

    /// <summary>A700: out of resources; for storage, the disk is full.</summary>
    public static readonly DimseStatus OutOfResources = new(0xA700);

    /// <summary>A701: out of resources, the number of matches cannot be calculated (C-MOVE, C-GET).</summary>
    public static readonly DimseStatus MatchesNotCounted = new(0xA701);

    /// <summary>A702: sub-operations cannot be performed (C-MOVE, C-GET).</summary>
    public static readonly DimseStatus SubOperationsFailed = new(0xA702);

    /// <summary>A801: move destination unknown.</summary>
    public static readonly DimseStatus MoveDestinationUnknown = new(0xA801);

    /// <summary>A900: the identifier or data set does not match the SOP class.</summary>
    public static readonly DimseStatus DataSetDoesNotMatchSopClass = new(0xA900);

    /// <summary>B000: sub-operations complete, one or more failures or warnings (C-MOVE, C-GET).</summary>
    public static readonly DimseStatus SubOperationsWithFailures = new(0xB000);

    /// <summary>C000: cannot understand, or unable to process.</summary>
    public static readonly DimseStatus UnableToProcess = new(0xC000);

    /// <summary>What the code means; codes outside every range of PS3.7 C count as failures.</summary>
    public DimseStatusClass Class => Code switch
    {
        0x0000 => DimseStatusClass.Success,
        0x0001 or 0x0107 or 0x0116 or (>= 0xB000 and <= 0xBFFF) => DimseStatusClass.Warning,
        0xFE00 => DimseStatusClass.Cancel,
        0xFF00 or 0xFF01 => DimseStatusClass.Pending,
        _ => DimseStatusClass.Failure,
    };

    /// <summary>What the code means to <paramref name="service"/>, in the standard's words; null when neither it nor PS3.7 C names the code.</summary>
    public string? Describe(DimseService service) => DimseStatusTable.Meaning(service, Code);

    /// <summary>Code and class, e.g. "A700 Failure".</summary>
    public override string ToString() => $"{Code:X4} {Class}";
}
