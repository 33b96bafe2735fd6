using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DeidCluster.TestKit;

/// <summary>A process of a real peer that a test starts, waits for and ends.</summary>
public sealed class PeerProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(25);

    private readonly Process process;
    private readonly StringBuilder output = new();

    private PeerProcess(string tool, IEnumerable<string> arguments, string? folder, IReadOnlyDictionary<string, string>? environment)
    {
        ProcessStartInfo start = new(Find(tool) ?? throw new FileNotFoundException($"{tool} is not on the PATH."), arguments)
        {
            WorkingDirectory = folder ?? Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["TCP_NODELAY"] = "1"; // DCMTK leaves Nagle's algorithm on otherwise: 40 ms for each message
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The process id.</summary>
    public int Id => process.Id;

    /// <summary>What it wrote so far, both streams.</summary>
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

    /// <summary>The full path of <paramref name="tool"/> on the PATH and where servers lie, or null.</summary>
    public static string? Find(string tool) => (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':')
        .Select(folder => Path.Combine(folder, tool))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts a process that ends with <see cref="DisposeAsync"/>.</summary>
    public static PeerProcess Start(string tool, IEnumerable<string> arguments, string? folder = null, IReadOnlyDictionary<string, string>? environment = null) =>
        new(tool, arguments, folder, environment);

    /// <summary>Starts a server and waits until it accepts connections on <paramref name="port"/> of loopback.</summary>
    public static async Task<PeerProcess> StartServerAsync(
        string tool, IEnumerable<string> arguments, int port, TimeSpan deadline, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        PeerProcess peer = new(tool, arguments, folder, environment);
        try
        {
            await peer.WaitForPortAsync(port, deadline);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command to its end; exit code and output.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string tool, IEnumerable<string> arguments, TimeSpan deadline, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using PeerProcess peer = new(tool, arguments, folder, environment);
        int exitCode = await peer.WaitForExitAsync(deadline);
        return (exitCode, peer.Output);
    }

    /// <summary>Waits until the process accepts connections on <paramref name="port"/> of loopback; throws when it ends instead.</summary>
    public async Task WaitForPortAsync(int port, TimeSpan deadline)
    {
        using CancellationTokenSource timeout = new(deadline);
        while (true)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"The peer ended with code {process.ExitCode}: {Output}");
            }

            try
            {
                using TcpClient probe = new();
                await probe.ConnectAsync(IPAddress.Loopback, port, timeout.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(ProbeInterval, timeout.Token);
            }
        }
    }

    /// <summary>Writes a line to its input.</summary>
    public async Task WriteLineAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for a line that begins with <paramref name="beginning"/>; the rest of the first such line. Throws when the process ends instead.</summary>
    public async Task<string> WaitForLineAsync(string beginning, TimeSpan deadline)
    {
        using CancellationTokenSource timeout = new(deadline);
        while (true)
        {
            bool hasEnded = process.HasExited;
            if (Output.Split(Environment.NewLine).SkipLast(1).FirstOrDefault(line => line.StartsWith(beginning, StringComparison.Ordinal)) is string found)
            {
                return found[beginning.Length..];
            }

            if (hasEnded)
            {
                throw new InvalidOperationException($"The peer ended with code {process.ExitCode}: {Output}");
            }

            await Task.Delay(ProbeInterval, timeout.Token);
        }
    }

    /// <summary>Sends it a signal, such as STOP or CONT.</summary>
    public Task SignalAsync(string name) => RunAsync("kill", [$"-{name}", $"{Id}"], EndTimeout);

    /// <summary>Waits until the process ends by itself; its exit code.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan deadline)
    {
        using CancellationTokenSource timeout = new(deadline);
        await process.WaitForExitAsync(timeout.Token);
        return process.ExitCode;
    }

    /// <summary>Ends the process, with its children, and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }

        using CancellationTokenSource timeout = new(EndTimeout);
        await process.WaitForExitAsync(timeout.Token);
        process.Dispose();
    }

    private void Append(string? line)
    {
        lock (output)
        {
            output.AppendLine(line);
        }
    }
}
