using DeidCluster.Engine;
using DeidCluster.TestKit;

namespace DeidCluster.Store.Tests;

/// <summary>Generated sequences of operations, right ones and wrong ones, compared with <see cref="StoreModel"/> after each. A failure is a seed.</summary>
public abstract class GeneratedConformance : IndexConformance
{
    private const int SeedsBounded = 3;
    private const int SeedsFull = 100;
    private const int StepsPerSeed = 150;
    private const int Actors = 6;

    private static readonly int Seeds = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? SeedsFull : SeedsBounded;
    private static readonly int[] AllShards = [.. Enumerable.Range(0, ShardCount)];
    private static readonly TimeSpan LongLease = TimeSpan.FromDays(1);

    private readonly List<Mail> posted = [];

    [ConformanceFact]
    public async Task GeneratedOperations_AgreeWithTheModel()
    {
        int[] outcomes = new int[Enum.GetValues<TurnOutcome>().Length];
        await Store.JoinAsync(new Member("m", "m", "1"), LongLease, None);
        StoreModel model = new(ShardCount);
        foreach (int shard in AllShards)
        {
            await ClaimAsync(model, shard);
        }

        for (int seed = 0; seed < Seeds; seed++)
        {
            Random random = new(seed);
            for (int step = 0; step < StepsPerSeed; step++)
            {
                try
                {
                    await StepAsync(model, random, outcomes);
                    await CompareAsync(model);
                }
                catch (Exception failure)
                {
                    throw new InvalidOperationException($"Seed {seed}, step {step}.", failure);
                }
            }
        }

        Assert.Empty(await ((IVerifiableStore)Store).VerifyAsync(None));
        Assert.True(outcomes[(int)TurnOutcome.Committed] > 0 && outcomes[(int)TurnOutcome.Fenced] > 0 && outcomes[(int)TurnOutcome.Conflict] > 0);
        Facts.Say(
            $"store model: {Seeds} seeds of {StepsPerSeed} steps; turns committed {outcomes[(int)TurnOutcome.Committed]}, "
            + $"fenced {outcomes[(int)TurnOutcome.Fenced]}, in conflict {outcomes[(int)TurnOutcome.Conflict]}");
    }

    private async Task StepAsync(StoreModel model, Random random, int[] outcomes)
    {
        switch (random.Next(10))
        {
            case 0:
                Time.Advance(TimeSpan.FromSeconds(random.Next(20)));
                break;
            case 1:
                int shard = random.Next(ShardCount);
                Assert.True(await Store.ReleaseShardAsync("m", shard, model.Token(shard), None));
                await ClaimAsync(model, shard);
                break;
            case 2:
                ActorId actor = Actor(random);
                await Store.ReleaseQuarantineAsync(actor, None);
                model.ReleaseQuarantine(actor);
                break;
            case <= 5:
                // New ones, and some that were posted before, consumed or not.
                posted.AddRange(Enumerable.Range(0, random.Next(1, 5)).Select(_ => Letter(random, null)));
                List<Mail> letters = [.. posted.TakeLast(3), posted[random.Next(posted.Count)]];
                await Store.PostAsync(letters, None);
                letters.ForEach(model.Post);
                break;
            default:
                await CommitAsync(model, random, outcomes);
                break;
        }
    }

    /// <summary>A group of turns of different actors, most as a host would compute them, some stale in one way or another.</summary>
    private async Task CommitAsync(StoreModel model, Random random, int[] outcomes)
    {
        List<Turn> group = [.. Enumerable.Range(0, random.Next(1, Actors)).Select(_ => Actor(random)).Distinct().Select(actor => NewTurn(model, random, actor))];
        IReadOnlyList<TurnOutcome> actual = await Store.CommitAsync(group, None);
        Assert.Equal(group.Select(model.Commit), actual);
        foreach (TurnOutcome outcome in actual)
        {
            outcomes[(int)outcome]++;
        }
    }

    private Turn NewTurn(StoreModel model, Random random, ActorId actor)
    {
        long token = model.Token(actor.Shard(ShardCount)) - (random.Next(12) == 0 ? 1 : 0);
        long version = model.Version(actor) + (random.Next(12) == 0 ? 1 : 0);
        List<Guid> consumed = [.. model.Due(Time.GetUtcNow()).Where(letter => letter.To == actor).Take(random.Next(4)).Select(letter => letter.Id)];
        if (random.Next(15) == 0)
        {
            consumed.Add(Guid.NewGuid());
        }

        Turn turn = new() { Actor = actor, Token = token, ExpectedVersion = version, Consumed = consumed };
        return random.Next(20) == 0
            ? turn with { Consumed = [], Quarantine = new Quarantine(Guid.Empty, "SomeException", "Rules.Decide", Time.GetUtcNow()) }
            : turn with
            {
                Events = [.. Enumerable.Range(1, random.Next(3)).Select(number => Row(version + number, token))],
                Mail = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Letter(random, actor))],
                Active = random.Next(2) == 0,
            };
    }

    private async Task CompareAsync(StoreModel model)
    {
        DateTimeOffset now = Time.GetUtcNow();
        Assert.Equal(model.Due(now), await Store.ReadDueMailAsync(AllShards, now, int.MaxValue, None));
        for (int number = 0; number < Actors; number++)
        {
            ActorId actor = Actor(number);
            Assert.Equal(model.Journal(actor), await Store.ReadJournalAsync(actor, 0, int.MaxValue, None));
        }

        foreach (int shard in AllShards)
        {
            Assert.Equal(model.Active(shard).OrderBy(actor => actor.Key), (await Store.ReadActiveAsync(shard, None)).OrderBy(actor => actor.Key));
        }
    }

    private async Task ClaimAsync(StoreModel model, int shard)
    {
        MembershipView view = await Store.HeartbeatAsync("m", LongLease, None);
        long? token = await Store.ClaimShardAsync("m", shard, view.Shards[shard].Token, None);
        Assert.True(token > model.Token(shard));
        model.Move(shard, token!.Value);
    }

    private Mail Letter(Random random, ActorId? sender) => NewMail(Actor(random), Time.GetUtcNow().AddSeconds(random.Next(-5, 30)), sender);

    private static ActorId Actor(Random random) => Actor(random.Next(Actors));

    private static ActorId Actor(int number) => new("study", $"generated{number}");
}
