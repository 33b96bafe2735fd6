using System.Collections.Frozen;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Words that stand in images of anybody, and are somebody's name all the same: those of the standard's own attribute names, and of
/// everyday imaging. Such a word is compared with whole values only, and counted.
/// </summary>
internal static class CommonWords
{
    private static readonly string[] Imaging =
    [
        "ABDOMEN", "ADULT", "ANKLE", "ANON", "ANONYMIZED", "ANONYMOUS", "ARM", "AXIAL", "BASELINE", "BODY", "BONE", "BRAIN", "BREAST", "CARDIAC",
        "CASE", "CERVICAL", "CHEST", "CHILD", "CONTRAST", "CORONAL", "DEMO", "DIFFUSION", "DOCTOR", "ELBOW", "EMPTY", "EXTREMITY", "FEMALE", "FOOT", "GENERAL", "HAND",
        "HEAD", "HEART", "HIP", "HOSPITAL", "KIDNEY", "KNEE", "LIVER", "LOCALIZER", "LUMBAR", "LUNG", "MALE", "MEDICAL", "NECK", "NONE", "NORMAL",
        "PELVIS", "PERFUSION", "PHANTOM", "PROSTATE", "QUALITY", "RESEARCH", "ROUTINE", "SAGITTAL", "SAMPLE", "SCAN", "SCOUT", "SERVICE", "SHOULDER", "SKULL",
        "SPINE", "STROKE", "STUDY", "SUBJECT", "THORACIC", "THORAX", "TRAINING", "TRIAL", "UNIVERSITY", "UNKNOWN", "UNSPECIFIED", "VOLUNTEER", "WHOLE", "WRIST",
    ];

    /// <summary>What stands where nothing is known, or was removed before.</summary>
    private static readonly FrozenSet<string> Placeholders =
        new[] { "ANONYMIZED", "ANONYMISED", "ANONYMOUS", "ANONYMIZE", "ANON", "REMOVED", "NONE", "NULL", "EMPTY", "UNKNOWN", "UNSPECIFIED", "NO NAME", "N A", "N.A", "N.A." }
            .ToFrozenSet(StringComparer.Ordinal);

    private static readonly Lazy<FrozenSet<string>> Words = new(Load);

    /// <summary>True when <paramref name="word"/>, normalised, is such a word.</summary>
    public static bool Contains(string word) => Words.Value.Contains(word);

    /// <summary>True when <paramref name="text"/>, normalised, stands for nobody and nothing.</summary>
    public static bool IsPlaceholder(string text) => Placeholders.Contains(text);

    private static FrozenSet<string> Load()
    {
        HashSet<string> words = new(Imaging, StringComparer.Ordinal);
        foreach (DictionaryEntry entry in DicomDictionary.All)
        {
            words.UnionWith(SearchText.Normalize(entry.Name).Split([' ', '-', '(', ')', '\'', '.']));
        }

        return words.ToFrozenSet(StringComparer.Ordinal);
    }
}
