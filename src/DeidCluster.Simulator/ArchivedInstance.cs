using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>One instance of a simulated archive: its keys in memory, its data set in a file or in memory.</summary>
internal sealed class ArchivedInstance
{
    private readonly long dataSetOffset;

    private ArchivedInstance(DicomFile file, long fileBytes, Func<ByteSource> openFile)
    {
        dataSetOffset = FileOffset(file);
        (FileBytes, OpenFile) = (fileBytes, openFile);
        TransferSyntax = file.TransferSyntax;
        Keys = new DataSet(file.DataSet.Where(element => element is ValueElement or SequenceElement));
        SopClassUid = Keys.GetString(Tags.SOPClassUID) ?? "";
        SopInstanceUid = Keys.GetString(Tags.SOPInstanceUID) ?? "";
        SeriesInstanceUid = Keys.GetString(Tags.SeriesInstanceUID) ?? "";
        StudyInstanceUid = Keys.GetString(Tags.StudyInstanceUID) ?? "";
    }

    /// <summary>The header's short values and sequences, which queries are matched against.</summary>
    public DataSet Keys { get; }

    public TransferSyntax TransferSyntax { get; }

    /// <summary>The length of the whole file.</summary>
    public long FileBytes { get; }

    /// <summary>Opens the whole file.</summary>
    public Func<ByteSource> OpenFile { get; }

    public string SopClassUid { get; }

    public string SopInstanceUid { get; }

    public string SeriesInstanceUid { get; }

    public string StudyInstanceUid { get; }

    /// <summary>The instance in the file <paramref name="path"/>, or null when it belongs to no study (a DICOMDIR, a palette).</summary>
    public static ArchivedInstance? FromFile(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        return Complete(new ArchivedInstance(file, new FileInfo(path).Length, () => new FileSource(path)));
    }

    /// <summary>The instance in the bytes of a file.</summary>
    public static ArchivedInstance? FromBytes(byte[] bytes)
    {
        using DicomFile file = DicomFile.Read(new MemorySource(bytes));
        return Complete(new ArchivedInstance(file, bytes.Length, () => new MemorySource(bytes)));
    }

    /// <summary>The instance as a C-MOVE or C-GET sends it; <paramref name="beginning"/> is told when that begins.</summary>
    public RetrieveInstance Retrieved(Action beginning) => RetrieveInstance.FromFile(SopClassUid, SopInstanceUid, TransferSyntax, dataSetOffset, () =>
    {
        beginning();
        return OpenFile();
    });

    // A deflated data set is sent as it lies in the file, behind preamble, prefix, the group length's own 12 bytes and what it counts.
    private static long FileOffset(DicomFile file) => file.TransferSyntax.IsDeflated
        ? DicomFileWriter.PreambleBytes + 4 + 12 + (file.FileMeta.GetInt(Tags.FileMetaInformationGroupLength) ?? 0)
        : file.DataSetOffset;

    private static ArchivedInstance? Complete(ArchivedInstance instance) =>
        instance.SopClassUid.Length > 0 && instance.SopInstanceUid.Length > 0 && instance.SeriesInstanceUid.Length > 0 && instance.StudyInstanceUid.Length > 0
            ? instance
            : null;
}
