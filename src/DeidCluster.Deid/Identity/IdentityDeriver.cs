using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace DeidCluster.Deid;

/// <summary>
/// Derives everything that replaces an identity from the project's secret: pure, the same on every node and after every restart, and
/// not linkable without the secret. Each use has a label of its own, so that one result tells nothing about another.
/// </summary>
public sealed class IdentityDeriver(ProjectKey key, ProjectProfile profile)
{
    private const string SubjectLabel = "subject";
    private const string PseudonymLabel = "patient";
    private const string ShiftLabel = "shift";
    private const string UidLabel = "uid";
    private const string ValueLabel = "value";
    private const int PseudonymLengthMax = 64;

    /// <summary>The id of the key that it derives with.</summary>
    public string KeyId => key.KeyId;

    /// <summary>
    /// Names the subject in identity records: the keyed hash of Patient ID (0010,0020) and Issuer of Patient ID (0010,0021). Case
    /// and surrounding blanks do not make another subject.
    /// </summary>
    public string SubjectKey(string patientId, string? issuer) =>
        Convert.ToHexStringLower(key.Derive(SubjectLabel, Normalise(patientId), Normalise(issuer ?? "")));

    /// <summary>The identity of a subject that has none yet.</summary>
    /// <param name="subjectKey">From <see cref="SubjectKey"/>.</param>
    /// <param name="participantId">A pseudonym that came with the request; used where the project says so.</param>
    /// <exception cref="ArgumentException">The participant id cannot stand in a Patient ID.</exception>
    public Identity Propose(string subjectKey, string? participantId = null)
    {
        if (!profile.Pseudonym.UseParticipantId || string.IsNullOrWhiteSpace(participantId))
        {
            string hash = Base32.Write(key.Derive(PseudonymLabel, subjectKey));
            return new Identity(key.KeyId, profile.Pseudonym.Prefix + hash[..profile.Pseudonym.HashLength], ShiftDays(subjectKey));
        }

        string pseudonym = participantId.Trim();
        return CanBePatientId(pseudonym)
            ? new Identity(key.KeyId, pseudonym, ShiftDays(subjectKey))
            : throw new ArgumentException("A participant id has at most 64 printable ASCII characters, without '\\', '^' and '='.", nameof(participantId));
    }

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

    private static bool CanBePatientId(string text) =>
        text.Length <= PseudonymLengthMax && text.All(c => c is >= ' ' and <= '~' and not ('\\' or '^' or '='));
}
