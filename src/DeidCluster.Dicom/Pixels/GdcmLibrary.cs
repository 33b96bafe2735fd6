using System.Reflection;
using System.Runtime.InteropServices;

namespace DeidCluster.Dicom;

/// <summary>
/// Where GDCM lies on this machine: the flat C functions of its .NET binding (Debian's libgdcm-cil). It is no dependency of this library: it is looked for at
/// run time, and loaded only in a worker process, because it ends its process on some malformed frames.
/// </summary>
public static class GdcmLibrary
{
    /// <summary>An environment variable that names the file, or a folder that holds it; then no other place is looked at.</summary>
    public const string PathVariable = "DEID_GDCM";

    /// <summary>The Debian and Ubuntu package.</summary>
    public const string Package = "libgdcm-cil";

    internal const string Name = "gdcmsharpglue";
    private const string FileName = "libgdcmsharpglue.so";

    private static readonly string[] Folders =
    [
        "/usr/lib/cli/gdcm-sharp-3.0",
        "/usr/lib/cli/gdcm-sharp-3.2",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/local/lib",
    ];

    /// <summary>The file, or null when it is nowhere; with <paramref name="place"/>, a file or folder, only that is looked at, then what <see cref="PathVariable"/> names.</summary>
    public static string? Find(string? place = null)
    {
        place ??= Environment.GetEnvironmentVariable(PathVariable);
        if (!string.IsNullOrEmpty(place))
        {
            return File.Exists(place) ? place : Existing(place);
        }

        return Folders.Select(Existing).FirstOrDefault(path => path is not null);
    }

    /// <summary>Loads it into this process; false when it is not there or cannot be loaded.</summary>
    internal static bool TryLoad()
    {
        if (Find() is not { } path || !NativeLibrary.TryLoad(path, out IntPtr handle))
        {
            return false;
        }

        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Name ? handle : IntPtr.Zero);
        return true;
    }

    private static string? Existing(string folder) => Path.Combine(folder, FileName) is var path && File.Exists(path) ? path : null;
}
