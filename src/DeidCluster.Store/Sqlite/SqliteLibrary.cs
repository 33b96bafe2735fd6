using System.Reflection;
using System.Runtime.InteropServices;

namespace DeidCluster.Store.Sqlite;

/// <summary>Chooses the native library: the system's where it is recent enough, for its fixes; else the one that the package brings.</summary>
internal static class SqliteLibrary
{
    private const string BundledName = "e_sqlite3";
    private const string ProviderAssembly = "SQLitePCLRaw.provider.e_sqlite3";

    // 3.40.0; the bundled one is 3.35.5.
    private const int SystemVersionMin = 3_040_000;

    private static readonly string[] SystemNames = ["libsqlite3.so.0", "libsqlite3.dylib"];

    /// <summary>Called once, before the first connection is opened.</summary>
    public static void Choose()
    {
        NativeLibrary.SetDllImportResolver(Assembly.Load(ProviderAssembly), Resolve);
        SQLitePCL.Batteries_V2.Init();
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != BundledName || OperatingSystem.IsWindows())
        {
            return 0;
        }

        foreach (string candidate in SystemNames)
        {
            if (NativeLibrary.TryLoad(candidate, out nint library))
            {
                if (NativeLibrary.TryGetExport(library, "sqlite3_libversion_number", out nint version)
                    && Marshal.GetDelegateForFunctionPointer<VersionNumber>(version)() >= SystemVersionMin)
                {
                    return library;
                }

                NativeLibrary.Free(library);
            }
        }

        return 0;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int VersionNumber();
}
