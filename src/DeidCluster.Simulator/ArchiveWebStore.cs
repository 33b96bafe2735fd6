using System.Runtime.CompilerServices;
using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>The instances of a simulated archive as its DICOMweb side gives them out and takes them in.</summary>
internal sealed class ArchiveWebStore(ArchiveIndex index, string? folder) : IDicomWebStore
{
    private const string IncomingName = ".incoming";

    /// <summary>Null keeps in memory. The folder for what is not whole yet is made when something comes.</summary>
    private readonly Lazy<DurablePart>? durable = folder is null ? null
        : new(() => new DurablePart(new GroupSync(new LinuxFiles()), Directory.CreateDirectory(Path.Combine(folder!, IncomingName)).FullName));

    /// <summary>True for a file that is not whole yet.</summary>
    public static bool IsIncoming(string path) => Path.GetFileName(Path.GetDirectoryName(path)) == IncomingName;

    public bool CanMatchFuzzily => true;

    public async IAsyncEnumerable<DataSet> FindAsync(DicomWebQuery query, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (DataSet answer in index.Find(Query.Parse(QueryModel.StudyRoot, query.Identifier(), new QueryOptions { Relational = true, FuzzyNames = query.IsFuzzy })))
        {
            ct.ThrowIfCancellationRequested();
            yield return answer;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    public ValueTask<IReadOnlyList<DicomWebInstance>> SelectAsync(DicomWebResource resource, CancellationToken ct) =>
        ValueTask.FromResult<IReadOnlyList<DicomWebInstance>>([.. index.Under(resource).Select(instance => new DicomWebInstance(
            DicomWebResource.Instance(instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid),
            instance.TransferSyntax, instance.FileBytes, instance.OpenFile))]);

    public async Task<StoredInstance> StoreAsync(Stream file, string? studyInstanceUid, CancellationToken ct)
    {
        if (durable is null)
        {
            return await KeepAsync(file, studyInstanceUid, ct).ConfigureAwait(false);
        }

        string path = "";
        StoredInstance outcome = await durable.Value.StoreAsync(file, studyInstanceUid, read => path = Path.Combine(folder!, read.DataSet.GetString(Tags.SOPInstanceUID) + ".dcm"), ct).ConfigureAwait(false);
        if (outcome.Result == StoreResult.Stored)
        {
            index.Add(ArchivedInstance.FromFile(path)!);
        }

        return outcome;
    }

    private async Task<StoredInstance> KeepAsync(Stream file, string? studyInstanceUid, CancellationToken ct)
    {
        using MemoryStream bytes = new();
        await file.CopyToAsync(bytes, ct).ConfigureAwait(false);
        ArchivedInstance? instance = ArchivedInstance.FromBytes(bytes.ToArray());
        if (instance is null || (studyInstanceUid is not null && instance.StudyInstanceUid != studyInstanceUid))
        {
            return new StoredInstance(instance?.SopClassUid ?? "", instance?.SopInstanceUid ?? "", StoreResult.Failed, DimseStatus.DataSetDoesNotMatchSopClass);
        }

        index.Add(instance);
        return new StoredInstance(instance.SopClassUid, instance.SopInstanceUid, StoreResult.Stored, null);
    }
}
