namespace DeidCluster.Engine.Tests;

/// <summary>The parts of ownership that are functions.</summary>
public class RendezvousTests
{
    private const int Shards = 256;

    [Fact]
    public void Owner_WhenAMemberLeaves_ChangesForItsShardsOnly()
    {
        string[] members = ["a", "b", "c", "d"];
        for (int shard = 0; shard < Shards; shard++)
        {
            string before = Rendezvous.Owner(shard, members)!;
            string after = Rendezvous.Owner(shard, [.. members.Where(member => member != "b")])!;
            Assert.True(before == "b" || before == after);
        }
    }

    [Fact]
    public void Owner_IsTheSame_WhateverTheOrder_AndSharesAreFair()
    {
        string[] members = ["a", "b", "c", "d"];
        string[] owners = [.. Enumerable.Range(0, Shards).Select(shard => Rendezvous.Owner(shard, members)!)];
        Assert.Equal(owners, Enumerable.Range(0, Shards).Select(shard => Rendezvous.Owner(shard, [.. members.Reverse()])));
        Assert.All(members, member => Assert.InRange(owners.Count(owner => owner == member), Shards / 8, Shards / 2));
    }

    [Fact]
    public void Owner_OfNobody_IsNull() => Assert.Null(Rendezvous.Owner(1, []));
}

/// <summary>What a heartbeat makes a member do.</summary>
public class ShardPlanTests
{
    private static readonly Dictionary<int, long> Nothing = [];

    [Fact]
    public void FreeShard_WhoseTargetIsMe_IsClaimed()
    {
        ShardPlan plan = ShardPlan.For(new MembershipView(false, ["me"], [new ShardRow(0, null, 4)]), "me", Nothing, Nothing);
        Assert.Equal(4, Assert.Single(plan.Claim).Token);
        Assert.Empty(plan.Adopt.Concat(plan.Release));
    }

    [Fact]
    public void ShardOfALiveOther_IsLeftAlone()
    {
        ShardPlan plan = ShardPlan.For(new MembershipView(false, ["me", "other"], [new ShardRow(0, "other", 4)]), "me", Nothing, Nothing);
        Assert.Empty(plan.Claim.Concat(plan.Adopt).Concat(plan.Release));
    }

    [Fact]
    public void ShardHeldWithAnOlderToken_IsLost()
    {
        Dictionary<int, long> held = new() { [0] = 4 };
        Assert.Equal([0], ShardPlan.For(new MembershipView(false, ["me"], [new ShardRow(0, "me", 5)]), "me", held, held).Lost);
    }

    [Fact]
    public void RowReadBeforeMyClaim_TellsNothing()
    {
        Dictionary<int, long> held = new() { [0] = 5 };
        ShardPlan plan = ShardPlan.For(new MembershipView(false, ["me"], [new ShardRow(0, null, 4)]), "me", held, held);
        Assert.Empty(plan.Lost);
        Assert.Empty(plan.Claim);
    }

    [Fact]
    public void ShardThatIsMineUnknowingly_IsAdopted()
    {
        ShardPlan plan = ShardPlan.For(new MembershipView(false, ["me"], [new ShardRow(0, "me", 5)]), "me", Nothing, Nothing);
        Assert.Equal(5, Assert.Single(plan.Adopt).Token);
    }

    [Fact]
    public void HeldShards_WhoseTargetIsANewcomer_AreReleased()
    {
        Dictionary<int, long> held = Enumerable.Range(0, 64).ToDictionary(shard => shard, _ => 1L);
        MembershipView view = new(false, ["me", "newcomer"], [.. held.Keys.Select(shard => new ShardRow(shard, "me", 1))]);
        ShardPlan plan = ShardPlan.For(view, "me", held, held);
        Assert.Equal(held.Keys.Where(shard => Rendezvous.Owner(shard, view.LiveMembers) == "newcomer"), plan.Release.Select(row => row.Shard));
        Assert.InRange(plan.Release.Count, 16, 48);
    }
}

/// <summary>Messages come back as they were written.</summary>
public class MessageTypesTests
{
    public enum Colour
    {
        Red,
        Green,
    }

    public sealed record Message(int Number, string? Text)
    {
        public int Priority { get; init; } = 5;

        public required Colour Colour { get; init; }
    }

    [Fact]
    public void Message_WithDefaultValues_ComesBackUnchanged()
    {
        MessageTypes types = new MessageTypes().Add<Message>("message");
        Message message = new(0, null) { Priority = 0, Colour = Colour.Red };
        Assert.Equal(message, types.Read(types.Write(message)));
    }

    [Fact]
    public void Message_ThatIsNotRegistered_IsRefused() =>
        Assert.Throws<InvalidOperationException>(() => new MessageTypes().Write(new Message(1, null) { Colour = Colour.Green }));
}
