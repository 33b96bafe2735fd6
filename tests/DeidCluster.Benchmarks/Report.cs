using System.Globalization;

namespace DeidCluster.Benchmarks;

/// <summary>The page that a run writes.</summary>
internal static class Report
{
    private const string LoadFile = "/proc/loadavg";

    private static string Load() => File.Exists(LoadFile) ? string.Join(' ', File.ReadAllText(LoadFile).Split(' ')[..3]) : "unknown";

    public static string Text(BenchOptions options, IEnumerable<string> tables) => string.Create(CultureInfo.InvariantCulture, $"""
        # Benchmarks

        Written by `./bench.sh --write`. Every row of a table was measured in the same run, in turns, and is the median of {options.Rounds} runs; the number
        in brackets is the ratio to the first row. Loopback, {Environment.ProcessorCount} cores, Linux {Environment.OSVersion.Version}, .NET {Environment.Version}; DCMTK and Orthanc run with
        TCP_NODELAY=1 unless a row says otherwise. Load average of the machine when the run ended: {Load()}. Providers have taken instances before the clock starts, ours more, since it compiles itself while it runs. "Durable" means that an instance's file, its name and its folder are flushed
        before the answer; storescp and Orthanc do not flush. Other work on the machine moves all numbers; the ratios move less.

        {string.Join('\n', tables)}
        """);

    public static string Scale(IEnumerable<string> tables) => string.Create(CultureInfo.InvariantCulture, $"""
        # How the cluster scales

        Written by `./bench.sh cluster --write`, with `--finished N --waiting N` for a store of another age. The engine, the deciders and the store are the real ones; effects report
        what real ones would, without files and archives, so that it is the engine and its store that are measured. PostgreSQL 15 and every node run on this one machine:
        {Environment.ProcessorCount} cores, Linux {Environment.OSVersion.Version}, .NET {Environment.Version}, load average when the run ended: {Load()}. Numbers in brackets are ratios to the first row, which is the floor that disk
        and server set in the same run. Other work on the machine moves all numbers; the ratios move less.

        {string.Join('\n', tables)}
        """);
}
