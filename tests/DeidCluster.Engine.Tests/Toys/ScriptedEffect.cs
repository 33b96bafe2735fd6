using System.Collections.Concurrent;

namespace DeidCluster.Engine.Tests.Toys;

/// <summary>An effect whose every attempt waits for the test to say how it ends.</summary>
public sealed class ScriptedEffect(string kind = "scripted") : IEffectHandler
{
    private readonly ConcurrentQueue<Attempt> attempts = new();

    public string Kind => kind;

    public IReadOnlyList<Attempt> Attempts => [.. attempts];

    public ICommand TimedOut(EffectRequest request, TimeSpan limit) => new FinishWork(-1);

    public async Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        Attempt attempt = new(context, cancellation);
        attempts.Enqueue(attempt);
        return await attempt.Outcome.Task.WaitAsync(cancellation);
    }

    /// <summary>The attempt with this number, from 0, once it has begun.</summary>
    public async Task<Attempt> AttemptAsync(int number)
    {
        await BankHost.UntilAsync(() => attempts.Count > number, $"attempt {number} of the effect begins");
        return Attempts[number];
    }

    public sealed record Attempt(EffectContext Context, CancellationToken Cancellation)
    {
        public TaskCompletionSource<ICommand> Outcome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
