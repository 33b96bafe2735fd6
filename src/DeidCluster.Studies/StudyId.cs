using System.Security.Cryptography;
using System.Text;

namespace DeidCluster.Studies;

/// <summary>
/// The public id of a study: a keyed hash of its project and request key, so that it names nobody, and the same request always
/// reaches the same actor.
/// </summary>
public static class StudyId
{
    /// <summary>Hexadecimal digits of an id: 128 bits.</summary>
    public const int Length = 32;

    /// <summary>The request key is the StudyInstanceUID when it is known, else MRN and accession number.</summary>
    public static string For(byte[] installationSecret, string project, StudyRequest request)
    {
        string[] key = string.IsNullOrEmpty(request.StudyUid)
            ? ["accession", project, request.Mrn ?? "", request.AccessionNumber ?? ""]
            : ["uid", project, request.StudyUid];
        byte[] digest = HMACSHA256.HashData(installationSecret, Encoding.UTF8.GetBytes(string.Join('\0', key)));
        return Convert.ToHexStringLower(digest.AsSpan(0, Length / 2));
    }

    /// <summary>True when <paramref name="text"/> has the form of an id.</summary>
    public static bool IsWellFormed(string text) => text.Length == Length && text.All(char.IsAsciiHexDigitLower);
}
