using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>What an archive said of its retrievals, for the reason that an operator reads when something is missing.</summary>
internal sealed class RetrievalTally
{
    private int completed;
    private int failed;
    private int warning;
    private DimseStatus worst = DimseStatus.Success;

    /// <summary>Whose fault it is that something is missing.</summary>
    public FailureKind Kind => worst.Class == DimseStatusClass.Failure ? WorldFailure.KindOf(worst) : FailureKind.Transient;

    /// <summary>Adds one answer.</summary>
    public void Add(RetrievalAnswer answer)
    {
        completed += answer.Completed;
        failed += answer.Failed;
        warning += answer.Warning;
        if (worst.Class != DimseStatusClass.Failure && answer.Status.Class != DimseStatusClass.Success)
        {
            worst = answer.Status;
        }
    }

    /// <summary>The counts and the worst status.</summary>
    public override string ToString() => $"it says: {completed} sent, {failed} failed, {warning} with warnings, status {worst}";
}
