namespace DeidCluster.Studies;

/// <summary>How hard an archive may be worked. Equal values are equal limits.</summary>
/// <param name="AssociationsMax">Studies that may ask it at a time, over all nodes.</param>
/// <param name="FailuresToOpen">Failures in a row that open the breaker.</param>
/// <param name="OpenSeconds">How long it then stays open. Seconds.</param>
/// <param name="Pace">How fast, and when.</param>
/// <param name="IdleTimeoutSeconds">After so long the archive itself ends an association on which nothing happens: the place of a node that died or stopped counts until then. Seconds.</param>
public sealed record ArchiveLimits(int AssociationsMax, int FailuresToOpen, int OpenSeconds, ArchivePace Pace, int IdleTimeoutSeconds = 0);

/// <summary>How fast and when an archive may be asked.</summary>
/// <param name="StudiesPerSecond">Studies begun per second, on average; up to a second's worth at once. 0 is no limit.</param>
/// <param name="InstancesPerSecond">Instances fetched per second, on average: what a study fetched delays the next ones. 0 is no limit.</param>
/// <param name="UtilisationPercent">The share of time that a place is used, 1 to 100: after a study that took T, its place rests T x (100 / percent - 1).</param>
/// <param name="Closed">Hours of the week in which nothing is asked, as <see cref="WeeklyHours"/> writes them; empty for none.</param>
/// <param name="TimeZone">The zone of these hours, such as Europe/Berlin.</param>
public sealed record ArchivePace(
    double StudiesPerSecond = 0, double InstancesPerSecond = 0, int UtilisationPercent = ArchivePace.UtilisationMax, string Closed = "", string TimeZone = "UTC")
{
    /// <summary>No rest.</summary>
    public const int UtilisationMax = 100;

    /// <summary>As fast as the archive answers, at any hour.</summary>
    public static readonly ArchivePace Unlimited = new();

    /// <summary>What is wrong with it, in words for its author; null when nothing is.</summary>
    public string? Problem()
    {
        if (!(StudiesPerSecond >= 0 && InstancesPerSecond >= 0 && double.IsFinite(StudiesPerSecond) && double.IsFinite(InstancesPerSecond)))
        {
            return "a rate is a number, 0 for no limit";
        }

        if (UtilisationPercent is < 1 or > UtilisationMax)
        {
            return $"utilisation is 1 to {UtilisationMax} percent";
        }

        try
        {
            WeeklyHours.Parse(Closed, TimeZone);
            return null;
        }
        catch (FormatException wrong)
        {
            return wrong.Message;
        }
    }
}
