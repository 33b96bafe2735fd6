using System.Globalization;

namespace DeidCluster.Benchmarks;

/// <summary>How much is measured.</summary>
internal sealed record BenchOptions
{
    public IReadOnlyList<string> Areas { get; init; } = [];

    /// <summary>Shows that it runs; the numbers say nothing.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Instances of a run.</summary>
    public int Count { get; init; } = 2000;

    /// <summary>Pixel data of an instance. Bytes.</summary>
    public int PixelBytes { get; init; } = 512 * 1024;

    /// <summary>Runs of each contender, in turns.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Pixel data of the multi-frame object whose header is edited. Bytes.</summary>
    public long MultiframeBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Studies that pass through the engine.</summary>
    public int Studies { get; init; } = 1_000;

    /// <summary>Studies that are finished in a store with a past.</summary>
    public int Finished { get; init; } = 100_000;

    /// <summary>Studies that wait in it.</summary>
    public int Waiting { get; init; } = 10_000;

    /// <summary>True when the tables are written to a page in docs; false shows them only.</summary>
    public bool Writes { get; init; }

    public static BenchOptions Parse(string[] arguments)
    {
        BenchOptions options = new();
        List<string> areas = [];
        for (int at = 0; at < arguments.Length; at++)
        {
            options = arguments[at] switch
            {
                "--quick" => options with { IsQuick = true, Count = 12, PixelBytes = 32 * 1024, Rounds = 1, MultiframeBytes = 2 * 1024 * 1024, Studies = 40, Finished = 2_000, Waiting = 1_000 },
                "--count" => options with { Count = Number(arguments, ref at) },
                "--pixel-bytes" => options with { PixelBytes = Number(arguments, ref at) },
                "--multiframe-bytes" => options with { MultiframeBytes = Number(arguments, ref at) },
                "--rounds" => options with { Rounds = Number(arguments, ref at) },
                "--studies" => options with { Studies = Number(arguments, ref at) },
                "--finished" => options with { Finished = Number(arguments, ref at) },
                "--waiting" => options with { Waiting = Number(arguments, ref at) },
                "--write" => options with { Writes = true },
                _ when arguments[at].StartsWith('-') => throw new ArgumentException($"'{arguments[at]}' is no option here"),
                _ => Add(options, areas, arguments[at]),
            };
        }

        return options with { Areas = areas };
    }

    private static BenchOptions Add(BenchOptions options, List<string> areas, string area)
    {
        areas.Add(area);
        return options;
    }

    private static int Number(string[] arguments, ref int at) =>
        ++at < arguments.Length && int.TryParse(arguments[at], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new ArgumentException($"{arguments[at - 1]} takes a whole number");
}
