using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Files;

/// <summary>
/// The files in the folder that DEID_SAMPLES names: real and generated ones in a folder for each origin, defective ones in "malformed".
/// What is no plain case is listed here by name with its reason; a name that is not met in the folder does no harm.
/// </summary>
public class SampleTests
{
    /// <summary>Files that are read, but not written to the same bytes.</summary>
    private static readonly Dictionary<string, string> WrittenDifferently = new()
    {
        ["dx_image.dcm"] = "a value has an odd length and is padded",
        ["ctbrain1.dcm"] = "a value has an odd length and is padded",
        ["ctbrain2.dcm"] = "a value has an odd length and is padded",
        ["nested_priv_SQ.dcm"] = "a value has an odd length and is padded",
        ["crlf_in_pn.dcm"] = "a value has an odd length and is padded",
        ["odd_length.dcm"] = "a value has an odd length and is padded",
        ["GH1376.dcm"] = "the group length of the meta information is wrong and is computed",
        ["meta_len_wrong.dcm"] = "the group length of the meta information is wrong and is computed",
        ["xa_minimal.dcm"] = "the meta information has no group length and gets one",
        ["no_meta_group_length.dcm"] = "the meta information has no group length and gets one",
    };

    /// <summary>Files outside of "malformed" that are refused.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["conversion_error_logs_filename_and_error_type__bad.dcm"] = "no data set",
        ["GH1339.dcm"] = "ends inside a sequence", // encapsulated pixels without an end: a cut file looks the same
        ["emri_small_jpeg_2k_lossless_too_short.dcm"] = "ends inside a sequence",
        ["GH364.dcm"] = "outside of a sequence",
        ["Deeply-Nested-Sequence.dcm"] = "deeper than 64 levels",
        ["test_files__no_meta.dcm"] = "neither file meta information nor a data set", // begins within an element
        ["rtplan_truncated.dcm"] = "does not fit",
    };

    /// <summary>Files in "malformed" that are read all the same.</summary>
    private static readonly Dictionary<string, string> ReadThoughMalformed = new()
    {
        ["bomb_deflate.dcm"] = "inflates within the limit, on disk",
        ["crlf_in_pn.dcm"] = "the value is of no concern to the encoding",
        ["dup_patient_name.dcm"] = "duplicates are kept, and Set leaves but one",
        ["implicit_sq_in_UN.dcm"] = "what PS3.5 6.2.2 wants",
        ["meta_len_wrong.dcm"] = "the group shows its end",
        ["odd_length.dcm"] = "nothing is ambiguous; written padded",
        ["phi_in_preamble.dcm"] = "the preamble is of no concern to the encoding",
        ["un_undefined_len.dcm"] = "what PS3.5 6.2.2 wants",
        ["unsorted_tags.dcm"] = "the order is kept, elements are found in any",
        ["zzuf_s1013_r0.0005_ljdata__ds__JPEG2000__OsirixFake16BitsStoredFakeSp.dcm"] = "only bits of values changed",
    };

    [SamplesFact]
    public void Samples_Read_AreWrittenToTheSameBytesOrExplained()
    {
        List<string> failures = [];
        int identical = 0, explained = 0, refused = 0;
        foreach (string path in Samples().Where(path => !IsMalformed(path)))
        {
            string? outcome = Outcome(path);
            string? expected = Refused.FirstOrDefault(refused => path.EndsWith(refused.Key, StringComparison.Ordinal)).Value;
            if (expected is null ? outcome is not null : outcome?.Contains(expected, StringComparison.Ordinal) != true)
            {
                failures.Add($"{path}: {outcome}");
            }

            bool isIdentical = outcome is null && IsWrittenTheSame(path);
            identical += isIdentical ? 1 : 0;
            explained += outcome is null && !isIdentical ? 1 : 0;
            refused += outcome is not null ? 1 : 0;
        }

        Facts.Say($"sample files round trip: {identical} byte-identical, {explained} written differently for a listed reason, {refused} refused for a listed reason");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(identical > 0);
    }

    [SamplesFact]
    public void MalformedSamples_AreRefusedWithOffset_OrReadForAReason()
    {
        List<string> failures = [];
        int refused = 0, read = 0;
        foreach (string path in Samples().Where(IsMalformed))
        {
            string? outcome = Outcome(path);
            refused += outcome is not null ? 1 : 0;
            read += outcome is null ? 1 : 0;
            if (ReadThoughMalformed.ContainsKey(Path.GetFileName(path)) ? outcome is not null : outcome?.Contains("at byte", StringComparison.Ordinal) != true)
            {
                failures.Add($"{path}: {outcome ?? "was read"}");
            }
        }

        Facts.Say($"malformed sample files: {refused} refused with their byte offset, {read} read for a listed reason");
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [SamplesFact]
    public void BigEndianSamples_HoldTheSameValuesAsTheirLittleEndianTwins()
    {
        (string BigEndian, string LittleEndian)[] pairs =
        [
            ("gen_dcmconv_bigendian.dcm", "gen_dcmconv_deflated.dcm"),
            ("CTImage.dcm_BigEndianExplicitTransferSyntax_1.2.840.10008.1.2.2.dcm", "CTImage.dcm_DeflatedExplicitVRLittleEndianTransferSyntax_1.2.840.10008.1.2.1.99.dcm"),
            ("gen_dcmconv_bigendian.dcm", "gen_dcmconv_undeflen.dcm"),
        ];
        foreach ((string bigEndian, string littleEndian) in pairs)
        {
            if (Named(bigEndian) is { } a && Named(littleEndian) is { } b)
            {
                using DicomFile fileA = DicomFile.Open(a);
                using DicomFile fileB = DicomFile.Open(b);
                Assert.Empty(DataSetDiff.Compare(fileA.DataSet, fileB.DataSet, fileA.Source, fileB.Source).Where(difference => !difference.Path.EndsWith(",0000)", StringComparison.Ordinal)));
            }
        }
    }

    /// <summary>Null when the file is read and written as it should be, else what went wrong.</summary>
    private static string? Outcome(string path)
    {
        try
        {
            return IsWrittenTheSame(path) || IsExplained(path) ? null : "is written differently";
        }
        catch (DicomFormatException refusal)
        {
            return refusal.Message;
        }
    }

    private static bool IsWrittenTheSame(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        using SegmentList segments = DicomFileWriter.Segments(file.FileMeta, file.DataSet, file.TransferSyntax, file.Source, file.Preamble ?? default);
        DataSetText.Dump(file, TextWriter.Null);
        return segments.ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(path));
    }

    /// <summary>Explained by name, or because deflating has no one result, and missing meta information is added.</summary>
    private static bool IsExplained(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        return file.TransferSyntax.IsDeflated || file.Preamble is null
            || WrittenDifferently.Keys.Any(name => path.EndsWith(name, StringComparison.Ordinal));
    }

    /// <summary>The files outside of "malformed" that are read.</summary>
    internal static IEnumerable<string> Readable() => Samples().Where(path => !IsMalformed(path) && !Refused.Keys.Any(name => path.EndsWith(name, StringComparison.Ordinal)));

    private static string? Named(string end) => Samples().FirstOrDefault(path => path.EndsWith(end, StringComparison.Ordinal));

    private static bool IsMalformed(string path) => Path.GetFileName(Path.GetDirectoryName(path)) == "malformed";

    private static IEnumerable<string> Samples() => Directory.EnumerateFiles(SamplesFactAttribute.Folder!, "*", SearchOption.AllDirectories)
        .Where(path => !path.EndsWith(".tsv", StringComparison.Ordinal) && !path.Contains("/LICENSES/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);
}
