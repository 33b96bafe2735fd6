namespace DeidCluster.Engine.Tests.Toys;

/// <summary>An effect that takes a little while and then earns <see cref="Earned"/>.</summary>
public sealed class Interest : IEffectHandler
{
    public const string Name = "interest";
    public const long Earned = 7;

    private const int LongestMilliseconds = 20;

    public string Kind => Name;

    public async Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        await Task.Delay(Random.Shared.Next(LongestMilliseconds), cancellation);
        await context.Report(new ReportWork(), cancellation);
        return new FinishWork(Earned);
    }
}
