namespace DeidCluster.Dicom;

/// <summary>What a DICOMweb provider gives out and takes in. Used by many requests at once.</summary>
public interface IDicomWebStore
{
    /// <summary>True when <see cref="FindAsync"/> heeds <see cref="DicomWebQuery.IsFuzzy"/>; if not, clients that ask for it are told.</summary>
    bool CanMatchFuzzily { get; }

    /// <summary>The matches of <paramref name="query"/> in a stable order; limit and offset are applied to them by the provider.</summary>
    IAsyncEnumerable<DataSet> FindAsync(DicomWebQuery query, CancellationToken ct);

    /// <summary>The instances under <paramref name="resource"/> in a stable order; none when it is unknown.</summary>
    ValueTask<IReadOnlyList<DicomWebInstance>> SelectAsync(DicomWebResource resource, CancellationToken ct);

    /// <summary>
    /// Takes one DICOM file. When it answers stored, the file is durable. A file of another study than <paramref name="studyInstanceUid"/>, when that is
    /// given, is a failure. What cannot be read is a <see cref="DicomFormatException"/>; nothing of it stays.
    /// </summary>
    Task<StoredInstance> StoreAsync(Stream file, string? studyInstanceUid, CancellationToken ct);
}

/// <summary>A stored instance that can be given out.</summary>
/// <param name="Resource">Its place.</param>
/// <param name="TransferSyntax">How it is stored.</param>
/// <param name="Length">The length of its file. Bytes.</param>
/// <param name="Open">Opens its file, as long as <paramref name="Length"/> says.</param>
public sealed record DicomWebInstance(DicomWebResource Resource, TransferSyntax TransferSyntax, long Length, Func<ByteSource> Open);
