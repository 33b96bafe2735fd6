namespace DeidCluster.Dicom;

/// <summary>The states of the upper layer protocol machine (PS3.8 tables 9-1 to 9-5).</summary>
internal enum UpperLayerState : byte
{
    /// <summary>Idle.</summary>
    Sta1 = 1,

    /// <summary>Transport connection open, awaiting A-ASSOCIATE-RQ.</summary>
    Sta2,

    /// <summary>Awaiting the local answer to an A-ASSOCIATE-RQ.</summary>
    Sta3,

    /// <summary>Awaiting the transport connection.</summary>
    Sta4,

    /// <summary>Awaiting A-ASSOCIATE-AC or -RJ.</summary>
    Sta5,

    /// <summary>Association established.</summary>
    Sta6,

    /// <summary>Awaiting A-RELEASE-RP.</summary>
    Sta7,

    /// <summary>Awaiting the local answer to an A-RELEASE-RQ.</summary>
    Sta8,

    /// <summary>Release collision, requestor: awaiting the local answer.</summary>
    Sta9,

    /// <summary>Release collision, acceptor: awaiting A-RELEASE-RP.</summary>
    Sta10,

    /// <summary>Release collision, requestor: awaiting A-RELEASE-RP.</summary>
    Sta11,

    /// <summary>Release collision, acceptor: awaiting the local answer.</summary>
    Sta12,

    /// <summary>Awaiting the close of the transport connection.</summary>
    Sta13,
}

/// <summary>What happens to the protocol machine, in the order of PS3.8 table 9-10.</summary>
internal enum UpperLayerEvent : byte
{
    /// <summary>We ask for an association.</summary>
    AssociateRequest,

    /// <summary>The transport connection that we asked for is open.</summary>
    TransportConnected,

    /// <summary>A-ASSOCIATE-AC came.</summary>
    AssociateAc,

    /// <summary>A-ASSOCIATE-RJ came.</summary>
    AssociateRj,

    /// <summary>A peer opened a transport connection.</summary>
    TransportAccepted,

    /// <summary>A-ASSOCIATE-RQ came.</summary>
    AssociateRq,

    /// <summary>We accept the association.</summary>
    AssociateAccept,

    /// <summary>We reject the association.</summary>
    AssociateReject,

    /// <summary>We send data.</summary>
    DataRequest,

    /// <summary>P-DATA-TF came.</summary>
    DataTf,

    /// <summary>We ask for release.</summary>
    ReleaseRequest,

    /// <summary>A-RELEASE-RQ came.</summary>
    ReleaseRq,

    /// <summary>A-RELEASE-RP came.</summary>
    ReleaseRp,

    /// <summary>We answer a request for release.</summary>
    ReleaseResponse,

    /// <summary>We abort.</summary>
    AbortRequest,

    /// <summary>A-ABORT came.</summary>
    Abort,

    /// <summary>The transport connection closed.</summary>
    TransportClosed,

    /// <summary>ARTIM expired.</summary>
    ArtimExpired,

    /// <summary>A PDU that is unknown or malformed came.</summary>
    InvalidPdu,
}

/// <summary>What the protocol machine does (PS3.8 tables 9-6 to 9-9).</summary>
internal enum UpperLayerAction : byte
{
#pragma warning disable CS1591 // each member is an action of PS3.8 9.2.3; what it does stands with who does it
    None, AE1, AE2, AE3, AE4, AE5, AE6, AE7, AE8, DT1, DT2, AR1, AR2, AR3, AR4, AR5, AR6, AR7, AR8, AR9, AR10, AA1, AA2, AA3, AA4, AA5, AA6, AA7, AA8,
#pragma warning restore CS1591
}

/// <summary>The protocol machine's transitions, as the standard prints them (PS3.8 table 9-10). A dash is an event that cannot occur in that state.</summary>
internal static class StateTable
{
    private const string Actions = """
        Event               Sta1 Sta2 Sta3 Sta4 Sta5 Sta6 Sta7 Sta8 Sta9 Sta10 Sta11 Sta12 Sta13
        AssociateRequest    AE1  -    -    -    -    -    -    -    -    -     -     -     -
        TransportConnected  -    -    -    AE2  -    -    -    -    -    -     -     -     -
        AssociateAc         -    AA1  AA8  -    AE3  AA8  AA8  AA8  AA8  AA8   AA8   AA8   AA6
        AssociateRj         -    AA1  AA8  -    AE4  AA8  AA8  AA8  AA8  AA8   AA8   AA8   AA6
        TransportAccepted   AE5  -    -    -    -    -    -    -    -    -     -     -     -
        AssociateRq         -    AE6  AA8  -    AA8  AA8  AA8  AA8  AA8  AA8   AA8   AA8   AA7
        AssociateAccept     -    -    AE7  -    -    -    -    -    -    -     -     -     -
        AssociateReject     -    -    AE8  -    -    -    -    -    -    -     -     -     -
        DataRequest         -    -    -    -    -    DT1  -    AR7  -    -     -     -     -
        DataTf              -    AA1  AA8  -    AA8  DT2  AR6  AA8  AA8  AA8   AA8   AA8   AA6
        ReleaseRequest      -    -    -    -    -    AR1  -    -    -    -     -     -     -
        ReleaseRq           -    AA1  AA8  -    AA8  AR2  AR8  AA8  AA8  AA8   AA8   AA8   AA6
        ReleaseRp           -    AA1  AA8  -    AA8  AA8  AR3  AA8  AA8  AR10  AR3   AA8   AA6
        ReleaseResponse     -    -    -    -    -    -    -    AR4  AR9  -     -     AR4   -
        AbortRequest        -    -    AA1  AA2  AA1  AA1  AA1  AA1  AA1  AA1   AA1   AA1   -
        Abort               -    AA2  AA3  -    AA3  AA3  AA3  AA3  AA3  AA3   AA3   AA3   AA2
        TransportClosed     -    AA5  AA4  AA4  AA4  AA4  AA4  AA4  AA4  AA4   AA4   AA4   AR5
        ArtimExpired        -    AA2  -    -    -    -    -    -    -    -     -     -     AA2
        InvalidPdu          -    AA1  AA8  -    AA8  AA8  AA8  AA8  AA8  AA8   AA8   AA8   AA7
        """;

    private const string NextStates = """
        AE1 Sta4   AE2 Sta5   AE3 Sta6   AE4 Sta1   AE5 Sta2   AE6 Sta3   AE7 Sta6   AE8 Sta13
        DT1 Sta6   DT2 Sta6
        AR1 Sta7   AR2 Sta8   AR3 Sta1   AR4 Sta13  AR5 Sta1   AR6 Sta7   AR7 Sta8   AR9 Sta11  AR10 Sta12
        AA1 Sta13  AA2 Sta1   AA3 Sta1   AA4 Sta1   AA5 Sta1   AA6 Sta13  AA7 Sta13  AA8 Sta13
        """;

    private static readonly UpperLayerAction[][] Cells =
    [
        .. Words(Actions).Skip(1)
            .OrderBy(row => Enum.Parse<UpperLayerEvent>(row[0]))
            .Select(row => row.Skip(1).Select(cell => cell == "-" ? UpperLayerAction.None : Enum.Parse<UpperLayerAction>(cell)).ToArray()),
    ];

    private static readonly Dictionary<UpperLayerAction, UpperLayerState> Next = Words(NextStates)
        .SelectMany(row => row.Chunk(2))
        .ToDictionary(pair => Enum.Parse<UpperLayerAction>(pair[0]), pair => Enum.Parse<UpperLayerState>(pair[1]));

    /// <summary>What <paramref name="happened"/> makes the machine do in <paramref name="state"/>; none when it cannot occur there.</summary>
    public static UpperLayerAction Action(UpperLayerState state, UpperLayerEvent happened) => Cells[(int)happened][(int)state - 1];

    /// <summary>The state after <paramref name="action"/>; release collision (AR-8) leaves the association's requestor and acceptor in different ones.</summary>
    public static UpperLayerState After(UpperLayerAction action, bool isRequestor) =>
        action == UpperLayerAction.AR8 ? isRequestor ? UpperLayerState.Sta9 : UpperLayerState.Sta10 : Next[action];

    private static IEnumerable<string[]> Words(string text) =>
        text.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
