using System.Collections.Frozen;

namespace DeidCluster.Deid;

/// <summary>Words of text behind which a person's name stands, and those that belong to names.</summary>
internal static class PersonTitles
{
    private static readonly FrozenSet<string> Titles = new[]
    {
        "DR", "DRS", "DOC", "DOCTOR", "MR", "MRS", "MS", "MISS", "MX", "PROF", "PROFESSOR", "SIR", "DAME", "LADY", "LORD", "REV", "PD", "HERR", "HERRN", "FRAU", "MME", "MLLE", "MONSIEUR", "MADAME",
        "SR", "SRA", "SENOR", "SENORA", "DOTT", "DOTTSSA", "SIG", "DHR", "MEVR", "MEVROUW", "NURSE", "SISTER", "RN", "RT",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Titles that mean nothing else: what stands behind them is a name, whatever it is.</summary>
    private static readonly FrozenSet<string> Certain = new[]
    {
        "DR", "DRS", "DOCTOR", "MRS", "MISS", "PROF", "PROFESSOR", "HERR", "HERRN", "FRAU", "MME", "MLLE", "MONSIEUR", "MADAME", "SENOR", "SENORA", "DOTT", "DOTTSSA", "NAMED", "CALLED",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Degrees = new[]
    {
        "MD", "PHD", "MBBS", "BSC", "MSC", "FRCR", "FRCS", "MRCP", "DO", "RN", "JR", "SR", "II", "III", "IV", "ESQ", "DDS", "DVM", "RT",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Particles = new[]
    {
        "VAN", "VON", "VOM", "DER", "DEN", "DE", "DEL", "DELLA", "DI", "DA", "DOS", "DU", "LA", "LE", "EL", "AL", "BIN", "IBN", "BINT", "ABU", "BEN", "MAC", "MC", "ST", "TER", "TEN", "ZU", "ZUR", "AF", "AV", "Y",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Words before a name, with a colon or alone; what they do is done by a person.</summary>
    private static readonly FrozenSet<string> Doings = new[]
    {
        "SIGNED", "DICTATED", "REPORTED", "READ", "REVIEWED", "PERFORMED", "VERIFIED", "APPROVED", "AUTHORISED", "AUTHORIZED", "TRANSCRIBED", "INTERPRETED", "REQUESTED", "REFERRED", "ORDERED",
        "WRITTEN", "SEEN", "SCANNED", "EXAMINED", "DISCUSSED", "ATTENDED", "INJECTED", "ENTERED", "CHECKED", "CREATED", "PREPARED",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Words with a colon behind them, after which a name or an address stands.</summary>
    private static readonly FrozenSet<string> Labels = new[]
    {
        "NAME", "NAMES", "SURNAME", "FORENAME", "FIRSTNAME", "LASTNAME", "PATIENT", "PT", "PHYSICIAN", "PHYSICIANS", "DOCTOR", "REFERRER", "REFERRING", "REQUESTER", "REQUESTED", "ORDERING", "ATTENDING",
        "CONSULTANT", "RADIOLOGIST", "RADIOGRAPHER", "TECHNOLOGIST", "TECHNICIAN", "TECH", "OPERATOR", "NURSE", "SURGEON", "ADDRESS", "HOSPITAL", "INSTITUTION", "CONTACT", "AUTHOR", "BY", "SIGNED", "CC",
        "MOTHER", "FATHER", "SPOUSE", "WIFE", "HUSBAND", "SON", "DAUGHTER", "GP", "PCP", "FROM", "TO", "ATTN",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Relatives and titles behind which an unlabelled name may stand.</summary>
    private static readonly FrozenSet<string> Introductions = new[] { "NAMED", "CALLED" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for titles, degrees and what follows a name by birth: none of them names anybody.</summary>
    public static bool Contains(string word) => Titles.Contains(word) || Degrees.Contains(word);

    /// <summary>True for a word like Dr, behind which a name stands.</summary>
    public static bool IsTitle(string word) => Titles.Contains(word) || Introductions.Contains(word);

    /// <summary>True for a title that is no abbreviation of anything else, as MR and MS are.</summary>
    public static bool IsCertain(string word) => Certain.Contains(word);

    /// <summary>True for van, de, al and the like.</summary>
    public static bool IsParticle(string word) => Particles.Contains(word);

    /// <summary>True for a participle that "by" and a name follow.</summary>
    public static bool IsDoing(string word) => Doings.Contains(word);

    /// <summary>True for a word that, with a colon, stands before a name or an address.</summary>
    public static bool IsLabel(string word) => Labels.Contains(word);
}
