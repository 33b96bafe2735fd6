using System.CommandLine;
using System.Globalization;

namespace DeidCluster.Console.Demo;

/// <summary>`deid demo`: the main job on one machine with nothing installed.</summary>
public static class DemoVerb
{
    private const int StudiesDefault = 16;
    private const int StudiesMax = 100_000;
    private const int ImageSizeDefault = 64;

    private static readonly Option<bool> Keep = new("--keep") { Description = "Leave the node running at the end, until Ctrl+C." };
    private static readonly Option<string?> Out = new("--out") { Description = "The folder for all of it; else deid-demo-<time> here." };
    private static readonly Option<int> Studies = new("--studies") { Description = "How many study requests; never fewer than the 11 that each show one thing.", DefaultValueFactory = _ => StudiesDefault };
    private static readonly Option<int> ImageSize = new("--image-size")
    {
        Description = "Rows and columns of the sample images, 16 to 4096.", DefaultValueFactory = _ => ImageSizeDefault,
    };

    private static readonly Option<bool> AsJson = new("--json") { Description = "Answer with the report in JSON, for scripts; progress goes to standard error." };

    /// <summary>Adds the verb to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root)
    {
        Command demo = new("demo", "Run the main job here: a node, two archives with generated studies, a cohort, a report.\nExit code: 0 when every study ended as it must and no planted identifier was delivered, else 2.")
        {
            Keep, Out, Studies, ImageSize, AsJson,
        };
        demo.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(Studies) is < 1 or > StudiesMax || parsed.GetValue(ImageSize) is < 16 or > 4096)
            {
                throw new UsageException($"--studies is 1 to {StudiesMax}, --image-size 16 to 4096");
            }

            string time = TimeProvider.System.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
            DemoOptions options = new(parsed.GetValue(Out) ?? $"deid-demo-{time}", parsed.GetValue(Studies), parsed.GetValue(ImageSize), parsed.GetValue(Keep));
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            return parsed.GetValue(AsJson)
                ? new DemoRun(options, new DemoScreen(streams.Error), streams.Output).RunAsync(cancellation)
                : new DemoRun(options, new DemoScreen(streams.Output), TextWriter.Null).RunAsync(cancellation);
        });
        root.Add(demo);
    }
}
