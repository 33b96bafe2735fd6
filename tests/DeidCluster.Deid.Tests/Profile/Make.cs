using System.Text;
using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

/// <summary>Profiles, keys and instances for tests.</summary>
internal static class Make
{
    public const string StudyUid = "1.2.3.4.1";
    public const string SeriesUid = "1.2.3.4.2";
    public const string SopUid = "1.2.3.4.3";

    public static ProjectKey Key(char digit = 'a') => ProjectKey.Parse($"key-{digit} {new string(digit, 64)}", "test");

    public static ProjectKeys Keys() => Key();

    public static ProjectProfile Profile(DateTreatment dates = DateTreatment.Remove, params Rule[] rules) =>
        new() { Name = "test", Version = "1", Dates = new DatePolicy(dates), Rules = rules };

    /// <summary>The text of a project "a" with <paramref name="lines"/>, which takes every SOP class unless they say which.</summary>
    public static string ProjectText(string lines)
    {
        string text = lines.Contains("project:", StringComparison.Ordinal) ? lines : "project: a\n" + lines;
        return text.Contains("sop-classes", StringComparison.Ordinal) ? text
            : text.Contains("select: {", StringComparison.Ordinal) ? text.Replace("select: {", "select: {sop-classes: [all], ", StringComparison.Ordinal)
            : text.TrimEnd() + "\nselect: {sop-classes: [all]}\n";
    }

    public static Rule Rule(string selector, RuleAction action, params RuleCondition[] when) =>
        new() { Selector = Selector(selector), Action = action, When = when };

    public static RuleSelector Selector(string text) =>
        RuleSelector.TryParse(text, out RuleSelector? selector, out string? problem) ? selector : throw new ArgumentException(problem);

    public static DataSet Instance(string sopClassUid = Uids.CtImageStorage)
    {
        DataSet instance = [];
        instance.SetString(Tags.SOPClassUID, sopClassUid);
        instance.SetString(Tags.SOPInstanceUID, SopUid);
        instance.SetString(Tags.StudyDate, "20240229");
        instance.SetString(Tags.Modality, "CT");
        instance.SetString(Tags.PatientName, "Planted^Person");
        instance.SetString(Tags.PatientID, "PLANTED-MRN");
        instance.SetString(Tags.StudyInstanceUID, StudyUid);
        instance.SetString(Tags.SeriesInstanceUID, SeriesUid);
        return instance;
    }

    public static DicomFile File(DataSet instance, TransferSyntax? syntax = null, ReadOptions? options = null) =>
        DicomFile.Read(new MemorySource(Bytes(instance, syntax)), options);

    public static byte[] Bytes(DataSet instance, TransferSyntax? syntax = null)
    {
        syntax ??= TransferSyntax.ExplicitVrLittleEndian;
        DataSet meta = FileMetaInformation.Build(instance.GetString(Tags.SOPClassUID) ?? "", instance.GetString(Tags.SOPInstanceUID) ?? "", syntax.Uid);
        meta.SetString(Tags.SourceApplicationEntityTitle, "PLANTED-AE");
        byte[] preamble = new byte[DicomFileWriter.PreambleBytes];
        "PLANTED-PREAMBLE"u8.CopyTo(preamble);
        return DicomFileWriter.Segments(meta, instance, syntax, null, preamble).ToArray();
    }

    public static DeidentifyResult Deidentify(DataSet instance, ProjectProfile? profile = null, char key = 'a', TransferSyntax? syntax = null, ReadOptions? options = null)
    {
        using DicomFile file = File(instance, syntax, options);
        return Deidentify(file, profile, key);
    }

    public static DeidentifyResult Deidentify(DicomFile file, ProjectProfile? profile = null, char key = 'a')
    {
        Deidentifier deidentifier = new(profile ?? Profile(), Key(key));
        Identity identity = deidentifier.Identities.Propose(deidentifier.ReadSubject(file.DataSet).SubjectKey ?? "nobody");
        return deidentifier.Deidentify(file, identity);
    }

    public static DataSet Clean(DataSet instance, ProjectProfile? profile = null, char key = 'a') =>
        Assert.IsType<DeidentifyResult.Done>(Deidentify(instance, profile, key)).Instance.DataSet;

    /// <summary>True when the text stands anywhere in the result's file.</summary>
    public static bool Holds(DeidentifyResult result, string text) =>
        Assert.IsType<DeidentifyResult.Done>(result).Instance.Segments.ToArray().AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;

    public static DataSet Item(Action<DataSet> fill)
    {
        DataSet item = [];
        fill(item);
        return item;
    }
}
