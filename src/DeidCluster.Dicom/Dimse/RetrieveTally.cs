namespace DeidCluster.Dicom;

/// <summary>The sub-operations of one C-MOVE or C-GET, counted as they end, on several associations at once (PS3.4 C.4.2.2, C.4.3.2).</summary>
internal sealed class RetrieveTally
{
    private readonly Lock gate = new();
    private readonly List<string> failed = [];
    private int remaining;
    private int completed;
    private int warned;

    /// <summary>How far it is.</summary>
    public SubOperations Counts
    {
        get
        {
            lock (gate)
            {
                return new SubOperations(remaining, completed, failed.Count, warned);
            }
        }
    }

    /// <summary>What could not be sent.</summary>
    public IReadOnlyList<string> FailedSopInstanceUids
    {
        get
        {
            lock (gate)
            {
                return [.. failed];
            }
        }
    }

    /// <summary>
    /// The status at the end: success when everything was stored, B000 when something failed or was answered with a warning, and A702
    /// when nothing was stored. Nothing to send is a success (PS3.4 C.4.2.1.5).
    /// </summary>
    public DimseStatus Status => Counts switch
    {
        { Failed: 0, Warning: 0 } => DimseStatus.Success,
        { Completed: 0, Warning: 0 } => DimseStatus.SubOperationsFailed,
        _ => DimseStatus.SubOperationsWithFailures,
    };

    /// <summary>Says how many there are.</summary>
    public void Begin(int count) => remaining = count;

    /// <summary>Counts one instance's end: any status that is neither success nor warning is a failure.</summary>
    public void End(RetrieveInstance instance, DimseStatusClass how)
    {
        lock (gate)
        {
            remaining--;
            switch (how)
            {
                case DimseStatusClass.Success:
                    completed++;
                    break;
                case DimseStatusClass.Warning:
                    warned++;
                    break;
                default:
                    failed.Add(instance.SopInstanceUid);
                    break;
            }
        }
    }
}
