namespace DeidCluster.Engine;

/// <summary>What a member does about shards after a heartbeat. Pure.</summary>
/// <param name="Claim">Shards without a live owner whose target is this member.</param>
/// <param name="Adopt">Shards that the store says are this member's, though it did not know (the answer to a claim was lost).</param>
/// <param name="Release">Shards of this member whose target is another.</param>
/// <param name="Lost">Shards that this member believed to hold and does not.</param>
internal sealed record ShardPlan(IReadOnlyList<ShardRow> Claim, IReadOnlyList<ShardRow> Adopt, IReadOnlyList<ShardRow> Release, IReadOnlyList<int> Lost)
{
    /// <summary>
    /// The plan of <paramref name="me"/>. <paramref name="seen"/> is the highest token known of each shard: a row with a lower one was read
    /// before this member's own latest claim or release, and tells nothing.
    /// </summary>
    public static ShardPlan For(MembershipView view, string me, IReadOnlyDictionary<int, long> held, IReadOnlyDictionary<int, long> seen)
    {
        List<ShardRow> claim = [], adopt = [], release = [];
        List<int> lost = [];
        foreach (ShardRow row in view.Shards)
        {
            if (seen.TryGetValue(row.Shard, out long known) && row.Token < known)
            {
                continue;
            }

            bool isHeld = held.TryGetValue(row.Shard, out long token);
            bool isMine = row.Owner == me;
            if (isHeld && !(isMine && row.Token == token))
            {
                lost.Add(row.Shard);
                continue;
            }

            bool isTarget = Rendezvous.Owner(row.Shard, view.LiveMembers) == me;
            if (isMine)
            {
                if (!isTarget)
                {
                    release.Add(row);
                }
                else if (!isHeld)
                {
                    adopt.Add(row);
                }
            }
            else if (row.Owner is null && isTarget)
            {
                claim.Add(row);
            }
        }

        return new ShardPlan(claim, adopt, release, lost);
    }
}
