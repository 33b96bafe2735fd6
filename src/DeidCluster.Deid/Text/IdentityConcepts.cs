using System.Collections.Frozen;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What the concept name of a content item says about its value (PS3.16 TID 1001 to 1010 and others).</summary>
internal enum ConceptKind
{
    /// <summary>A finding, a measurement, a description: its text is cleaned.</summary>
    Clinical,

    /// <summary>A name, number or place of a person, a device or an institution: its value goes.</summary>
    Identifying,

    /// <summary>The subject's age.</summary>
    Age,
}

/// <summary>Knows the concepts whose values identify, by code and by the words of their meaning.</summary>
internal static class IdentityConcepts
{
    /// <summary>Codes of the scheme DCM (PS3.16 annex D).</summary>
    private static readonly FrozenSet<string> Codes = new[]
    {
        "121008", "121009", "121012", "121013", "121016", "121017", "121018", "121019", "121020", "121022", "121028", "121029", "121030", "121031", // observers and subjects
        "121035", "121036", "121040", "121041", "121043", "121148", "121149", "121151", "121152", "121173", "121174", "121193", "121196", "121197", // mother, specimens, devices, notes' authors
        "110119", "110120", "110122", "110182", "110190", "111700", "111701", "111705", "111706", "111709", "111718", "111724", "111187", "111189", // audit, specimens, films
        "113870", "113871", "113872", "113873", "113877", "113880", "113510", "113511", "113512", "113513", "113514", "113516", "121114", "121081", // persons, dispensing
        "122143", "128774", "128775", "121434", "121154", "121124", "122148", "112350", "125010",
    }.ToFrozenSet(StringComparer.Ordinal);

    private const string SubjectAge = "121033";

    /// <summary>Words that make a concept one that identifies, whoever coded it.</summary>
    private static readonly FrozenSet<string> Words = new[]
    {
        "NAME", "IDENTIFIER", "ID", "ADDRESS", "TELEPHONE", "PHONE", "EMAIL", "LOGIN", "ACCESSION", "MRN", "SSN", "BIRTH", "PHYSICIAN", "OPERATOR", "AUTHOR", "OBSERVER", "TECHNOLOGIST",
        "TECHNICIAN", "NURSE", "SURGEON", "INSTITUTION", "ORGANIZATION", "HOSPITAL", "DEPARTMENT", "SERIAL", "PERSON", "SIGNATURE", "VERIFIER", "RADIOLOGIST", "REFERRER", "CONTACT", "INSURANCE",
        "GUARDIAN", "MOTHER", "FATHER",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Of these the words above are parts, and they are clinical.</summary>
    private static readonly FrozenSet<string> Clinical = new[] { "ALGORITHM", "PROTOCOL", "SEQUENCE", "ANATOMIC", "TRACKING", "PHASE", "ESTIMATE", "PRODUCT", "BRAND", "WEIGHT", "ROLE", "TYPE", "LESION" }
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What the concept name of <paramref name="item"/> says.</summary>
    public static ConceptKind Of(DataSet item)
    {
        DataSet? concept = item.Items(Tags.ConceptNameCodeSequence) is [var first, ..] ? first : null;
        if (concept is null)
        {
            return ConceptKind.Clinical;
        }

        string code = concept.GetString(Tags.CodeValue) ?? "";
        if (concept.GetString(Tags.CodingSchemeDesignator) == "DCM")
        {
            return code == SubjectAge ? ConceptKind.Age : Codes.Contains(code) ? ConceptKind.Identifying : ByWords(concept);
        }

        return ByWords(concept);
    }

    private static ConceptKind ByWords(DataSet concept)
    {
        string[] words = [.. (concept.GetString(Tags.CodeMeaning) ?? "").Split([' ', '-', '/', '\'', ',', '.', '_', '(', ')']).Select(word => FoldedText.Compact(word))];
        return words.Any(Words.Contains) && !words.Any(Clinical.Contains) ? ConceptKind.Identifying
            : words is ["AGE"] or ["PATIENT", "AGE"] or ["SUBJECT", "AGE"] ? ConceptKind.Age
            : ConceptKind.Clinical;
    }
}
