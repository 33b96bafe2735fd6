using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Store;

/// <summary>One numbered script of a driver.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Sql">Its text.</param>
/// <param name="Sha256">The digest of its text, lower-case hexadecimal.</param>
internal sealed record MigrationScript(string Name, string Sql, string Sha256);

/// <summary>
/// The numbered scripts that make a driver's schema. Each is applied once and its checksum recorded: a script that was changed after
/// its release, or a store made by a newer release, is refused.
/// </summary>
internal static class MigrationScripts
{
    /// <summary>The scripts of <paramref name="driver"/> that are not among <paramref name="applied"/> (name to checksum), in order.</summary>
    public static IReadOnlyList<MigrationScript> Pending(string driver, IReadOnlyDictionary<string, string> applied)
    {
        List<MigrationScript> scripts = Of(driver);
        if (applied.Keys.Except(scripts.Select(script => script.Name)).Any())
        {
            throw new InvalidOperationException("The store was made by a newer release; start that one.");
        }

        foreach (MigrationScript script in scripts)
        {
            if (applied.TryGetValue(script.Name, out string? known) && known != script.Sha256)
            {
                throw new InvalidOperationException($"Migration {script.Name} is not the one that made this store.");
            }
        }

        return [.. scripts.Where(script => !applied.ContainsKey(script.Name))];
    }

    private static List<MigrationScript> Of(string driver)
    {
        Assembly assembly = typeof(MigrationScripts).Assembly;
        string folder = driver + "/";
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => Read(assembly, name, name[folder.Length..]))];
    }

    private static MigrationScript Read(Assembly assembly, string resource, string name)
    {
        using StreamReader reader = new(assembly.GetManifestResourceStream(resource)!);
        string sql = reader.ReadToEnd();
        return new MigrationScript(name, sql, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql))));
    }
}
