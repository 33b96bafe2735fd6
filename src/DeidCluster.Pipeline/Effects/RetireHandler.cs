using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeidCluster.Dicom;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>
/// "retire": makes the record of a finished study durable in a file below <paramref name="folder"/>, where its rule wants that, and tells what must be
/// remembered of it. Deletes nothing: the study's own turn does, after this. Run again it writes the same bytes under the same name.
/// The file is gzip of JSON lines: one with study and rule, one for each event, one for each instance. It identifies a person.
/// </summary>
public sealed class RetireHandler(IActorStore store, IStudyIndex index, StagingArea staging, string folder, TimeProvider time) : IEffectHandler
{
    /// <summary>Names the form of the file, in its first line.</summary>
    public const string Format = "deidcluster.retired/1";

    private const int PageRows = 500;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly EffectEdge edge = new(index, time);

    /// <inheritdoc/>
    public string Kind => "retire";

    /// <inheritdoc/>
    public ICommand TimedOut(EffectRequest request, TimeSpan limit) => EffectEdge.TimedOut(Kind, limit);

    /// <inheritdoc/>
    public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        RetireEffect effect = (RetireEffect)request.Parameters;
        return edge.RunAsync(effect.StudyId, context, ledger => RetireAsync(effect, ledger, cancellation), cancellation);
    }

    private async Task<ICommand> RetireAsync(RetireEffect effect, Ledger ledger, CancellationToken cancellation)
    {
        string[] confirmed =
        [
            .. ledger.Rows.Where(row => row.State == InstanceState.Confirmed).Select(row => StudyTombstone.HashOf(effect.StudyId, row.IdSopInstanceUid)),
        ];
        if (!effect.Archive)
        {
            return new ReportRetired(confirmed, ledger.Rows.Count, null, null);
        }

        string name = Path.Combine(effect.Project, effect.StudyId[..2], $"{effect.StudyId}-{effect.Version}.jsonl.gz");
        string path = Path.Combine(folder, name);
        await ledger.WaitForLeaseAsync(cancellation);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string temporary = Prepare(path, effect.StudyId);
        await DurableFile.WriteAsync(staging.Sync, temporary, path, async (file, cancel) =>
        {
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(temporary, OwnerOnly);
            }

            await using HashingStream hashing = new(file, hash);
            await using GZipStream packed = new(hashing, CompressionLevel.Optimal);
            await WriteAsync(packed, effect, ledger.Rows, cancel);
        }, cancellation);
        return new ReportRetired(confirmed, ledger.Rows.Count, name, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Makes the folder, and clears away what an attempt that was broken off has left of this study. Beside the final name, since staging may be another file system.</summary>
    private string Prepare(string path, string studyId)
    {
        string parent = Path.GetDirectoryName(path)!;
        DurableFile.MakeFolder(staging.Sync.Files, parent);
        foreach (string left in Directory.EnumerateFiles(parent, $"{studyId}-*.part"))
        {
            File.Delete(left);
        }

        return $"{path}.{Guid.NewGuid():n}.part";
    }

    private async Task WriteAsync(Stream file, RetireEffect effect, IReadOnlyList<InstanceRow> ledger, CancellationToken cancellation)
    {
        await WriteLineAsync(file, new { format = Format, effect.StudyId, effect.Project, status = effect.Status.ToString(), effect.Version, effect.Rule }, cancellation);
        long version = 0;
        while (version < effect.Version)
        {
            IReadOnlyList<JournalRow> page = await store.ReadJournalAsync(Actors.Study(effect.StudyId), version, PageRows, cancellation);
            foreach (JournalRow row in page)
            {
                await WriteLineAsync(file, new { row.Version, row.Body.Kind, row.At, row.Token, row.Cause, body = JsonNode.Parse(row.Body.Json) }, cancellation);
            }

            version = page.Count > 0 ? page[^1].Version : throw new InvalidOperationException($"The journal ends at version {version}, before {effect.Version}.");
        }

        foreach (InstanceRow row in ledger)
        {
            await WriteLineAsync(file, new { instance = row, state = row.State.ToString() }, cancellation);
        }
    }

    private static async Task WriteLineAsync<T>(Stream file, T line, CancellationToken cancellation)
    {
        await file.WriteAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(line, Json)), cancellation);
        file.WriteByte((byte)'\n');
    }
}
