using DeidCluster.Engine;
using DeidCluster.Pipeline;
using DeidCluster.Studies;
using Microsoft.AspNetCore.Http;

namespace DeidCluster.Node;

/// <summary>What the HTTP API works on.</summary>
internal sealed class NodeParts(NodeConfiguration configuration, ActorSystem actors, IActorStore store, IStudyIndex index, PipelineParts pipeline, TimeProvider time, Action<string, string, TimeSpan> drain)
{
    /// <summary>How long a caller waits for an actor's reply.</summary>
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromSeconds(10);

    public NodeConfiguration Configuration => configuration;

    public NodeSettings Settings => configuration.Node;

    public byte[] InstallationSecret => configuration.InstallationSecret;

    public ActorSystem Actors => actors;

    public IActorStore Store => store;

    public IStudyIndex Index => index;

    public IPoisonCabinet Poisoned => (IPoisonCabinet)store;

    public IRetirementIndex Retirements => (IRetirementIndex)index;

    public PipelineParts Pipeline => pipeline;

    /// <summary>Begins to drain the node: by whom, why, and within what time effects may end.</summary>
    public void Drain(string by, string why, TimeSpan deadline) => drain(by, why, deadline);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Names of the projects that requests may name.</summary>
    public IReadOnlySet<string> ProjectNames { get; } = configuration.Projects.Select(project => project.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>Has an actor decide; null when it did not answer in time, though the command is durable.</summary>
    public Task<TReply?> AskAsync<TReply>(ActorId to, ICommand command, CancellationToken cancellation) where TReply : class =>
        actors.AskAsync<TReply>(to, command, ReplyTimeout, cancellation);

    /// <summary>The study that the route names.</summary>
    /// <exception cref="ApiProblem">There is none.</exception>
    public async Task<StudyRow> FindStudyAsync(HttpContext context)
    {
        string id = Route(context, "id");
        StudyRow? row = StudyId.IsWellFormed(id) ? await index.FindAsync(id, context.RequestAborted) : null;
        return row ?? throw ApiProblem.NotFound("study");
    }

    /// <summary>The value of a route's parameter.</summary>
    public static string Route(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    /// <summary>The command is durable and will be decided; the answer is not known yet.</summary>
    public static ApiProblem NoAnswerYet() =>
        new(StatusCodes.Status504GatewayTimeout, "the command is accepted, and its actor has not answered yet; look at the state again");
}
