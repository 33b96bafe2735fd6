using System.Text;
using DeidCluster.Dicom;
using DeidCluster.TestKit;

namespace DeidCluster.Deid.Tests.Planted;

/// <summary>Identifiers planted wherever an instance can hold text leave with no byte of the result.</summary>
public class PlantedTests
{
    private const int Seed = 7_000;
    private const int HeldShareMax = 20;
    private static readonly int InstancesPerRun = Environment.GetEnvironmentVariable("DEID_FULL") == "1" ? 20_000 : 300;

    private static readonly string[] SopClasses =
    [
        Uids.CtImageStorage, "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.1.1", "1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.88.33", "1.2.840.10008.5.1.4.1.1.88.22",
        "1.2.840.10008.5.1.4.1.1.481.3",
    ];

    /// <summary>Every option that leaves more than the Basic Profile does, alone and together.</summary>
    private static readonly ProfileOption[][] OptionSets =
    [
        [], [ProfileOption.CleanDescriptors], [ProfileOption.CleanStructuredContent], [ProfileOption.RetainSafePrivate],
        [ProfileOption.CleanDescriptors, ProfileOption.CleanStructuredContent, ProfileOption.RetainSafePrivate, ProfileOption.RetainPatientCharacteristics],
        [ProfileOption.CleanDescriptors, ProfileOption.CleanStructuredContent, ProfileOption.RetainSafePrivate, ProfileOption.RetainDeviceIdentity],
    ];

    [Fact]
    public void Deidentify_PlantedInstances_LeaveNoTokenInAnyByte()
    {
        int held = 0;
        List<string> leaks = [];
        Dictionary<string, int> findings = [];
        for (int i = 0; i < InstancesPerRun; i++)
        {
            Planting planting = new(Seed + i);
            string sopClass = SopClasses[i % SopClasses.Length];
            DataSet instance = planting.Instance(sopClass);
            if (sopClass.Contains(".88.", StringComparison.Ordinal))
            {
                planting.Report(instance);
            }

            ProjectProfile profile = Make.Profile((DateTreatment)(i % 3)) with { Options = new HashSet<ProfileOption>(OptionSets[i / 3 % OptionSets.Length]) };
            byte[] bytes = Make.Bytes(instance);
            using DicomFile source = DicomFile.Read(new MemorySource(bytes));
            Deidentifier deidentifier = new(profile, Make.Key());
            Identity identity = deidentifier.Identities.Propose(deidentifier.ReadSubject(source.DataSet).SubjectKey!);
            DeidentifyResult outcome = deidentifier.Deidentify(source, identity);
            if (outcome is not DeidentifyResult.Done { Instance: { } done })
            {
                Assert.Fail($"seed {Seed + i}: {outcome}");
                return;
            }

            byte[] result = done.Segments.ToArray();
            foreach (string token in planting.Tokens.Concat(profile.Options.Contains(ProfileOption.RetainDeviceIdentity) ? [] : [planting.Station]))
            {
                // Another date may be shifted to the day of birth.
                bool isChance = token == planting.BirthDate && profile.Dates.Treatment == DateTreatment.Shift && Where(done.DataSet, token) is [.., 'D', 'A' or 'T'];
                leaks.AddRange(!isChance && Forms(token, source.DataSet.CharacterSet).Any(form => result.AsSpan().IndexOf(form) >= 0)
                    ? [$"seed {Seed + i} class {sopClass} options [{string.Join(' ', profile.Options)}] dates {profile.Dates.Treatment}: a token of {token.Length} in {Where(done.DataSet, token)}"] : []);
            }

            using DicomFile written = DicomFile.Read(new MemorySource(result));
            IReadOnlyList<Finding> found = Verifier.Verify(source, written, identity, profile);
            held += found.Count > 0 ? 1 : 0;
            foreach (Finding finding in found)
            {
                string key = $"{finding.Kind} {System.Text.RegularExpressions.Regex.Replace(finding.Path, @"\[\d+\]", "")} {finding.Message}";
                findings[key] = findings.GetValueOrDefault(key) + 1;
            }
        }

        Assert.True(leaks.Count == 0, $"{leaks.Count}: {string.Join("; ", leaks.Take(6))}");
        Assert.True(held * 100 <= InstancesPerRun * HeldShareMax, $"{held} held: {string.Join("; ", findings.OrderByDescending(entry => entry.Value).Take(12).Select(entry => $"{entry.Value} x {entry.Key}"))}");
        Facts.Say($"planted identifiers: {InstancesPerRun} instances of {SopClasses.Length} SOP classes, 0 tokens left in any byte; verification held {held}");
    }

    /// <summary>The token as the instance's own character set, UTF-8, Latin-1 and UTF-16 write it, and in capitals.</summary>
    private static IEnumerable<byte[]> Forms(string token, CharacterSet characterSet)
    {
        foreach (string form in new[] { token, token.ToUpperInvariant(), token.ToLowerInvariant() })
        {
            yield return Encoding.UTF8.GetBytes(form);
            yield return Encoding.Unicode.GetBytes(form);
            if (form.All(letter => letter < 256))
            {
                yield return Encoding.Latin1.GetBytes(form);
            }

            if (characterSet.TryEncode(form, Vr.LO) is { Length: > 5 } own)
            {
                yield return own;
            }
        }
    }

    private static string Where(DataSet data, string token, string path = "")
    {
        foreach (Element element in data)
        {
            if (element is SequenceElement sequence)
            {
                foreach (DataSet item in sequence.Items)
                {
                    if (Where(item, token, $"{path}{element.Tag}.") is { Length: > 0 } inner)
                    {
                        return inner;
                    }
                }
            }
            else if (element is ValueElement value && Forms(token, data.CharacterSet).Any(form => value.Bytes.Span.IndexOf(form) >= 0))
            {
                return $"{path}{element.Tag} {element.Vr}";
            }
        }

        return "";
    }
}
