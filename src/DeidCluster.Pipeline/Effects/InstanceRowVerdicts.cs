using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>The ends that an effect can put an instance to, each with its reason.</summary>
internal static class InstanceRowVerdicts
{
    /// <summary>Cannot be processed; an operator decides.</summary>
    public static InstanceRow Hold(this InstanceRow row, string reason) => row with { State = InstanceState.Held, Reason = reason };

    /// <summary>Left out for good.</summary>
    public static InstanceRow Reject(this InstanceRow row, string reason) => row with { State = InstanceState.Rejected, Reason = reason };
}
