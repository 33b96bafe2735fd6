using System.CommandLine;
using System.Text.Json;
using DeidCluster.Deid;

namespace DeidCluster.Console.Files;

/// <summary>`deid project key`: makes and rotates the secrets that identities are derived from, and tells their ids.</summary>
internal static class KeyVerbs
{
    private static readonly Option<string> Out = new("--out") { Description = "The key file to write; it must not exist.", Required = true };
    private static readonly Option<string> KeyFile = new("--key-file") { Description = "The project's key file.", Required = true };

    private static readonly Option<string> Id = new("--id")
    {
        Description = "The key's name, which stands in identity records.",
        DefaultValueFactory = _ => "key-1",
    };

    private static readonly Option<string?> NextId = new("--id") { Description = "The new key's name; the next of key-2, key-3 and so on without it." };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Answer in JSON, for scripts." };

    public static Command Create()
    {
        Command make = new("new", "Make a project's secret key. Example: deid project key new --out chest-ct.key") { Out, Id, AsJson };
        make.SetAction((parsed, _) => MakeAsync(parsed.GetValue(Id)!, parsed.GetValue(Out)!, parsed.GetValue(AsJson), parsed.InvocationConfiguration.Output));
        Command rotate = new(
            "rotate", "Add a new key, which is that of new subjects; known subjects keep theirs. Then restart the nodes. Example: deid project key rotate --key-file chest-ct.key") { KeyFile, NextId, AsJson };
        rotate.SetAction((parsed, _) => RotateAsync(parsed.GetValue(KeyFile)!, parsed.GetValue(NextId), parsed.GetValue(AsJson), parsed.InvocationConfiguration.Output));
        Command show = new("show-id", "Tell the ids of a project's keys, oldest first; never a secret. Example: deid project key show-id --key-file chest-ct.key") { KeyFile, AsJson };
        show.SetAction((parsed, _) => ShowAsync(ProjectKeys.Read(parsed.GetValue(KeyFile)!), parsed.GetValue(AsJson), parsed.InvocationConfiguration.Output));
        return new Command("key", "Make and rotate a project's key file.") { make, rotate, show };
    }

    private static async Task<int> MakeAsync(string id, string path, bool asJson, TextWriter output)
    {
        if (File.Exists(path))
        {
            throw new IOException($"The file '{path}' already exists.");
        }

        ProjectKeys.Of(ProjectKey.Generate(id)).Write(path);
        await output.WriteLineAsync(asJson
            ? JsonSerializer.Serialize(new { key = id, file = path })
            : $"wrote key '{id}' to {path}; keep it: without it no new result fits the old ones");
        return ExitCode.Done;
    }

    private static async Task<int> RotateAsync(string path, string? id, bool asJson, TextWriter output)
    {
        ProjectKeys keys = ProjectKeys.Read(path);
        ProjectKeys rotated = keys.Rotated(id ?? keys.NextId());
        rotated.Write(path);
        await output.WriteLineAsync(asJson
            ? JsonSerializer.Serialize(new { key = rotated.Current.KeyId, keys = rotated.KeyIds, file = path })
            : $"added key '{rotated.Current.KeyId}' to {path}: new subjects get it, known ones keep '{keys.Current.KeyId}' and their identities; restart the nodes");
        return ExitCode.Done;
    }

    private static async Task<int> ShowAsync(ProjectKeys keys, bool asJson, TextWriter output)
    {
        await output.WriteLineAsync(asJson
            ? JsonSerializer.Serialize(new { key = keys.Current.KeyId, keys = keys.KeyIds })
            : string.Join(Environment.NewLine, keys.KeyIds.Select(id => id == keys.Current.KeyId ? $"{id} (current)" : id)));
        return ExitCode.Done;
    }
}
