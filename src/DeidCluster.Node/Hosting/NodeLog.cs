using System.Globalization;
using DeidCluster.Dicom;
using DeidCluster.Engine;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace DeidCluster.Node;

/// <summary>The node's log: to files that roll, and to the console when asked. It carries public ids, counts, statuses and types, never an identifying value.</summary>
internal sealed class NodeLog : IDisposable
{
    private const int FilesKept = 31;
    private const long FileBytesMax = 64L * 1024 * 1024;
    private const string Template = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {SourceContext} {Message:lj}{NewLine}";

    private readonly SerilogLoggerFactory factory;

    private NodeLog(SerilogLoggerFactory factory) => this.factory = factory;

    /// <summary>Makes loggers.</summary>
    public ILoggerFactory Factory => factory;

    /// <summary>Opens the log of a node.</summary>
    public static NodeLog Open(NodeSettings settings)
    {
        LoggerConfiguration configuration = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Fatal);
        if (settings.LogToConsole)
        {
            configuration = configuration.WriteTo.Console(outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture);
        }

        if (settings.LogFolder is { } folder)
        {
            configuration = configuration.WriteTo.File(
                Path.Combine(folder, "node-.log"), outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture,
                rollingInterval: RollingInterval.Day, retainedFileCountLimit: FilesKept, fileSizeLimitBytes: FileBytesMax, rollOnFileSizeLimit: true);
        }

        return new NodeLog(new SerilogLoggerFactory(configuration.CreateLogger(), dispose: true));
    }

    /// <summary>What the engine tells, at the level that it deserves.</summary>
    public static void Write(Microsoft.Extensions.Logging.ILogger log, EngineNotice notice)
    {
        LogLevel level = notice.Kind switch
        {
            EngineNoticeKind.Joined or EngineNoticeKind.Draining or EngineNoticeKind.Drained => LogLevel.Information,
            EngineNoticeKind.ShardClaimed or EngineNoticeKind.ShardReleased => LogLevel.Debug,
            EngineNoticeKind.Quarantined or EngineNoticeKind.MailPoisoned => LogLevel.Error,
            _ => LogLevel.Warning,
        };
        log.Log(level, "{Notice} {Subject} {Cause}", notice.Kind, notice.Subject, notice.Cause);
    }

    /// <summary>
    /// Who was refused by the DICOM listener and why, or what broke. Errors of the network and of bytes say so without an identifying value; of others only the type is told.
    /// A connection that ends before it said anything is a load balancer's look and no news.
    /// </summary>
    public static void WriteListenerFault(Microsoft.Extensions.Logging.ILogger log, Exception fault)
    {
        LogLevel level = fault is DicomNetworkException { Fault: NetworkFault.Closed } or OperationCanceledException ? LogLevel.Debug : LogLevel.Warning;
        log.Log(level, "DICOM listener: {Problem}", fault is DicomNetworkException or DicomFormatException ? fault.Message : fault.GetType().Name);
    }

    /// <inheritdoc/>
    public void Dispose() => factory.Dispose();
}
