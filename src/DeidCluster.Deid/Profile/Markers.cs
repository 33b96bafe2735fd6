using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Writes what a de-identified instance says about itself (PS3.15 E.2, PS3.3 C.12.1 and C.7.6.1).</summary>
internal static class Markers
{
    private const string CodingScheme = "DCM";
    private const string BasicProfileCode = "113100";

    private static readonly Dictionary<ProfileOption, string> Codes = new()
    {
        [ProfileOption.CleanPixelData] = "113101",
        [ProfileOption.CleanGraphics] = "113103",
        [ProfileOption.CleanStructuredContent] = "113104",
        [ProfileOption.CleanDescriptors] = "113105",
        [ProfileOption.RetainLongitudinalFullDates] = "113106",
        [ProfileOption.RetainLongitudinalModifiedDates] = "113107",
        [ProfileOption.RetainPatientCharacteristics] = "113108",
        [ProfileOption.RetainDeviceIdentity] = "113109",
        [ProfileOption.RetainUids] = "113110",
        [ProfileOption.RetainSafePrivate] = "113111",
        [ProfileOption.RetainInstitutionIdentity] = "113112",
    };

    // Context group 7050: code to meaning.
    private static readonly Lazy<Dictionary<string, string>> Meanings =
        new(() => EmbeddedTable.Rows("methods.tsv").ToDictionary(fields => fields[0], fields => fields[1], StringComparer.Ordinal));

    /// <summary>
    /// Marks <paramref name="result"/> as de-identified by the Basic Profile of <paramref name="edition"/> with the options that were
    /// applied. Marks of an earlier de-identification are replaced: they do not describe this one.
    /// </summary>
    public static void Write(DataSet result, string edition, IEnumerable<ProfileOption> options, DateTreatment dates)
    {
        result.SetString(Tags.PatientIdentityRemoved, "YES");
        result.SetString(Tags.DeidentificationMethod, "DeidCluster", $"DICOM PS3.15 {edition} Basic Profile");
        result.SetItems(Tags.DeidentificationMethodCodeSequence, [.. options.Select(option => Codes[option]).Prepend(BasicProfileCode).Order().Select(CodeItem)]);
        result.SetString(Tags.LongitudinalTemporalInformationModified, dates switch
        {
            DateTreatment.Keep => "UNMODIFIED",
            DateTreatment.Shift or DateTreatment.Floor => "MODIFIED",
            _ => "REMOVED",
        });
    }

    /// <summary>Says that no text is burned into the pixels (PS3.15 E.3.1).</summary>
    public static void WriteNoBurnedInText(DataSet result) => result.SetString(Tags.BurnedInAnnotation, "NO");

    private static DataSet CodeItem(string code)
    {
        DataSet item = [];
        item.SetString(Tags.CodeValue, code);
        item.SetString(Tags.CodingSchemeDesignator, CodingScheme);
        item.SetString(Tags.CodeMeaning, Meanings.Value[code]);
        return item;
    }
}
