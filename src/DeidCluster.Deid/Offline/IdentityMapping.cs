using System.Text;
using System.Text.Json;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Identity records in a folder, so that a later run, a new key or a changed configuration gives a known subject the identity it has:
/// the first write wins. One line of JSON each; a line cut short by a crash is dropped. One process at a time.
/// </summary>
public sealed class IdentityMapping : IDisposable
{
    /// <summary>The file inside the folder.</summary>
    public const string FileName = "identities.jsonl";

    private readonly Lock gate = new();
    private readonly Dictionary<string, Identity> identities = new(StringComparer.Ordinal);

    /// <summary>The last number of each project.</summary>
    private readonly Dictionary<string, long> counters = new(StringComparer.Ordinal);
    private readonly FileStream? file;

    private IdentityMapping(FileStream? file) => this.file = file;

    /// <summary>How many subjects have an identity.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return identities.Count;
            }
        }
    }

    /// <summary>A mapping for one run, that is forgotten with it.</summary>
    public static IdentityMapping InMemory() => new(file: null);

    /// <summary>The mapping in <paramref name="folder"/>, which is made when it is missing, and is this process's alone until disposed.</summary>
    /// <exception cref="IOException">Another process has it open, or a line of it is damaged.</exception>
    public static IdentityMapping Open(string folder)
    {
        Directory.CreateDirectory(folder);
        FileStream file = new(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        IdentityMapping mapping = new(file);
        try
        {
            mapping.Load(file);
            new LinuxFiles().SyncFolder(folder);
            return mapping;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The identity of <paramref name="subjectKey"/>; null when it has none yet.</summary>
    public Identity? Find(string project, string subjectKey)
    {
        lock (gate)
        {
            return identities.GetValueOrDefault($"{project}|{subjectKey}");
        }
    }

    /// <summary>As <see cref="Fix(string, string, IdentityProposal)"/>, for an identity that is whole.</summary>
    public Identity Fix(string project, string subjectKey, Identity proposed) => Fix(project, subjectKey, new IdentityProposal(proposed, CounterDigits: 0));

    /// <summary>
    /// The identity of <paramref name="subjectKey"/>: the one that is known, else <paramref name="proposal"/>, with the project's next number where
    /// it counts. It is durable when this returns.
    /// </summary>
    public Identity Fix(string project, string subjectKey, IdentityProposal proposal)
    {
        string key = $"{project}|{subjectKey}";
        lock (gate)
        {
            if (identities.TryGetValue(key, out Identity? known))
            {
                return known;
            }

            long number = proposal.CounterDigits > 0 ? counters.GetValueOrDefault(project) + 1 : 0;
            Identity identity = number > 0 ? proposal.Numbered(number) : proposal.Identity;
            Append(project, subjectKey, identity, number);
            Remember(project, key, identity, number);
            return identity;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();

    private void Load(FileStream stream)
    {
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        int start = 0;
        for (int number = 1; start < bytes.Length; number++)
        {
            int length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0)
            {
                break;
            }

            (string project, string key, Identity identity, long counted) = Parse(bytes.AsSpan(start, length), number);
            Remember(project, key, identity, counted);
            start += length + 1;
        }

        // What follows the last line break was never acknowledged.
        stream.SetLength(start);
        stream.Position = start;
    }

    private void Remember(string project, string key, Identity identity, long number)
    {
        identities.TryAdd(key, identity);
        counters[project] = Math.Max(counters.GetValueOrDefault(project), number);
    }

    private static (string Project, string Key, Identity Identity, long Number) Parse(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            Utf8JsonReader reader = new(line);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            JsonElement root = document.RootElement;
            string project = root.GetProperty("project").GetString()!;
            Identity identity = new(root.GetProperty("keyId").GetString()!, root.GetProperty("pseudonym").GetString()!, root.GetProperty("shiftDays").GetInt32());
            return (project, $"{project}|{root.GetProperty("subject").GetString()}", identity, root.TryGetProperty("number", out JsonElement counted) ? counted.GetInt64() : 0);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new IOException($"{FileName}:{number}: the line is no identity record");
        }
    }

    private void Append(string project, string subjectKey, Identity identity, long number)
    {
        if (file is null)
        {
            return;
        }

        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line))
        {
            json.WriteStartObject();
            json.WriteString("project", project);
            json.WriteString("subject", subjectKey);
            json.WriteString("keyId", identity.KeyId);
            json.WriteString("pseudonym", identity.Pseudonym);
            json.WriteNumber("shiftDays", identity.ShiftDays);
            if (number > 0)
            {
                json.WriteNumber("number", number);
            }

            json.WriteEndObject();
        }

        line.Write(Encoding.ASCII.GetBytes("\n"));
        file.Write(line.GetBuffer().AsSpan(0, (int)line.Length));
        file.Flush(flushToDisk: true);
    }
}
