using DeidCluster.Deid;
using DeidCluster.Dicom;
using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>Looks into staging for the instances of a study that are still Located, and judges each that has come by what only the file can tell.</summary>
internal sealed class StagedInstances(StagingArea staging, Deidentifier deidentifier, Ledger ledger)
{
    /// <summary>Moves every located instance that is staged on: Fetched, Rejected, or Held.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        IEnumerable<IGrouping<(string Archive, string StudyUid), InstanceRow>> located = ledger.Rows
            .Where(row => row.State == InstanceState.Located)
            .GroupBy(row => (row.Archive, row.IdStudyUid));
        foreach (IGrouping<(string Archive, string StudyUid), InstanceRow> study in located)
        {
            StagedStudy staged = staging.Read(study.Key.Archive, study.Key.StudyUid);
            foreach (InstanceRow row in study)
            {
                if (staged.Find(row.IdSopInstanceUid) is { Count: > 0 } files)
                {
                    cancellation.ThrowIfCancellationRequested();
                    await ledger.PutAsync(Judge(row, files), cancellation);
                }
            }
        }
    }

    private InstanceRow Judge(InstanceRow row, IReadOnlyList<StagedFile> files)
    {
        if (files is not [StagedFile file])
        {
            return row.Hold($"ConflictingInstance: {files.Count} files with other bytes have the same SOPInstanceUID");
        }

        try
        {
            using DicomFile received = DicomFile.Open(file.Path);
            return Judge(row with { RawBytes = file.Bytes, RawDigest = file.Digest }, received.DataSet);
        }
        catch (DicomFormatException malformed)
        {
            return row.Hold($"malformed DICOM: {malformed.Message}");
        }
    }

    private InstanceRow Judge(InstanceRow row, DataSet header)
    {
        if (header.GetString(Tags.SOPInstanceUID) != row.IdSopInstanceUid
            || header.GetString(Tags.SeriesInstanceUID) != row.IdSeriesUid
            || header.GetString(Tags.StudyInstanceUID) != row.IdStudyUid)
        {
            return row.Hold("the file's UIDs are not those that the archive listed");
        }

        InstanceRow told = row with
        {
            SopClassUid = header.GetString(Tags.SOPClassUID),
            Modality = header.GetString(Tags.Modality) ?? row.Modality,
            State = InstanceState.Fetched,
            Reason = null,
        };
        return deidentifier.Select(header).Reason is string reason ? told.Reject(reason) : told;
    }
}
