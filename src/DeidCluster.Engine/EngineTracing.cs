using System.Diagnostics;

namespace DeidCluster.Engine;

/// <summary>The engine's activity source. Mail carries the W3C trace context, so that a study is one trace across nodes and restarts.</summary>
public static class EngineTracing
{
    /// <summary>The name under which a listener finds the engine's activities.</summary>
    public const string SourceName = "DeidCluster.Engine";

    private static readonly ActivitySource Source = new(SourceName);

    internal static Activity? StartTurn(ActorId actor, Mail letter) =>
        Source.StartActivity($"{actor.Kind} {letter.Body.Kind}", ActivityKind.Consumer, letter.TraceParent ?? default(string));

    internal static Activity? StartEffect(ActorId actor, string kind, string? traceParent) =>
        Source.StartActivity($"{actor.Kind} effect {kind}", ActivityKind.Internal, traceParent);
}
