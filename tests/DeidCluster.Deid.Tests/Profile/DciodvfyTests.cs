using System.Diagnostics;
using System.Text.RegularExpressions;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests;

/// <summary>dicom3tools judges: the result has no attribute missing, empty or badly formed that the source had right.</summary>
public partial class DciodvfyTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [PeerFact("dciodvfy")]
    public async Task Deidentify_GeneratedCt_HasNoNewError()
    {
        using TestFolder folder = new();
        string before = folder.File("before.dcm");
        string after = folder.File("after.dcm");
        await File.WriteAllBytesAsync(before, Make.Bytes(Ct()));
        using (DicomFile file = DicomFile.Open(before))
        {
            await File.WriteAllBytesAsync(after, Assert.IsType<DeidentifyResult.Done>(Make.Deidentify(file)).Instance.Segments.ToArray());
        }

        HashSet<string> errors = await ErrorsAsync(after);
        errors.ExceptWith(await ErrorsAsync(before));

        Assert.Empty(errors);
    }

    private static DataSet Ct()
    {
        DataSet ct = Make.Instance();
        ct.SetString(Tags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL");
        ct.SetString(Tags.StudyTime, "101112");
        ct.SetString(Tags.ContentDate, "20240229");
        ct.SetString(Tags.ContentTime, "101112");
        ct.SetString(Tags.AcquisitionDate, "20240229");
        ct.SetString(Tags.AcquisitionTime, "101112");
        ct.SetString(Tags.AccessionNumber, "PLANTED");
        ct.SetString(Tags.Manufacturer, "ACME");
        ct.SetString(Tags.InstitutionName, "PLANTED");
        ct.SetString(Tags.ReferringPhysicianName, "PLANTED");
        ct.SetString(Tags.StudyDescription, "PLANTED");
        ct.SetString(Tags.PatientBirthDate, "19500101");
        ct.SetString(Tags.PatientSex, "F");
        ct.SetString(Tags.PatientPosition, "HFS");
        ct.SetString(Tags.KVP, "120");
        ct.SetString(Tags.StudyID, "PLANTED");
        ct.SetString(Tags.SeriesNumber, "1");
        ct.SetString(Tags.AcquisitionNumber, "1");
        ct.SetString(Tags.InstanceNumber, "1");
        ct.SetString(Tags.ImagePositionPatient, "0", "0", "0");
        ct.SetString(Tags.ImageOrientationPatient, "1", "0", "0", "0", "1", "0");
        ct.SetString(Tags.FrameOfReferenceUID, "1.2.3.4.5");
        ct.SetEmpty(Tags.PositionReferenceIndicator);
        ct.SetString(Tags.SliceThickness, "1");
        ct.SetUshort(Tags.SamplesPerPixel, 1);
        ct.SetString(Tags.PhotometricInterpretation, "MONOCHROME2");
        ct.SetUshort(Tags.Rows, 2);
        ct.SetUshort(Tags.Columns, 2);
        ct.SetString(Tags.PixelSpacing, "1", "1");
        ct.SetUshort(Tags.BitsAllocated, 16);
        ct.SetUshort(Tags.BitsStored, 12);
        ct.SetUshort(Tags.HighBit, 11);
        ct.SetUshort(Tags.PixelRepresentation, 0);
        ct.SetString(Tags.RescaleIntercept, "-1024");
        ct.SetString(Tags.RescaleSlope, "1");
        ct.SetString(Tags.RescaleType, "HU");
        ct.SetBytes(Tags.PixelData, Vr.OW, new byte[8]);
        return ct;
    }

    // Messages without the values that they quote.
    private static async Task<HashSet<string>> ErrorsAsync(string path)
    {
        using CancellationTokenSource deadline = new(Deadline);
        ProcessStartInfo start = new(PeerProcess.Find("dciodvfy")!, ["-new", path]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        string text = await process.StandardError.ReadToEndAsync(deadline.Token) + await output;
        return [.. text.Split('\n').Where(line => line.StartsWith("Error", StringComparison.Ordinal)).Select(line => Quoted().Replace(line, "<>"))];
    }

    [GeneratedRegex("= <[^>]*>")]
    private static partial Regex Quoted();
}
