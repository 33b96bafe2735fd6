namespace DeidCluster.Engine.Tests;

/// <summary>The time of a node is the store's, whatever its own wall clock does.</summary>
public class ClusterClockTests
{
    private static readonly DateTimeOffset StoreTime = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Clock_OnceTold_IsTheStores_WhateverTheWallClockDoes()
    {
        JumpingTime time = new(StoreTime.AddMinutes(10));
        ClusterClock clock = new(time, TaskScheduler.Default);
        Assert.Equal(StoreTime.AddMinutes(10), clock.Now);
        clock.Set(StoreTime);
        time.Pass(TimeSpan.FromSeconds(2));
        time.Jump(TimeSpan.FromHours(-5));
        Assert.Equal(StoreTime.AddSeconds(2), clock.Now);
        time.Jump(TimeSpan.FromHours(50));
        Assert.Equal(StoreTime.AddSeconds(2), clock.Now);
    }

    [Fact]
    public void Clock_ToldAnEarlierTime_StandsUntilThatIsReached()
    {
        JumpingTime time = new(StoreTime);
        ClusterClock clock = new(time, TaskScheduler.Default);
        clock.Set(StoreTime.AddSeconds(3));
        Assert.Equal(StoreTime.AddSeconds(3), clock.Now);
        clock.Set(StoreTime);
        Assert.Equal(StoreTime.AddSeconds(3), clock.Now);
        time.Pass(TimeSpan.FromSeconds(4));
        Assert.Equal(StoreTime.AddSeconds(4), clock.Now);
    }

    [Fact]
    public async Task Clock_NotToldInTime_IsAStoreThatIsAway()
    {
        ClusterClock clock = new(TimeProvider.System, TaskScheduler.Default);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => clock.ToldAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None));
        clock.Set(StoreTime);
        await clock.ToldAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    private sealed class JumpingTime(DateTimeOffset start) : TimeProvider
    {
        private DateTimeOffset wall = start;
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan span) => (wall, ticks) = (wall + span, ticks + span.Ticks);

        public void Jump(TimeSpan span) => wall += span;

        public override DateTimeOffset GetUtcNow() => wall;

        public override long GetTimestamp() => ticks;
    }
}
