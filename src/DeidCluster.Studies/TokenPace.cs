namespace DeidCluster.Studies;

/// <summary>
/// A token bucket as one time: when the work let through so far is paid for at the agreed rate (generic cell rate algorithm). New work
/// may begin while that lies at most <see cref="Burst"/> ahead.
/// </summary>
internal static class TokenPace
{
    /// <summary>So much may be let through at once, in units of time at the agreed rate.</summary>
    public static readonly TimeSpan Burst = TimeSpan.FromSeconds(1);

    /// <summary>The new time after <paramref name="amount"/> was let through at <paramref name="now"/>, or given back when it is negative; unchanged where there is no rate.</summary>
    public static DateTimeOffset Charge(DateTimeOffset paidUntil, DateTimeOffset now, double amount, double perSecond) =>
        perSecond <= 0 ? paidUntil
        : amount < 0 ? paidUntil - TimeSpan.FromSeconds(Math.Min(Math.Min(-amount / perSecond, RefundSecondsMax), (paidUntil - DateTimeOffset.MinValue).TotalSeconds))
        : (paidUntil > now ? paidUntil : now) + TimeSpan.FromSeconds(amount / perSecond);

    private const double RefundSecondsMax = 24 * 3600;

    /// <summary>When more may begin; in the past when at once.</summary>
    public static DateTimeOffset Next(DateTimeOffset paidUntil, double perSecond)
    {
        if (perSecond <= 0)
        {
            return DateTimeOffset.MinValue;
        }

        TimeSpan unit = TimeSpan.FromSeconds(1 / perSecond);
        TimeSpan ahead = Burst > unit ? Burst - unit : TimeSpan.Zero;
        return paidUntil - DateTimeOffset.MinValue > ahead ? paidUntil - ahead : DateTimeOffset.MinValue;
    }
}
