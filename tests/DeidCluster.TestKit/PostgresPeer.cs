using Xunit;

namespace DeidCluster.TestKit;

/// <summary>A real PostgreSQL server in a folder of its own, on loopback. It refuses to run as root: under root it runs as the user "postgres".</summary>
public sealed class PostgresPeer : IAsyncDisposable
{
    /// <summary>The superuser that <see cref="ConnectionString"/> names.</summary>
    public const string Superuser = "postgres";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(30);

    private readonly TestFolder folder;
    private readonly string[] settings;
    private PeerProcess? process;

    private PostgresPeer(TestFolder folder, int port, string[] settings) => (this.folder, Port, this.settings) = (folder, port, settings);

    /// <summary>The folder of the server's programs, the newest release; null when it is not installed.</summary>
    public static string? Programs { get; } = Directory.Exists("/usr/lib/postgresql")
        ? Directory.EnumerateDirectories("/usr/lib/postgresql").Select(release => Path.Combine(release, "bin")).Where(bin => File.Exists(Path.Combine(bin, "postgres"))).Order().LastOrDefault()
        : null;

    /// <summary>Why no server can be started here; null when one can.</summary>
    public static string? Missing => Programs is null ? "PostgreSQL is not installed (./test.sh installs it with apt when it may)." : null;

    /// <summary>Its TCP port.</summary>
    public int Port { get; }

    /// <summary>What it wrote.</summary>
    public string Output => process?.Output ?? "";

    /// <summary>How the superuser connects.</summary>
    public string ConnectionString => ConnectionStringThrough(Port);

    /// <summary>How the superuser connects through a proxy that listens on <paramref name="port"/>.</summary>
    public static string ConnectionStringThrough(int port) => $"Host=127.0.0.1;Port={port};Username={Superuser};Database=postgres";

    /// <summary>Makes a data folder and starts the server, with further <paramref name="settings"/> (name=value). What it answers is on disk, as in production.</summary>
    public static async Task<PostgresPeer> StartAsync(params string[] settings)
    {
        TestFolder folder = new();
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                await RunAsync("chown", [Superuser, folder.Path]);
            }

            string initdb = As(Path.Combine(Programs!, "initdb"), out List<string> user);
            await RunAsync(
                initdb, [.. user, "-D", Data(folder), "-U", Superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
            PostgresPeer peer = new(folder, FreePort.Next(), settings);
            await peer.StartAgainAsync();
            return peer;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Starts the server on the data that is there, after <see cref="KillAsync"/>.</summary>
    public async Task StartAgainAsync()
    {
        string program = As(Path.Combine(Programs!, "postgres"), out List<string> arguments);
        process = await PeerProcess.StartServerAsync(
            program,
            [.. arguments, "-D", Data(folder), "-p", $"{Port}", "-k", folder.Path, "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200", "-c", "log_min_messages=warning",
                .. settings.SelectMany(setting => new[] { "-c", setting })],
            Port, StartDeadline, folder.Path);
        await WaitUntilItAnswersAsync();
    }

    /// <summary>Ends the server and all its backends at once, as a crash does.</summary>
    public async Task KillAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
            process = null;
        }
    }

    /// <summary>Stops the server as its operators do: "INT" ends its sessions and writes what it owes (fast), "QUIT" ends at once and recovers at the start (immediate); then starts it again.</summary>
    public async Task RestartAsync(string signal)
    {
        await process!.SignalAsync(signal);
        await process.WaitForExitAsync(StopDeadline);
        await StartAgainAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        folder.Dispose();
    }

    private static string Data(TestFolder folder) => Path.Combine(folder.Path, "data");

    private async Task WaitUntilItAnswersAsync()
    {
        // The port is open while the server still recovers; its own tool knows when it is ready.
        using CancellationTokenSource deadline = new(StartDeadline);
        while ((await PeerProcess.RunAsync(Path.Combine(Programs!, "pg_isready"), ["-h", "127.0.0.1", "-p", $"{Port}"], StopDeadline)).ExitCode != 0)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
        }
    }

    private static string As(string program, out List<string> arguments)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            arguments = [];
            return program;
        }

        arguments = [$"--reuid={Superuser}", $"--regid={Superuser}", "--clear-groups", program];
        return PeerProcess.Find("setpriv") ?? throw new FileNotFoundException("setpriv is not on the PATH.");
    }

    private static async Task RunAsync(string program, IReadOnlyList<string> arguments)
    {
        (int exitCode, string output) = await PeerProcess.RunAsync(program, arguments, StartDeadline);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{Path.GetFileName(program)} ended with code {exitCode}: {output}");
        }
    }
}

/// <summary>A test that needs a PostgreSQL server, and perhaps other programs: without them it is skipped and says so.</summary>
public sealed class PostgresFactAttribute : FactAttribute
{
    public PostgresFactAttribute(params string[] tools) =>
        Skip = PostgresPeer.Missing ?? (tools.FirstOrDefault(tool => PeerProcess.Find(tool) is null) is string missing ? $"{missing} is not installed." : null);
}
