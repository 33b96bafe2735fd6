using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Json;

/// <summary>The metadata that Orthanc's DICOMweb answers is read, and means what our own JSON of the same files means.</summary>
public class OrthancJsonTests
{
    private const int Files = 8;

    [PeerFact("Orthanc")]
    public async Task Metadata_OfOrthanc_IsReadAndMeansTheSame()
    {
        using TestFolder folder = new();
        await using OrthancPeer orthanc = await OrthancPeer.StartAsync(folder.Folder("orthanc"), "JSON", new Dictionary<string, int>());
        Dictionary<string, byte[]> ours = [];
        for (int number = 1; number <= Files; number++)
        {
            DataSet dataSet = Instance(number);
            using SegmentList segments = DicomFileWriter.Segments(
                FileMetaInformation.Build(Uids.CtImageStorage, dataSet.GetString(Tags.SOPInstanceUID)!, Uids.ExplicitVrLittleEndian), dataSet, TransferSyntax.ExplicitVrLittleEndian, null);
            await orthanc.UploadAsync(segments.ToArray());
            ours.Add(dataSet.GetString(Tags.SOPInstanceUID)!, DicomJson.ToBytes(WithoutPixels(dataSet)));
        }

        await using Stream answer = await orthanc.Http.GetStreamAsync("/dicom-web/studies/1.2.3/metadata");
        int read = 0;
        await foreach (DataSet theirs in DicomJson.ReadAsync(answer))
        {
            Assert.True(theirs.Find(Tags.PixelData) is BulkDataElement { Uri.Length: > 0 });
            Assert.Empty(JsonSemantics.Differences(ours[theirs.GetString(Tags.SOPInstanceUID)!], DicomJson.ToBytes(WithoutPixels(theirs))));
            read++;
        }

        Assert.Equal(Files, read);
    }

    /// <summary>Names in a set of their own, empty values, numbers as text and nested items.</summary>
    private static DataSet Instance(int number)
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        DataSet item = new() { Enclosing = dataSet };
        item.SetString(Tags.CodeValue, "T-D1100");
        item.SetString(Tags.CodeMeaning, "Schädel");
        dataSet.SetString(Tags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL");
        dataSet.SetString(Tags.SOPClassUID, Uids.CtImageStorage);
        dataSet.SetString(Tags.SOPInstanceUID, $"1.2.3.4.{number}");
        dataSet.SetEmpty(Tags.AccessionNumber);
        dataSet.SetString(Tags.Modality, "CT");
        dataSet.SetItems(Tags.AnatomicRegionSequence, item);
        dataSet.SetString(Tags.PatientName, "Müller^Jürgen");
        dataSet.SetString(Tags.PatientID, "P1");
        dataSet.SetString(Tags.StudyInstanceUID, "1.2.3");
        dataSet.SetString(Tags.SeriesInstanceUID, "1.2.3.4");
        dataSet.SetInt(Tags.InstanceNumber, number);
        dataSet.SetString(Tags.ImagePositionPatient, "-1.5", "0", $"{number}.25");
        dataSet.SetInt(Tags.SamplesPerPixel, 1);
        dataSet.SetString(Tags.PhotometricInterpretation, "MONOCHROME2");
        dataSet.SetInt(Tags.Rows, 16);
        dataSet.SetInt(Tags.Columns, 16);
        dataSet.SetInt(Tags.BitsAllocated, 16);
        dataSet.SetInt(Tags.BitsStored, 16);
        dataSet.SetInt(Tags.HighBit, 15);
        dataSet.SetUshort(Tags.PixelRepresentation, 0);
        dataSet.SetBytes(Tags.PixelData, Vr.OW, new byte[512]);
        return dataSet;
    }

    private static DataSet WithoutPixels(DataSet dataSet) => new(dataSet.Where(element => element.Tag != Tags.PixelData));
}
