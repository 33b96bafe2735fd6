using System.CommandLine;
using System.Text;
using System.Text.Json;
using DeidCluster.Deid;

namespace DeidCluster.Console.Files;

/// <summary>`deid project key`: makes the secrets that identities are derived from.</summary>
internal static class KeyVerbs
{
    private static readonly Option<string> Out = new("--out") { Description = "The key file to write; it must not exist.", Required = true };

    private static readonly Option<string> Id = new("--id")
    {
        Description = "The key's name, which stands in identity records.",
        DefaultValueFactory = _ => "key-1",
    };

    private static readonly Option<bool> AsJson = new("--json") { Description = "Answer in JSON, for scripts." };

    public static Command Create()
    {
        Command make = new("new", "Make a project's secret key. Example: deid project key new --out chest-ct.key") { Out, Id, AsJson };
        make.SetAction((parsed, cancellation) => MakeAsync(parsed.GetValue(Id)!, parsed.GetValue(Out)!, parsed.GetValue(AsJson), parsed.InvocationConfiguration.Output, cancellation));
        return new Command("key", "Make a project's key file.") { make };
    }

    private static async Task<int> MakeAsync(string id, string path, bool asJson, TextWriter output, CancellationToken cancellation)
    {
        FileStreamOptions readableByOwnerOnly = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            readableByOwnerOnly.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        byte[] text = Encoding.ASCII.GetBytes(ProjectKey.Generate(id).ToFileText());
        await using (FileStream file = new(path, readableByOwnerOnly))
        {
            await file.WriteAsync(text, cancellation);
            file.Flush(flushToDisk: true);
        }

        await output.WriteLineAsync(asJson
            ? JsonSerializer.Serialize(new { key = id, file = path })
            : $"wrote key '{id}' to {path}; keep it: without it no new result fits the old ones");
        return ExitCode.Done;
    }
}
