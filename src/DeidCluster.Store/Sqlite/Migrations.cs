using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Store.Sqlite;

/// <summary>
/// The numbered scripts that make the schema. Each is applied once, in one transaction, and its checksum recorded: a script that was
/// changed after its release, or a store made by a newer release, is refused.
/// </summary>
internal static class Migrations
{
    private const string Folder = "Sqlite/";

    public static void Apply(SqliteSession session, string now)
    {
        session.Execute("CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL) WITHOUT ROWID");
        Dictionary<string, string> applied = session
            .Query("SELECT name, sha256 FROM migration", row => (Name: row.GetString(0), Sha256: row.GetString(1)))
            .ToDictionary(row => row.Name, row => row.Sha256);
        IReadOnlyList<(string Name, string Script)> scripts = Scripts();
        if (applied.Keys.Except(scripts.Select(script => script.Name)).Any())
        {
            throw new InvalidOperationException("The store was made by a newer release; start that one.");
        }

        foreach ((string name, string script) in scripts)
        {
            string sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
            if (!applied.TryGetValue(name, out string? known))
            {
                session.ExecuteScript(script);
                session.Execute("INSERT INTO migration VALUES ($1, $2, $3)", name, sha256, now);
            }
            else if (known != sha256)
            {
                throw new InvalidOperationException($"Migration {name} is not the one that made this store.");
            }
        }
    }

    private static List<(string Name, string Script)> Scripts()
    {
        Assembly assembly = typeof(Migrations).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => (name[Folder.Length..], Read(assembly, name)))];
    }

    private static string Read(Assembly assembly, string name)
    {
        using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
