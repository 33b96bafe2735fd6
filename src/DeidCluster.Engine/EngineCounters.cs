using System.Collections.Concurrent;

namespace DeidCluster.Engine;

/// <summary>What this node has done since it started; only ever grows. Read by the metrics page.</summary>
public sealed class EngineCounters
{
    private readonly ConcurrentDictionary<string, EffectCounters> effects = new();
    private long turns;
    private long mails;
    private long mailsDropped;
    private long mailsSetAside;
    private long commits;
    private long conflicts;
    private long fenced;
    private long quarantined;
    private long mailsPoisoned;
    private long actorsOfNewerReleases;
    private long storeFailures;

    /// <summary>Turns committed.</summary>
    public long Turns => Interlocked.Read(ref turns);

    /// <summary>Mails consumed by committed turns.</summary>
    public long Mails => Interlocked.Read(ref mails);

    /// <summary>Mails that were the result or progress of an effect which was no longer pending.</summary>
    public long MailsDropped => Interlocked.Read(ref mailsDropped);

    /// <summary>Mails of an unknown kind that were kept aside.</summary>
    public long MailsSetAside => Interlocked.Read(ref mailsSetAside);

    /// <summary>Groups of turns given to the store.</summary>
    public long Commits => Interlocked.Read(ref commits);

    /// <summary>Turns decided again because of a conflict or a taken claim.</summary>
    public long Conflicts => Interlocked.Read(ref conflicts);

    /// <summary>Turns refused because their shard had moved.</summary>
    public long Fenced => Interlocked.Read(ref fenced);

    /// <summary>Actors set aside.</summary>
    public long Quarantined => Interlocked.Read(ref quarantined);

    /// <summary>Mails set aside because their handling threw each time.</summary>
    public long MailsPoisoned => Interlocked.Read(ref mailsPoisoned);

    /// <summary>Turns left to nodes of a newer release, because the actor's journal holds events that this one does not know.</summary>
    public long ActorsOfNewerReleases => Interlocked.Read(ref actorsOfNewerReleases);

    /// <summary>Calls that found the store unavailable.</summary>
    public long StoreFailures => Interlocked.Read(ref storeFailures);

    /// <summary>Effects by kind.</summary>
    public IReadOnlyDictionary<string, EffectCounters> Effects => effects;

    internal void CountTurn(int consumed, int dropped, int setAside)
    {
        Interlocked.Increment(ref turns);
        Interlocked.Add(ref mails, consumed);
        Interlocked.Add(ref mailsDropped, dropped);
        Interlocked.Add(ref mailsSetAside, setAside);
    }

    internal void CountCommit() => Interlocked.Increment(ref commits);

    internal void CountConflict() => Interlocked.Increment(ref conflicts);

    internal void CountFenced() => Interlocked.Increment(ref fenced);

    internal void CountPoison() => Interlocked.Increment(ref mailsPoisoned);

    internal void CountNewerRelease() => Interlocked.Increment(ref actorsOfNewerReleases);

    internal void CountQuarantine() => Interlocked.Increment(ref quarantined);

    internal void CountStoreFailure() => Interlocked.Increment(ref storeFailures);

    internal EffectCounters Effect(string kind) => effects.GetOrAdd(kind, static _ => new EffectCounters());
}

/// <summary>What effects of one kind did on this node.</summary>
public sealed class EffectCounters
{
    private long started;
    private long finished;
    private long cancelled;
    private long timedOut;

    /// <summary>Attempts begun.</summary>
    public long Started => Interlocked.Read(ref started);

    /// <summary>Attempts whose outcome, good or bad, became durable mail.</summary>
    public long Finished => Interlocked.Read(ref finished);

    /// <summary>Attempts stopped because the actor no longer waited for them, or the node stopped.</summary>
    public long Cancelled => Interlocked.Read(ref cancelled);

    /// <summary>Attempts stopped because they took longer than their kind may.</summary>
    public long TimedOut => Interlocked.Read(ref timedOut);

    internal void CountTimedOut() => Interlocked.Increment(ref timedOut);

    internal void CountStarted() => Interlocked.Increment(ref started);

    internal void CountFinished() => Interlocked.Increment(ref finished);

    internal void CountCancelled() => Interlocked.Increment(ref cancelled);
}
