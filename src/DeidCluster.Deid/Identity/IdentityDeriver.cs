using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Derives everything that replaces an identity from the project's secret: pure, the same on every node and after every restart, and
/// not linkable without the secret. Each use has a label of its own, so that one result tells nothing about another.
/// </summary>
public sealed class IdentityDeriver
{
    private const string SubjectLabel = "subject";
    private const string TableSubjectLabel = "subject-of-table";
    private const string PseudonymLabel = "patient";
    private const string ShiftLabel = "shift";
    private const string UidLabel = "uid";
    private const string ValueLabel = "value";
    private const int PseudonymLengthMax = 64;

    private readonly ProjectKeys keys;
    private readonly ProjectKey key;
    private readonly ProjectProfile profile;

    /// <summary>Derives for new subjects: with the current of <paramref name="keys"/>.</summary>
    public IdentityDeriver(ProjectKeys keys, ProjectProfile profile) : this(keys, keys.Current, profile) { }

    private IdentityDeriver(ProjectKeys keys, ProjectKey key, ProjectProfile profile) => (this.keys, this.key, this.profile) = (keys, key, profile);

    /// <summary>The id of the key that it derives with.</summary>
    public string KeyId => key.KeyId;

    /// <summary>Derives with the key under which an identity was fixed; null when the project does not have that key.</summary>
    public IdentityDeriver? For(string keyId) =>
        keyId == key.KeyId ? this : keys.Find(keyId) is { } other ? new IdentityDeriver(keys, other, profile) : null;

    /// <summary>Whom the instance of <paramref name="header"/> is about.</summary>
    public SubjectReading Read(DataSet header) => Read(header.GetString(Tags.PatientID) ?? "", header.GetString(Tags.IssuerOfPatientID));

    /// <summary>Who the patient of that number is.</summary>
    public SubjectReading Read(string patientId, string? issuer)
    {
        if (string.IsNullOrWhiteSpace(patientId))
        {
            return new SubjectReading(null, "its Patient ID is empty");
        }

        if (profile.Pseudonym.Kind != PseudonymKind.Lookup)
        {
            // Of Patient IDs that mean one subject, one speaks for all.
            string? speaker = profile.Pseudonym.Aliases?.Find(patientId, issuer);
            return new SubjectReading(speaker is null ? SubjectKey(patientId, issuer) : SubjectKey(speaker, null), null) { IdPatient = speaker ?? patientId, IdIssuer = speaker is null ? issuer : null };
        }

        return profile.Pseudonym.Table?.Find(patientId, issuer) is { } pseudonym
            ? new SubjectReading(Convert.ToHexStringLower(keys.First.Derive(TableSubjectLabel, pseudonym)), null) { IdPatient = patientId, IdIssuer = issuer, Pseudonym = pseudonym }
            : new SubjectReading(null, "its Patient ID does not stand in the project's table of subjects");
    }

    /// <summary>
    /// Names the subject in identity records: the keyed hash of Patient ID (0010,0020) and Issuer of Patient ID (0010,0021). Case
    /// and surrounding blanks do not make another subject, and a new key does not either: the first key names subjects for ever.
    /// </summary>
    public string SubjectKey(string patientId, string? issuer) =>
        Convert.ToHexStringLower(keys.First.Derive(SubjectLabel, Normalise(patientId), Normalise(issuer ?? "")));

    /// <summary>The identity of a subject that has none yet, where its name does not come from somewhere else.</summary>
    /// <param name="subjectKey">From <see cref="SubjectKey"/>.</param>
    /// <param name="participantId">A pseudonym that came with the request; used where the project says so.</param>
    /// <exception cref="ArgumentException">The participant id cannot stand in a Patient ID.</exception>
    public Identity Propose(string subjectKey, string? participantId = null) => Propose(new SubjectReading(subjectKey, null), participantId).Identity;

    /// <summary>The identity of a subject that has none yet.</summary>
    /// <param name="subject">From <see cref="Read(DataSet)"/>, without a problem.</param>
    /// <param name="participantId">A pseudonym that came with the request; used where the project says so.</param>
    /// <param name="fromService">What the project's service answered; needed where names come from it.</param>
    /// <exception cref="ArgumentException">The name cannot stand in a Patient ID.</exception>
    public IdentityProposal Propose(SubjectReading subject, string? participantId = null, string? fromService = null)
    {
        string subjectKey = subject.SubjectKey ?? throw new ArgumentException("The subject has a problem.", nameof(subject));
        if (profile.Pseudonym.Kind != PseudonymKind.Lookup && UsesParticipantId(participantId))
        {
            // One participant under two Patient IDs is one person, whose dates move alike.
            return Named(participantId!.Trim(), $"participant\n{participantId.Trim()}");
        }

        PseudonymPolicy policy = profile.Pseudonym;
        return policy.Kind switch
        {
            PseudonymKind.Counter => new IdentityProposal(new Identity(key.KeyId, policy.Prefix, ShiftDays(subjectKey)), policy.CounterDigits),
            PseudonymKind.Lookup => Named(subject.Pseudonym ?? throw new ArgumentException("The subject has no pseudonym.", nameof(subject)), subjectKey),
            PseudonymKind.Service => Named(fromService ?? throw new ArgumentException("The project's names come from a service.", nameof(fromService)), subjectKey),
            _ => new IdentityProposal(
                new Identity(key.KeyId, policy.Prefix + Base32.Write(key.Derive(PseudonymLabel, subjectKey))[..policy.HashLength], ShiftDays(subjectKey)), CounterDigits: 0),
        };
    }

    /// <summary>True when the pseudonym that came with a request counts: it is used, or in a lookup must be the table's.</summary>
    public bool UsesParticipantId(string? participantId) => profile.Pseudonym.UseParticipantId && !string.IsNullOrWhiteSpace(participantId);

    private IdentityProposal Named(string pseudonym, string shiftSeed) =>
        CanBePatientId(pseudonym)
            ? new IdentityProposal(new Identity(key.KeyId, pseudonym, ShiftDays(shiftSeed)), CounterDigits: 0)
            : throw new ArgumentException("A participant id has 1 to 64 printable ASCII characters, without '\\', '^' and '='.", nameof(pseudonym));

    /// <summary>The UID that stands for <paramref name="sourceUid"/>: 2.25 and a number of 128 bits (PS3.5 B.2).</summary>
    public string Uid(string sourceUid)
    {
        byte[] digest = key.Derive(UidLabel, sourceUid);
        return "2.25." + new BigInteger(digest.AsSpan(0, 16), isUnsigned: true, isBigEndian: true).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// The UID under which the studies of one subject and accession number leave together; null when the accession number is empty,
    /// which never combines.
    /// </summary>
    public string? CombinedStudyUid(string subjectKey, string accessionNumber) =>
        string.IsNullOrWhiteSpace(accessionNumber) ? null : Uid($"accession\n{subjectKey}\n{accessionNumber.Trim()}");

    /// <summary>The keyed hash of a text, <paramref name="length"/> characters of base 32.</summary>
    public string Hash(string value, int length) => Base32.Write(key.Derive(ValueLabel, value))[..length];

    private int ShiftDays(string subjectKey)
    {
        if (profile.Dates.Treatment != DateTreatment.Shift)
        {
            return 0;
        }

        // 0 would leave the dates as they are: it is left out of the range, and what lies above moves down by one.
        (int min, int max) = (profile.Dates.ShiftDaysMin, profile.Dates.ShiftDaysMax);
        bool spansZero = min <= 0 && max >= 0;
        ulong choices = (ulong)(max - min + (spansZero ? 0 : 1));
        int days = min + (int)(BinaryPrimitives.ReadUInt64BigEndian(key.Derive(ShiftLabel, subjectKey)) % choices);
        return spansZero && days >= 0 ? days + 1 : days;
    }

    private static string Normalise(string text) => text.Trim().ToUpperInvariant();

    /// <summary>True for what can stand in a Patient ID and a Patient's Name in any character set.</summary>
    internal static bool CanBePatientId(string text) =>
        text.Length is > 0 and <= PseudonymLengthMax && text.All(c => c is >= ' ' and <= '~' and not ('\\' or '^' or '='));
}
