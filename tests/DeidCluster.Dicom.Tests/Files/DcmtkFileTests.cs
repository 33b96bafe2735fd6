using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Files;

/// <summary>What we write is read by an independent implementation.</summary>
public class DcmtkFileTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [PeerFact("dcmdump")]
    public async Task Dcmdump_FilesInEachSyntax_ReadsTheirValues()
    {
        using TestFolder folder = new();
        foreach (TransferSyntax syntax in new[] { TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.DeflatedExplicitVrLittleEndian })
        {
            string path = Path.Combine(folder.Path, "written.dcm");
            using (SegmentList segments = DicomFileWriter.Segments(FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", syntax.Uid), Sample(), syntax, null))
            {
                await using FileStream stream = File.Create(path);
                await segments.WriteToAsync(stream, CancellationToken.None);
            }

            (int exitCode, string output) = await PeerProcess.RunAsync("dcmdump", ["-q", "-Un", "+U8", "+P", "0002,0010", "+P", "0010,0010", "+P", "0010,0020", "+P", "0028,0010", path], Deadline);

            Assert.Equal(0, exitCode);
            Assert.Contains("[Müller^Jürgen]", output, StringComparison.Ordinal);
            Assert.Contains("(0010,0020) LO [nested]", output, StringComparison.Ordinal);
            Assert.Contains("(0028,0010) US 512", output, StringComparison.Ordinal);
            Assert.Contains(syntax.Uid, output, StringComparison.Ordinal);
        }
    }

    private static DataSet Sample()
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        dataSet.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        dataSet.SetString(Tags.PatientName, "Müller^Jürgen");
        DataSet item = new() { UndefinedLength = true };
        item.SetString(Tags.PatientID, "nested");
        dataSet.Set(new SequenceElement(Tags.OtherPatientIDsSequence, Vr.SQ, [item, new DataSet()], undefinedLength: true));
        dataSet.SetInt(Tags.Rows, 512);
        dataSet.SetBytes(Tags.PixelData, Vr.OW, new byte[100]);
        return dataSet;
    }
}
