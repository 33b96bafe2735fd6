namespace DeidCluster.Dicom.Tests.Network;

/// <summary>The transitions of PS3.8 table 9-10, written down a second time the other way round: by action, each with the events and states that lead to it.</summary>
public class StateTableTests
{
    private const string Established = "6 7 8 9 10 11 12";

    private static readonly (string Action, int After, string Event, string States)[] Transitions =
    [
        ("AE1", 4, "AssociateRequest", "1"), ("AE2", 5, "TransportConnected", "4"), ("AE3", 6, "AssociateAc", "5"), ("AE4", 1, "AssociateRj", "5"),
        ("AE5", 2, "TransportAccepted", "1"), ("AE6", 3, "AssociateRq", "2"), ("AE7", 6, "AssociateAccept", "3"), ("AE8", 13, "AssociateReject", "3"),
        ("DT1", 6, "DataRequest", "6"), ("DT2", 6, "DataTf", "6"),
        ("AR1", 7, "ReleaseRequest", "6"), ("AR2", 8, "ReleaseRq", "6"), ("AR3", 1, "ReleaseRp", "7 11"), ("AR4", 13, "ReleaseResponse", "8 12"),
        ("AR5", 1, "TransportClosed", "13"), ("AR6", 7, "DataTf", "7"), ("AR7", 8, "DataRequest", "8"), ("AR8", 9, "ReleaseRq", "7"),
        ("AR9", 11, "ReleaseResponse", "9"), ("AR10", 12, "ReleaseRp", "10"),
        ("AA1", 13, "AssociateAc AssociateRj DataTf ReleaseRq ReleaseRp InvalidPdu", "2"), ("AA1", 13, "AbortRequest", "3 5 " + Established),
        ("AA2", 1, "AbortRequest", "4"), ("AA2", 1, "Abort ArtimExpired", "2 13"), ("AA3", 1, "Abort", "3 5 " + Established),
        ("AA4", 1, "TransportClosed", "3 4 5 " + Established), ("AA5", 1, "TransportClosed", "2"),
        ("AA6", 13, "AssociateAc AssociateRj DataTf ReleaseRq ReleaseRp", "13"), ("AA7", 13, "AssociateRq InvalidPdu", "13"),
        ("AA8", 13, "AssociateAc AssociateRj AssociateRq DataTf ReleaseRq ReleaseRp InvalidPdu", "3"),
        ("AA8", 13, "AssociateRq DataTf ReleaseRq ReleaseRp InvalidPdu", "5"),
        ("AA8", 13, "AssociateAc AssociateRj AssociateRq InvalidPdu", Established),
        ("AA8", 13, "DataTf", "8 9 10 11 12"), ("AA8", 13, "ReleaseRq", "8 9 10 11 12"), ("AA8", 13, "ReleaseRp", "6 8 9 12"),
    ];

    [Fact]
    public void EveryCell_OfTheTable_IsWhatTheStandardSays()
    {
        Dictionary<(UpperLayerState, UpperLayerEvent), (UpperLayerAction, UpperLayerState)> expected = [];
        foreach ((string action, int after, string events, string states) in Transitions)
        {
            foreach (string happened in events.Split(' '))
            {
                foreach (string state in states.Split(' '))
                {
                    expected.Add(((UpperLayerState)int.Parse(state), Enum.Parse<UpperLayerEvent>(happened)), (Enum.Parse<UpperLayerAction>(action), (UpperLayerState)after));
                }
            }
        }

        int cells = 0;
        foreach (UpperLayerState state in Enum.GetValues<UpperLayerState>())
        {
            foreach (UpperLayerEvent happened in Enum.GetValues<UpperLayerEvent>())
            {
                UpperLayerAction action = StateTable.Action(state, happened);
                (UpperLayerAction Action, UpperLayerState After) cell = expected.GetValueOrDefault((state, happened));
                Assert.True(cell.Action == action, $"{happened} in {state}: {action}, not {cell.Action}");
                Assert.True(action == UpperLayerAction.None || StateTable.After(action, isRequestor: true) == cell.After, $"{happened} in {state}");
                cells++;
            }
        }

        Assert.Equal(13 * 19, cells);
    }

    [Fact]
    public void ReleaseCollision_LeavesRequestorAndAcceptor_InStatesOfTheirOwn()
    {
        Assert.Equal(UpperLayerState.Sta9, StateTable.After(UpperLayerAction.AR8, isRequestor: true));
        Assert.Equal(UpperLayerState.Sta10, StateTable.After(UpperLayerAction.AR8, isRequestor: false));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void NoPdu_CanCome_WithoutAConnection(int number)
    {
        UpperLayerState state = (UpperLayerState)number;
        Assert.Equal(UpperLayerAction.None, StateTable.Action(state, UpperLayerEvent.DataTf));
        Assert.Equal(UpperLayerAction.None, StateTable.Action(state, UpperLayerEvent.InvalidPdu));
    }
}
