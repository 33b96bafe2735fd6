using System.Globalization;
using System.Text.Json.Nodes;

namespace DeidCluster.EndToEnd.Tests;

/// <summary>
/// Sources and results side by side, both as pydicom reads them and paired by the ledger: identities are one function of the source,
/// the same in every file and at every depth.
/// </summary>
internal sealed class Comparison
{
    private readonly List<(ReadFile Source, ReadFile Result)> pairs = [];

    private Comparison()
    {
    }

    /// <summary>Pairs all results with their sources by the ledgers of <paramref name="ids"/>; fails when a result is unexplained.</summary>
    public static async Task<Comparison> ReadAsync(RunningNode node, IEnumerable<string> ids, string sourceFolder, string resultFolder)
    {
        Dictionary<string, ReadFile> sourceByUid = (await ReadFile.AllAsync(sourceFolder)).ToDictionary(file => file.SopInstanceUid);
        Dictionary<string, ReadFile> resultByUid = (await ReadFile.AllAsync(resultFolder)).ToDictionary(file => file.SopInstanceUid);
        Comparison comparison = new();
        foreach (string id in ids)
        {
            foreach (JsonNode? row in (await node.StudyAsync(id))["ledger"]!.AsArray())
            {
                Assert.Equal("confirmed", (string?)row!["state"]);
                Assert.True(resultByUid.Remove((string)row["newSopInstanceUid"]!, out ReadFile? result), "an instance is confirmed and not there");
                comparison.pairs.Add((sourceByUid[(string)row["idSopInstanceUid"]!], result));
            }
        }

        Assert.Empty(resultByUid);
        return comparison;
    }

    /// <summary>How many files were compared.</summary>
    public int Files => pairs.Count;

    /// <summary>All that holds for every project.</summary>
    public void AssertDeidentified()
    {
        foreach ((ReadFile source, ReadFile result) in pairs)
        {
            Assert.Equal("YES", result.PatientIdentityRemoved);
            Assert.Contains("113100", result.MethodCodes);
            Assert.Equal(0, result.PrivateElements);
            Assert.True(source.PrivateElements > 0);
            Assert.True(result.PreambleIsBlank);
            Assert.NotEqual(source.SourceAeTitle, result.SourceAeTitle);
            Assert.Equal(result.SopInstanceUid, result.MetaSopInstanceUid);
            Assert.Equal(source.PixelDigest, result.PixelDigest);
            Assert.Equal(source.Uids["SOPClassUID"], result.Uids["SOPClassUID"]);
        }
    }

    /// <summary>Each source UID has one new UID wherever it stands, and no two the same; references to files of ours lead to files of ours.</summary>
    public void AssertUidsAreConsistent()
    {
        Dictionary<string, string> newBySource = [];
        foreach ((ReadFile source, ReadFile result) in pairs)
        {
            foreach ((string path, string uid) in result.Uids)
            {
                Assert.True(source.Uids.TryGetValue(path, out string? before), $"{path} is new");
                if (newBySource.TryGetValue(before, out string? known))
                {
                    Assert.True(known == uid, $"{path} is not what the same UID became elsewhere");
                }

                newBySource[before] = uid;
            }
        }

        Assert.Equal(newBySource.Count, newBySource.Values.Distinct().Count());
        string[] references = [.. pairs.SelectMany(pair => pair.Result.Uids.Where(uid => uid.Key.EndsWith("/ReferencedSOPInstanceUID", StringComparison.Ordinal))).Select(uid => uid.Value)];
        HashSet<string> delivered = [.. pairs.Select(pair => pair.Result.SopInstanceUid)];
        Assert.Contains(references, delivered.Contains);
        Assert.Contains(pairs, pair => pair.Result.Uids.Keys.Any(path => path.StartsWith("ReferencedFrameOfReferenceSequence/", StringComparison.Ordinal)));
    }

    /// <summary>One pseudonym and one shift in days for each patient of <paramref name="prefix"/>, for every date at any depth.</summary>
    public void AssertDatesAreShifted(string prefix)
    {
        foreach (IGrouping<string, (ReadFile Source, ReadFile Result)> patient in Of(prefix).GroupBy(pair => pair.Source.PatientId))
        {
            Assert.Single(patient.Select(pair => pair.Result.PatientId).Distinct());
            ILookup<int, string> pathsByShift = patient
                .SelectMany(pair => pair.Result.Dates.Where(date => !IsInDummy(date.Key)).Select(date => (Path: date.Key, Days: Days(pair.Source.Dates[date.Key], date.Value))))
                .ToLookup(date => date.Days, date => date.Path);
            Assert.True(pathsByShift.Count == 1, string.Join('\n', pathsByShift.Select(shift => $"{shift.Key} days: {string.Join(", ", shift.Distinct())}")));
            Assert.InRange(pathsByShift.Single().Key, -1826, -30);
            Assert.All(patient, pair => Assert.Contains("StudyDate", pair.Result.Dates.Keys));
            Assert.All(patient, pair => Assert.Equal("MODIFIED", pair.Result.LongitudinalTemporalInformationModified));
        }

        Assert.Equal(Of(prefix).Select(pair => pair.Source.PatientId).Distinct().Count(), Of(prefix).Select(pair => pair.Result.PatientId).Distinct().Count());
    }

    /// <summary>No date of a source stands in a result of <paramref name="prefix"/>.</summary>
    public void AssertDatesAreRemoved(string prefix)
    {
        foreach ((ReadFile source, ReadFile result) in Of(prefix))
        {
            Assert.Empty(source.Dates.Values.Select(date => date[..8]).Intersect(result.Dates.Values.Select(date => date[..8])));
            Assert.Equal("REMOVED", result.LongitudinalTemporalInformationModified);
        }
    }

    /// <summary>PS3.15 table E.1-1 replaces Verifying Observer Sequence (0040,A073) as a whole: what stands in it is a dummy.</summary>
    private static bool IsInDummy(string path) => path.StartsWith("VerifyingObserverSequence/", StringComparison.Ordinal);

    private List<(ReadFile Source, ReadFile Result)> Of(string prefix)
    {
        List<(ReadFile, ReadFile)> some = [.. pairs.Where(pair => pair.Result.PatientId.StartsWith(prefix, StringComparison.Ordinal))];
        Assert.NotEmpty(some);
        return some;
    }

    private static int Days(string before, string after) => Day(after).DayNumber - Day(before).DayNumber;

    private static DateOnly Day(string date) => DateOnly.ParseExact(date[..8], "yyyyMMdd", CultureInfo.InvariantCulture);
}
