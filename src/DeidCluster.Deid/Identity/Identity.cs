namespace DeidCluster.Deid;

/// <summary>
/// What one subject is called in one project. Fixed once, first write wins, and used for every retry and late arrival, so that later
/// keys and configurations count for new subjects only.
/// </summary>
/// <param name="KeyId">The key it was derived with.</param>
/// <param name="Pseudonym">Becomes Patient ID and Patient's Name.</param>
/// <param name="ShiftDays">Whole days added to each date where the project shifts; 0 where it does not.</param>
public sealed record Identity(string KeyId, string Pseudonym, int ShiftDays)
{
    /// <summary>The key's id; pseudonym and shift stay out of logs.</summary>
    public override string ToString() => $"Identity under key {KeyId}";
}
