using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>One generated SOP instance.</summary>
/// <param name="SopClassUid">SOP class, also in the data set.</param>
/// <param name="SopInstanceUid">SOP instance, also in the data set.</param>
/// <param name="SeriesInstanceUid">Its series, also in the data set.</param>
/// <param name="TransferSyntaxUid">How the file is written.</param>
/// <param name="DataSet">Everything else.</param>
public sealed record SampleInstance(
    string SopClassUid, string SopInstanceUid, string SeriesInstanceUid, string TransferSyntaxUid, DataSet DataSet)
{
    private const string Preamble = "SENT FROM " + SampleVisit.SourceAeTitle;

    /// <summary>The Part 10 file: its preamble holds text, as files of some modalities do, so that a cleaned one can be told.</summary>
    public SegmentList ToFile()
    {
        byte[] preamble = new byte[128];
        System.Text.Encoding.ASCII.GetBytes(Preamble, preamble);
        TransferSyntax syntax = TransferSyntax.Find(TransferSyntaxUid)
            ?? throw new InvalidOperationException("The generator writes known transfer syntaxes only.");
        DataSet meta = FileMetaInformation.Build(SopClassUid, SopInstanceUid, TransferSyntaxUid);
        meta.SetString(Tags.SourceApplicationEntityTitle, SampleVisit.SourceAeTitle);
        return DicomFileWriter.Segments(meta, DataSet, syntax, source: null, preamble);
    }

    /// <summary>Which instance, without its identifiers.</summary>
    public override string ToString() => $"Sample of {SopClassUid}";
}
