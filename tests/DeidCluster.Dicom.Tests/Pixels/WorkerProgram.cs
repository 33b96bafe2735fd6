using System.Globalization;

namespace DeidCluster.Dicom.Tests.Pixels;

/// <summary>This assembly, run by itself, is a codec worker: tests of the library need no other program.</summary>
internal static class WorkerProgram
{
    /// <summary>How tests start real workers.</summary>
    public static readonly CodecWorkerOptions Options = new() { Command = ["dotnet", typeof(WorkerProgram).Assembly.Location], Workers = 2 };

    public static int Main(string[] arguments) => CodecWorker.Run(long.Parse(arguments[^1], CultureInfo.InvariantCulture));
}
