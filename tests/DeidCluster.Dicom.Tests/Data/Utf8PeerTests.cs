using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Data;

/// <summary>Text that goes over to UTF-8, by us and by dcmconv, whose conversion is iconv's.</summary>
public class Utf8PeerTests
{
    /// <summary>Debian's DCMTK 3.6.7, whose conversion is the C library's, refuses these.</summary>
    private static readonly string[] WithoutVerdict = ["ISO_IR 203", "ISO 2022 IR 87", "ISO 2022 IR 159"];

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [PeerFact("dcmconv")]
    public async Task EverySet_ConvertedByDcmconv_IsTheTextThatWeConvert()
    {
        using TestFolder folder = new();
        List<string> different = [];
        foreach (object[] row in CharacterSetTests.Names)
        {
            DataSet dataSet = new();
            dataSet.SetString(Tags.SpecificCharacterSet, ((string)row[0]).Split('\\'));
            dataSet.SetString(Tags.SOPClassUID, Uids.SecondaryCaptureImageStorage);
            dataSet.SetString(Tags.SOPInstanceUID, "1.2.3");
            dataSet.SetBytes(Tags.PatientName, Vr.PN, Convert.FromHexString((string)row[2]));
            DataSet meta = FileMetaInformation.Build(Uids.SecondaryCaptureImageStorage, "1.2.3", Uids.ExplicitVrLittleEndian);
            string source = folder.File("source.dcm");
            await using (FileStream file = File.Create(source))
            {
                await DicomFileWriter.Segments(meta, dataSet, TransferSyntax.ExplicitVrLittleEndian, source: null).WriteToAsync(file, CancellationToken.None);
            }

            (int exitCode, string output, string[] texts) = await ConvertAsync(source, folder.File("utf8.dcm"));
            Assert.True(dataSet.TryToUtf8(out DataSet ours));
            bool isRefused = exitCode != 0 && WithoutVerdict.Any(term => ((string)row[0]).Contains(term, StringComparison.Ordinal));
            if (!isRefused && !texts.SequenceEqual(Texts(ours)))
            {
                different.Add($"{row[0]}: {exitCode} {output.ReplaceLineEndings(" ")} {string.Join('|', texts)} and not {string.Join('|', Texts(ours))}");
            }
        }

        Assert.True(different.Count == 0, string.Join('\n', different));
    }

    [SamplesFact]
    public async Task Samples_ConvertedByDcmconv_HaveTheTextThatWeConvert()
    {
        using TestFolder folder = new();
        int equal = 0, unsure = 0;
        List<string> different = [];
        string[] paths = PeerProcess.Find("dcmconv") is null ? [] :
            [.. Directory.EnumerateFiles(SamplesFactAttribute.Folder!, "*", SearchOption.AllDirectories).Where(path => !path.Contains("/malformed/", StringComparison.Ordinal))];
        foreach (string path in paths)
        {
            using DicomFile? file = Opened(path);
            if (file is null || !file.DataSet.Contains(Tags.SpecificCharacterSet) || Texts(file.DataSet).All(text => text.All(char.IsAscii)))
            {
                continue;
            }

            (int exitCode, _, string[] texts) = await ConvertAsync(path, folder.File("utf8.dcm"));
            if (exitCode != 0 || !file.DataSet.TryToUtf8(out DataSet ours))
            {
                unsure++;
            }
            else if (texts.SequenceEqual(Texts(ours)))
            {
                equal++;
            }
            else
            {
                different.Add(Path.GetFileName(path));
            }
        }

        Assert.True(different.Count == 0, string.Join('\n', different));
        Assert.True(equal > 0 || paths.Length == 0);
        Facts.Say($"text of {equal} samples is the same converted to UTF-8 by dcmconv and by us; {unsure} are converted by one of both only");
    }

    private static async Task<(int ExitCode, string Output, string[] Texts)> ConvertAsync(string source, string target)
    {
        File.Delete(target);
        (int exitCode, string output) = await PeerProcess.RunAsync("dcmconv", ["+U8", source, target], Deadline);
        if (exitCode != 0)
        {
            return (exitCode, output, []);
        }

        using DicomFile converted = DicomFile.Open(target);
        return (exitCode, output, Texts(converted.DataSet));
    }

    private static DicomFile? Opened(string path)
    {
        try
        {
            return DicomFile.Open(path);
        }
        catch (DicomFormatException)
        {
            return null;
        }
    }

    /// <summary>Every text at every depth.</summary>
    private static string[] Texts(DataSet dataSet) =>
    [
        .. dataSet.SelectMany(element => element switch
        {
            SequenceElement sequence => sequence.Items.SelectMany(Texts),
            ValueElement value when value.Vr.UsesCharacterSet() => dataSet.Strings(value),
            _ => [],
        }),
    ];
}
