using System.Text;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests;

/// <summary>Every sample file is de-identified, or refused with a reason; what leaves holds nothing of the source's identity.</summary>
public class SamplesTests
{
    // A shorter text may stand in a file by chance.
    private const int TokenLengthMin = 6;

    private static readonly Tag[] Identifying = [Tags.SOPInstanceUID, Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.FrameOfReferenceUID];

    [SamplesFact]
    public void Samples_All_LeaveWithoutTheirUidsOrNotAtAll()
    {
        int done = 0;
        foreach (string path in Directory.EnumerateFiles(SamplesFactAttribute.Folder!, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            try
            {
                using DicomFile file = DicomFile.Open(path);
                if (Make.Deidentify(file) is DeidentifyResult.Done result)
                {
                    done++;
                    CheckResult(path, file, result.Instance);
                }
            }
            catch (DicomFormatException)
            {
                // Malformed files are the reader's tests.
            }
        }

        Assert.InRange(done, 100, int.MaxValue);
    }

    private static void CheckResult(string path, DicomFile file, DeidentifiedInstance instance)
    {
        byte[] bytes = instance.Segments.ToArray();
        using DicomFile back = DicomFile.Read(new MemorySource(bytes));
        Assert.Equal(instance.DataSet.Count, back.DataSet.Count);
        Assert.All(Identifying.Select(tag => file.DataSet.GetString(tag)).Where(uid => uid?.Length >= TokenLengthMin && UidDictionary.Find(uid) is null), uid =>
            Assert.True(bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(uid!)) < 0, $"A UID of the source stands in the result of {path}."));
        Assert.NotEqual(file.DataSet.GetString(Tags.PatientID), back.DataSet.GetString(Tags.PatientID));
        Assert.DoesNotContain(back.DataSet, element => element.Tag.IsPrivate);
    }
}
