using System.Text.Json;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>A DICOM file as pydicom reads it. <see cref="Uids"/> and <see cref="Dates"/> are by path, at any depth.</summary>
internal sealed record ReadFile(
    string Path, IReadOnlyDictionary<string, string> Uids, IReadOnlyDictionary<string, string> Dates, int PrivateElements, bool PreambleIsBlank,
    string MetaSopInstanceUid, string SourceAeTitle, string PatientId, string PatientName, string PatientIdentityRemoved,
    string LongitudinalTemporalInformationModified, IReadOnlyList<string> MethodCodes, string PixelDigest)
{
    /// <summary>What reading needs: the interpreter of the system, since Debian's pydicom belongs to it.</summary>
    public const string Pydicom = "/usr/lib/python3/dist-packages/pydicom/__init__.py";

    private static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(2);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { PropertyNameCaseInsensitive = true };

    /// <summary>SOP Instance UID (0008,0018).</summary>
    public string SopInstanceUid => Uids["SOPInstanceUID"];

    /// <summary>Study Instance UID (0020,000D).</summary>
    public string StudyInstanceUid => Uids["StudyInstanceUID"];

    /// <summary>Every file below <paramref name="folder"/>.</summary>
    public static async Task<IReadOnlyList<ReadFile>> AllAsync(string folder)
    {
        string script = System.IO.Path.Combine(AppContext.BaseDirectory, "Readers", "recipient.py");
        (int exitCode, string output) = await PeerProcess.RunAsync("/usr/bin/python3", ["-W", "ignore", script, folder], TimeMax);
        Assert.True(exitCode == 0, output);
        return JsonSerializer.Deserialize<ReadFile[]>(output, Json)!;
    }
}
