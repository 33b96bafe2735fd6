using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>A process that a test starts and ends; what it said is kept for the failure message.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int OutputCharactersMax = 64 * 1024;
    private static readonly TimeSpan EndTimeMax = TimeSpan.FromSeconds(20);
    private readonly Process process;
    private readonly StringBuilder output = new();

    private ChildProcess(Process process) => this.process = process;

    /// <summary>What it wrote to both outputs, the end of it.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>True once it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Its exit code, once it has ended.</summary>
    public int ExitCode => process.ExitCode;

    /// <summary>Starts <paramref name="program"/> in <paramref name="folder"/>; DCMTK's share of Nagle's delay is switched off.</summary>
    public static ChildProcess Start(string program, IEnumerable<string> arguments, string? folder = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder ?? Path.GetTempPath(), RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["TCP_NODELAY"] = "1";
        Process process = new() { StartInfo = start };
        ChildProcess child = new(process);
        process.OutputDataReceived += (_, line) => child.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => child.Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs <paramref name="program"/> to its end; its output, or a failure when it does not end with 0 in time.</summary>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, TimeSpan timeMax)
    {
        await using ChildProcess child = Start(program, arguments);
        int code = await child.WaitAsync(timeMax);
        return code == 0 ? child.Output : throw new InvalidOperationException($"{Path.GetFileName(program)} ended with {code}:\n{child.Output}");
    }

    /// <summary>Waits for its end and answers the exit code.</summary>
    public async Task<int> WaitAsync(TimeSpan timeMax)
    {
        await process.WaitForExitAsync().WaitAsync(timeMax);
        return process.ExitCode;
    }

    /// <summary>SIGKILL: it gets no chance to tidy up.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        await process.WaitForExitAsync().WaitAsync(EndTimeMax);
    }

    /// <summary>Asks <paramref name="ready"/> until it says yes; fails when the process ends first or <paramref name="timeMax"/> is over.</summary>
    public async Task WaitUntilAsync(Func<Task<bool>> ready, TimeSpan timeMax)
    {
        Stopwatch watch = Stopwatch.StartNew();
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(100));
        while (!await ready())
        {
            if (process.HasExited || watch.Elapsed > timeMax)
            {
                throw new InvalidOperationException($"{process.StartInfo.FileName} is not ready after {watch.Elapsed.TotalSeconds:F0} s:\n{Output}");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>A loopback port that nobody listens on now.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>True when something accepts connections on a loopback port.</summary>
    public static async Task<bool> ListensAsync(int port)
    {
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (output)
        {
            if (line is not null && output.Length < OutputCharactersMax)
            {
                output.AppendLine(line);
            }
        }
    }
}
