using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using DeidCluster.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace DeidCluster.Node;

/// <summary>The HTTP server of a node: who may call, the routes, and the one place where failures become problem details.</summary>
internal static class NodeHttp
{
    private const int RequestLineBytesMax = 8 * 1024;
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Starts to listen.</summary>
    public static async Task<WebApplication> StartAsync(NodeParts node, ILoggerFactory logs, CancellationToken cancellation)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, node.Settings.Http));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(logs);
        builder.Services.Configure<Microsoft.Extensions.Hosting.HostOptions>(options => options.ShutdownTimeout = ShutdownTimeout);
        WebApplication app = builder.Build();
        ILogger log = logs.CreateLogger("DeidCluster.Http");
        app.Use((context, next) => AnswerAsync(context, next, node.Settings.Http.Token, log));
        app.UseRouting();
        Map(app, node);
        await app.StartAsync(cancellation);
        return app;
    }

    /// <summary>The address that it listens on, with the port that the system chose.</summary>
    public static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    private static void Configure(KestrelServerOptions kestrel, HttpSettings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = settings.BodyBytesMax;
        kestrel.Limits.MaxRequestLineSize = RequestLineBytesMax;
        string host = settings.Url.Host.Trim('[', ']');
        kestrel.Listen(host == "localhost" ? IPAddress.Loopback : IPAddress.Parse(host), settings.Url.Port);
    }

    private static void Map(WebApplication app, NodeParts node)
    {
        ProjectEndpoints projects = new(node);
        ArchiveEndpoints archives = new(node);
        new StudyEndpoints(node).Map(app);
        new StudyActionEndpoints(node).Map(app);
        projects.Map(app);
        new RetentionEndpoints(node).Map(app);
        new MailEndpoints(node).Map(app);
        new DrainEndpoint(node).Map(app);
        archives.Map(app);
        new HealthEndpoints(node, new Metrics(node)).Map(app);
        new OverviewPage(node, projects, archives).Map(app);
    }

    /// <summary>The edge of every request. The log names the route's pattern and never the path, which a caller may have filled with anything.</summary>
    private static async Task AnswerAsync(HttpContext context, RequestDelegate next, string? token, ILogger log)
    {
        long startedAt = Stopwatch.GetTimestamp();
        try
        {
            Admit(context.Request, token);
            await next(context);
            await ExplainAsync(context);
        }
        catch (ApiProblem problem)
        {
            await WriteAsync(context, problem);
        }
        catch (StoreUnavailableException)
        {
            await WriteAsync(context, new ApiProblem(StatusCodes.Status503ServiceUnavailable, "the store is not available; try again"));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception mistake)
        {
            // The top of a request: the message may hold a value of the body, so only the type is told.
            log.LogError("A request failed by {ExceptionType} in {Where}", mistake.GetType().Name, new StackTrace(mistake).GetFrame(0)?.GetMethod()?.Name);
            await WriteAsync(context, new ApiProblem(StatusCodes.Status500InternalServerError, "the node made a mistake; its log names it"));
        }

        string route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "none";
        log.LogInformation(
            "{Method} {Route} {Status} in {Milliseconds} ms",
            context.Request.Method, route, context.Response.StatusCode, (long)Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds);
    }

    /// <summary>What routing refused by its status alone: a path, or a method of a path, that there is not.</summary>
    private static Task ExplainAsync(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => WriteAsync(context, ApiProblem.NotFound("path")),
        StatusCodes.Status405MethodNotAllowed => WriteAsync(
            context, new ApiProblem(StatusCodes.Status405MethodNotAllowed, $"this path takes {context.Response.Headers.Allow}")),
        _ => Task.CompletedTask,
    };

    private static Task WriteAsync(HttpContext context, ApiProblem problem) =>
        context.Response.HasStarted ? Task.CompletedTask : problem.WriteAsync(context.Response, context.RequestAborted);

    /// <summary>
    /// With a token, who carries it; without one, who calls this machine by a loopback name, so that a page in a browser cannot reach
    /// the API through a name that it made to point here.
    /// </summary>
    private static void Admit(HttpRequest request, string? token)
    {
        if (token is null)
        {
            bool isLocal = request.Host.Host == "localhost" || (IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
            if (!isLocal)
            {
                throw new ApiProblem(StatusCodes.Status403Forbidden, "this node answers under a loopback address only");
            }
        }
        else if (request.Path != HealthEndpoints.LivePath && !Carries(request, token))
        {
            throw new ApiProblem(StatusCodes.Status401Unauthorized, "the node's token is needed: Authorization: Bearer TOKEN");
        }
    }

    private static bool Carries(HttpRequest request, string token) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {token}"));
}
