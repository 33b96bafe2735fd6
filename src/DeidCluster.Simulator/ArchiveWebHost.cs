using System.Net;
using DeidCluster.Dicom;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DeidCluster.Simulator;

/// <summary>Puts a <see cref="DicomWebProvider"/> on loopback with Kestrel. It logs nothing: paths identify.</summary>
internal sealed class ArchiveWebHost : IAsyncDisposable
{
    /// <summary>The path of the service's root.</summary>
    public const string RootPath = "/dicom-web";

    private const int ResponseBufferBytes = 1024 * 1024;

    private readonly WebApplication app;
    private readonly DicomWebProvider provider;
    private int requests;

    private ArchiveWebHost(IDicomWebStore store, int port)
    {
        provider = new DicomWebProvider(store);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxResponseBufferSize = ResponseBufferBytes; // a file is read while the one before is sent
            kestrel.Limits.MaxRequestBodySize = null; // a study comes in one request
            kestrel.Limits.MinRequestBodyDataRate = null;
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        app = builder.Build();
        app.Run(ServeAsync);
    }

    /// <summary>The root of the service.</summary>
    public Uri Root { get; private set; } = new("about:blank");

    /// <summary>Requests so far.</summary>
    public int Requests => Volatile.Read(ref requests);

    /// <summary>Begins to listen on <paramref name="port"/> of loopback; 0 lets the system choose.</summary>
    public static async Task<ArchiveWebHost> StartAsync(IDicomWebStore store, int port, CancellationToken ct)
    {
        ArchiveWebHost host = new(store, port);
        await host.app.StartAsync(ct).ConfigureAwait(false);
        string address = host.app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        host.Root = new Uri(address + RootPath);
        return host;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        Interlocked.Increment(ref requests);
        HttpRequest request = context.Request;
        if (!request.Path.StartsWithSegments(RootPath, out PathString path))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using DicomWebResponse answer = await provider.AnswerAsync(new DicomWebRequest
        {
            Method = request.Method,
            Path = path.Value ?? "",
            Query = request.QueryString.Value ?? "",
            Root = $"{request.Scheme}://{request.Host}{RootPath}",
            Accept = request.Headers.Accept.Count == 0 ? null : request.Headers.Accept.ToString(),
            ContentType = request.ContentType,
            Range = request.Headers.Range.Count == 0 ? null : request.Headers.Range.ToString(),
            Body = request.Body,
        }, context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        if (answer.Status != StatusCodes.Status204NoContent)
        {
            context.Response.ContentLength = answer.Length;
        }

        foreach ((string name, string value) in answer.Headers)
        {
            context.Response.Headers.Append(name, value);
        }

        await answer.WriteToAsync(context.Response.BodyWriter, context.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>The process's signals are not ours to take: the simulator lives as long as its owner.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
