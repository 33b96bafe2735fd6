using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>
/// The store as one process of a node sees it: each call travels there, is done in one step, and its answer travels back; each of these can fail,
/// be late, or be lost. A call that was sent is done even if its sender is dead by then.
/// </summary>
internal class StoreLink(World world, NodeProcess process) : IActorStore, IStudyIndex
{
    /// <summary>A driver waits no longer for an answer: below the lease.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    public int ShardCount => world.Store.ShardCount;

    public Task JoinAsync(Member member, TimeSpan leaseTime, CancellationToken cancellation) =>
        CallAsync("join", store => Done(store.JoinAsync(member, leaseTime, CancellationToken.None)), cancellation);

    public Task<MembershipView> HeartbeatAsync(string incarnation, TimeSpan leaseTime, CancellationToken cancellation) =>
        CallAsync("heartbeat", store => store.HeartbeatAsync(incarnation, leaseTime, CancellationToken.None), cancellation);

    public Task LeaveAsync(string incarnation, CancellationToken cancellation) =>
        CallAsync("leave", store => Done(store.LeaveAsync(incarnation, CancellationToken.None)), cancellation);

    public Task<long?> ClaimShardAsync(string incarnation, int shard, long observedToken, CancellationToken cancellation) =>
        CallAsync("claim", store => store.ClaimShardAsync(incarnation, shard, observedToken, CancellationToken.None), cancellation);

    public Task<bool> ReleaseShardAsync(string incarnation, int shard, long token, CancellationToken cancellation) =>
        CallAsync("release", store => store.ReleaseShardAsync(incarnation, shard, token, CancellationToken.None), cancellation);

    /// <summary>The command whose caller waits for a reply, in the flow of that call.</summary>
    public AsyncLocal<Command?> Asking { get; } = new();

    public Task PostAsync(IReadOnlyList<Mail> mail, CancellationToken cancellation)
    {
        if (Asking.Value is { } asking)
        {
            asking.MailId = mail[0].Id;
        }

        return CallAsync("post", store => Done(store.PostAsync(mail, CancellationToken.None)), cancellation);
    }

    public Task<IReadOnlyList<Mail>> ReadDueMailAsync(IReadOnlyCollection<int> shards, DateTimeOffset now, int limit, CancellationToken cancellation) =>
        CallAsync("read mail", store => store.ReadDueMailAsync(shards, now, limit, CancellationToken.None), cancellation);

    public Task<DateTimeOffset?> NextDueAsync(IReadOnlyCollection<int> shards, CancellationToken cancellation) =>
        CallAsync("next due", store => store.NextDueAsync(shards, CancellationToken.None), cancellation);

    public Task<ActorHistory> LoadAsync(ActorId actor, CancellationToken cancellation) =>
        CallAsync("load", store => store.LoadAsync(actor, CancellationToken.None), cancellation);

    public Task<IReadOnlyList<JournalRow>> ReadJournalAsync(ActorId actor, long afterVersion, int limit, CancellationToken cancellation) =>
        CallAsync("journal", store => store.ReadJournalAsync(actor, afterVersion, limit, CancellationToken.None), cancellation);

    public Task<IReadOnlyList<ActorId>> ReadActiveAsync(int shard, CancellationToken cancellation) =>
        CallAsync("active", store => store.ReadActiveAsync(shard, CancellationToken.None), cancellation);

    public virtual async Task<IReadOnlyList<TurnOutcome>> CommitAsync(IReadOnlyList<Turn> group, CancellationToken cancellation)
    {
        if (process.Node.StandsStillBeforeCommit is { } span)
        {
            // The group is computed, its lease was trusted; it is sent when the process goes on, whoever has the shards by then.
            process.Node.StandsStillBeforeCommit = null;
            process.Node.Pause();
            world.Loop.After(span, process.Node.Wake);
            await Task.Yield();
        }

        return await CallAsync("commit", store => Commit(store, group), cancellation);
    }

    public Task<MessageBody?> ReadReplyAsync(Guid mailId, CancellationToken cancellation) =>
        CallAsync("reply", store => store.ReadReplyAsync(mailId, CancellationToken.None), cancellation);

    public Task<int> RestoreMailAsync(int shard, IReadOnlyCollection<string> knownKinds, CancellationToken cancellation) =>
        CallAsync("restore", store => store.RestoreMailAsync(shard, knownKinds, CancellationToken.None), cancellation);

    public Task<IReadOnlyList<QuarantinedActor>> ReadQuarantineAsync(int limit, CancellationToken cancellation) =>
        CallAsync("quarantine", store => store.ReadQuarantineAsync(limit, CancellationToken.None), cancellation);

    public Task<bool> ReleaseQuarantineAsync(ActorId actor, CancellationToken cancellation) =>
        CallAsync("release quarantine", store => store.ReleaseQuarantineAsync(actor, CancellationToken.None), cancellation);

    public Task<IReadOnlyList<object>> AskAsync(IndexQuery query, CancellationToken cancellation) =>
        CallAsync("ask", store => store.AskAsync(query, CancellationToken.None), cancellation);

    public Task<StudyPage> ListAsync(StudyFilter filter, CancellationToken cancellation) =>
        CallAsync("list", store => store.ListAsync(filter, CancellationToken.None), cancellation);

    public Task<StudyRow?> FindAsync(string studyId, CancellationToken cancellation) =>
        CallAsync("find", store => store.FindAsync(studyId, CancellationToken.None), cancellation);

    public Task<IReadOnlyList<InstanceRow>> LedgerAsync(string studyId, CancellationToken cancellation) =>
        CallAsync("ledger", store => store.LedgerAsync(studyId, CancellationToken.None), cancellation);

    public Task<IReadOnlyList<StatusCount>> CountAsync(CancellationToken cancellation) =>
        CallAsync("count", store => store.CountAsync(CancellationToken.None), cancellation);

    public Task<IReadOnlyList<ProjectRow>> ProjectsAsync(CancellationToken cancellation) =>
        CallAsync("projects", store => store.ProjectsAsync(CancellationToken.None), cancellation);

    public Task<IReadOnlyList<ArchiveRow>> ArchivesAsync(CancellationToken cancellation) =>
        CallAsync("archives", store => store.ArchivesAsync(CancellationToken.None), cancellation);

    public Task<IReadOnlyList<LinkageRow>> LinkageAsync(string project, CancellationToken cancellation) =>
        CallAsync("linkage", store => store.LinkageAsync(project, CancellationToken.None), cancellation);

    public Task<IdentityRow> FixIdentityAsync(IdentityRow proposal, CancellationToken cancellation) =>
        CallAsync("identity", store => store.FixIdentityAsync(proposal, CancellationToken.None), cancellation);

    public Task<IdentityRow?> FindIdentityAsync(string project, string subjectKey, CancellationToken cancellation) =>
        CallAsync("find identity", store => store.FindIdentityAsync(project, subjectKey, CancellationToken.None), cancellation);

    public Task DrainAsync(string incarnation, CancellationToken cancellation) =>
        CallAsync("drain", store => Done(store.DrainAsync(incarnation, CancellationToken.None)), cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>What the store does when a group arrives there.</summary>
    protected Task<IReadOnlyList<TurnOutcome>> Commit(SimulatedStore store, IReadOnlyList<Turn> group)
    {
        IReadOnlyList<long> tokens = [.. group.Select(turn => store.Membership.Token(turn.Actor.Shard(store.ShardCount)))];
        IReadOnlyList<TurnOutcome> outcomes = store.CommitAsync(group, CancellationToken.None).Result;
        world.Checker.Committed(process, group, tokens, outcomes);
        return Task.FromResult(outcomes);
    }

    /// <summary>One call, there and back.</summary>
    protected async Task<T> CallAsync<T>(string what, Func<SimulatedStore, Task<T>> call, CancellationToken cancellation)
    {
        world.Loop.AssertOnThread();
        cancellation.ThrowIfCancellationRequested();
        TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TimeSpan way = world.Network.Delay();
        if (way > AnswerTimeout)
        {
            world.Loop.After(AnswerTimeout, () => Unavailable(answer, what));
        }

        world.Loop.After(way, () => Arrive(what, call, answer, AnswerTimeout - way));
        using (cancellation.Register(() => answer.TrySetCanceled(cancellation)))
        {
            return await answer.Task;
        }
    }

    private void Arrive<T>(string what, Func<SimulatedStore, Task<T>> call, TaskCompletionSource<T> answer, TimeSpan patience)
    {
        if (process.Node.IsCutOff || world.Network.Fails())
        {
            // Refused at once where the store is down, no answer at all where the way is cut.
            world.Loop.After(process.Node.IsCutOff ? patience : world.Network.Delay(), () => Unavailable(answer, what));
            return;
        }

        Task<T> done;
        try
        {
            done = call(world.Store);
        }
        catch (InvalidOperationException mistake)
        {
            answer.TrySetException(mistake);
            return;
        }

        TimeSpan back = world.Network.Delay();
        bool isLost = world.Network.Loses() || back > patience;
        if (isLost)
        {
            world.Trace.Say($"{process} answer to {what} lost");
        }

        world.Loop.After(isLost ? patience : back, () =>
        {
            if (isLost || process.Node.IsCutOff)
            {
                Unavailable(answer, what);
            }
            else
            {
                answer.TrySetResult(done.Result);
            }
        });
    }

    private static void Unavailable<T>(TaskCompletionSource<T> answer, string what) =>
        answer.TrySetException(new StoreUnavailableException($"no answer to {what}"));

    private static Task<bool> Done(Task done) => Task.FromResult(done.IsCompletedSuccessfully);
}

/// <summary>The planted bug "reply before commit": groups are called committed when they are sent.</summary>
internal sealed class HastyStoreLink(World world, NodeProcess process) : StoreLink(world, process)
{
    public override Task<IReadOnlyList<TurnOutcome>> CommitAsync(IReadOnlyList<Turn> group, CancellationToken cancellation)
    {
        _ = CallAsync("commit", store => Commit(store, group), CancellationToken.None);
        return Task.FromResult<IReadOnlyList<TurnOutcome>>([.. group.Select(_ => TurnOutcome.Committed)]);
    }
}

/// <summary>The planted bug "no fence": any token will do.</summary>
internal sealed class UnfencedStore(int shardCount, TimeProvider time) : SimulatedStore(shardCount, time)
{
    protected override bool HoldsToken(int shard, long token) => true;
}
