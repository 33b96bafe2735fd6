using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>One worker process, seen from its parent. It works on one frame at a time; after any failure but a plain refusal it is ended and not used again.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndTimeMax = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly CodecWorkerOptions options;
    private uint number;

    private WorkerProcess(Process process, CodecWorkerOptions options) => (this.process, this.options) = (process, options);

    /// <summary>True when it can take a frame.</summary>
    public bool IsUsable { get; private set; }

    /// <summary>False while nothing of the last task has reached it: what ended it was not that task.</summary>
    public bool HasTask { get; private set; }

    /// <summary>Starts a worker and waits until it is ready.</summary>
    /// <exception cref="CodecException">It cannot be started, does not come up in time, or does not find its library.</exception>
    public static async Task<WorkerProcess> StartAsync(CodecWorkerOptions options, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(options.Command[0], [.. options.Command.Skip(1), options.WorkerMemoryBytesMax.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        if (options.GdcmPlace is { } place)
        {
            start.Environment[GdcmLibrary.PathVariable] = place;
        }

        Process process;
        try
        {
            process = Process.Start(start) ?? throw new CodecException(CodecFailure.Died, "a codec worker was not started");
        }
        catch (Win32Exception e)
        {
            throw new CodecException(CodecFailure.Died, "a codec worker cannot be started", e);
        }

        WorkerProcess worker = new(process, options);
        try
        {
            (WorkerMessage ready, _) = await worker.ReceiveAsync(0, _ => 0, options.StartTimeMax, cancellationToken).ConfigureAwait(false);
            worker.IsUsable = ready.Status == WorkerStatus.Ready;
            return worker.IsUsable ? worker : throw GdcmCodec.NotInstalled();
        }
        catch
        {
            await worker.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has the worker do <paramref name="task"/>; <paramref name="resultBytes"/> says whether a result may be so long, before memory is taken for it.</summary>
    /// <exception cref="CodecException">There is no result.</exception>
    public async Task<(byte[] Bytes, PixelDescription Description)> DoAsync(
        WorkerTask task, ReadOnlyMemory<byte> payload, string transferSyntaxUid, PixelDescription description, Predicate<long> resultBytes, CancellationToken cancellationToken)
    {
        IsUsable = false;
        HasTask = false;
        byte[] head = new byte[WorkerMessage.HeadBytes];
        new WorkerMessage { Number = ++number, Task = task, Description = description, TransferSyntaxUid = transferSyntaxUid, PayloadBytes = payload.Length }.Write(head);
        (WorkerMessage answer, byte[] bytes) = await ReceiveAsync(
            number,
            message => message.Status == WorkerStatus.Done ? resultBytes(message.PayloadBytes) && message.Description is not null ? message.PayloadBytes : -1
                : message.Status is WorkerStatus.Refused or WorkerStatus.NotLossless && message.PayloadBytes <= WorkerMessage.ReasonBytesMax ? message.PayloadBytes : -1,
            options.FrameTimeMax,
            cancellationToken,
            head,
            payload).ConfigureAwait(false);
        IsUsable = true;
        return answer.Status switch
        {
            WorkerStatus.Done => (bytes, answer.Description!),
            WorkerStatus.NotLossless => throw new CodecException(CodecFailure.NotLossless, "what GDCM encoded does not decode to the same pixels"),
            _ => throw new CodecException(CodecFailure.Refused, Encoding.ASCII.GetString(bytes)),
        };
    }

    /// <summary>Ends the process by its handle and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        IsUsable = false;
        Kill();
        using CancellationTokenSource end = new(EndTimeMax, options.Time);
        try
        {
            await process.WaitForExitAsync(end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Killed and not gone: it hangs in the kernel, and nothing that we can do ends it sooner.
        }

        process.Dispose();
    }

    /// <summary>
    /// Sends what is given, and reads the answer. Limits of time and cancellation end the process, which ends any read and write: none is ever waited for longer.
    /// </summary>
    private async Task<(WorkerMessage Message, byte[] Payload)> ReceiveAsync(
        uint expected, Func<WorkerMessage, int> payloadBytes, TimeSpan timeMax, CancellationToken cancellationToken, ReadOnlyMemory<byte> head = default, ReadOnlyMemory<byte> body = default)
    {
        using CancellationTokenSource timeout = new(timeMax, options.Time);
        using CancellationTokenRegistration onTimeout = timeout.Token.Register(Kill);
        using CancellationTokenRegistration onCancel = cancellationToken.Register(Kill);
        try
        {
            Stream input = process.StandardInput.BaseStream;
            await input.WriteAsync(head, CancellationToken.None).ConfigureAwait(false);
            HasTask = true;
            await input.WriteAsync(body, CancellationToken.None).ConfigureAwait(false);
            await input.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            Stream output = process.StandardOutput.BaseStream;
            byte[] answer = new byte[WorkerMessage.HeadBytes];
            await output.ReadExactlyAsync(answer, CancellationToken.None).ConfigureAwait(false);
            if (WorkerMessage.Read(answer) is not { } message || message.Number != expected || payloadBytes(message) is not (int length and >= 0) || length != message.PayloadBytes)
            {
                Kill();
                throw new CodecException(CodecFailure.Nonsense, "a codec worker answered what was not asked, and was ended");
            }

            byte[] payload = new byte[length];
            await output.ReadExactlyAsync(payload, CancellationToken.None).ConfigureAwait(false);
            return (message, payload);
        }
        catch (IOException e) // also its end before an answer
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw timeout.IsCancellationRequested
                ? new CodecException(CodecFailure.TimedOut, $"a codec worker took longer than {timeMax.TotalSeconds:0.#} s, and was ended", e)
                : new CodecException(CodecFailure.Died, await EndingAsync().ConfigureAwait(false), e);
        }
    }

    private async Task<string> EndingAsync()
    {
        const int SignalBase = 128;
        Kill();
        using CancellationTokenSource end = new(EndTimeMax, options.Time);
        try
        {
            await process.WaitForExitAsync(end.Token).ConfigureAwait(false);
            return process.ExitCode > SignalBase ? $"the codec worker ended by signal {process.ExitCode - SignalBase}" : $"the codec worker ended with code {process.ExitCode}";
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return "the codec worker ended";
        }
    }

    private void Kill()
    {
        try
        {
            process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }
}
