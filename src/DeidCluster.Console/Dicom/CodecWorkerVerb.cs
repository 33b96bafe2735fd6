using System.CommandLine;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid codec-worker`, hidden: the process in which GDCM decodes and encodes frames, so that it takes only itself down. This executable starts it.</summary>
internal static class CodecWorkerVerb
{
    private const string Name = "codec-worker";

    /// <summary>How codecs of this process start their workers.</summary>
    public static CodecWorkerOptions Options() => new() { Command = CommandLine() };

    public static Command Create()
    {
        Argument<long> memory = new("BYTES") { Description = "Memory beyond that at the start." };
        Command verb = new(Name, "Serves frames over standard input and output; started by this program itself.") { memory };
        verb.Hidden = true;
        verb.SetAction(parsed => CodecWorker.Run(parsed.GetValue(memory)));
        return verb;
    }

    /// <summary>This executable again: by itself, or by the runtime that runs it.</summary>
    private static IReadOnlyList<string> CommandLine()
    {
        string program = Environment.ProcessPath ?? "dotnet";
        string assembly = typeof(CodecWorkerVerb).Assembly.Location;
        bool isItself = assembly.Length == 0 || Path.GetFileNameWithoutExtension(program) == Path.GetFileNameWithoutExtension(assembly);
        return isItself ? [program, Name] : [Path.GetFileNameWithoutExtension(program) == "dotnet" ? program : "dotnet", assembly, Name];
    }
}
