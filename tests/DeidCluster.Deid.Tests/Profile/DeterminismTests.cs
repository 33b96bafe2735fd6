using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

/// <summary>Decisions are shared by threads and remembered; the bytes do not know it.</summary>
public class DeterminismTests
{
    private const int Rounds = 40;

    [Fact]
    public void Deidentify_OnTwoThreadsAndAfterARestart_GivesTheSameBytes()
    {
        ProjectProfile profile = Make.Profile(DateTreatment.Shift, Make.Rule("KVP", new RuleAction.Remove(), new RuleCondition(Tags.Modality, ConditionTest.Equals, "CT"))) with
        {
            Options = new HashSet<ProfileOption> { ProfileOption.CleanDescriptors, ProfileOption.CleanStructuredContent, ProfileOption.RetainSafePrivate },
        };
        byte[][] files = [.. Iod.SopClassUids.Take(Rounds).Select(Bytes)];
        byte[]?[] expected = [.. files.Select(bytes => Result(new Deidentifier(profile, Make.Key()), bytes))];
        Deidentifier shared = new(profile, Make.Key());

        Parallel.For(0, Rounds * 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, round =>
        {
            byte[]? result = Result(shared, files[round % Rounds]);
            Assert.True(result.AsSpan().SequenceEqual(expected[round % Rounds]));
        });
        Assert.True(expected.Count(bytes => bytes is not null) > Rounds / 2);
    }

    [Fact]
    public void Deidentify_PathsWithoutEnd_AreDecidedAlikeRememberedOrNot()
    {
        // More private creators than decisions are remembered.
        Deidentifier deidentifier = new(Make.Profile(rules: Make.Rule("(0029,\"KEPT\",01)", new RuleAction.Keep())), Make.Key());
        for (int round = 0; round < 60; round++)
        {
            DataSet source = Make.Instance();
            source.SetItems(Tags.AnatomicRegionSequence, [.. Enumerable.Range(0, 1000).Select(i => Make.Item(item =>
            {
                item.SetString(new Tag(0x0029, 0x0010), Vr.LO, i == 999 ? "KEPT" : $"C {round} {i}");
                item.SetString(new Tag(0x0029, 0x1001), Vr.LO, "value");
            }))]);
            DataSet[] items = [.. CleanWith(deidentifier, source).Items(Tags.AnatomicRegionSequence)];

            Assert.Equal("value", items[999].GetString(new Tag(0x0029, 0x1001)));
            Assert.All(items[..999], item => Assert.Equal(0, item.Count));
        }
    }

    private static DataSet CleanWith(Deidentifier deidentifier, DataSet source)
    {
        using DicomFile file = Make.File(source);
        return Assert.IsType<DeidentifyResult.Done>(deidentifier.Deidentify(file, deidentifier.Identities.Propose("subject"))).Instance.DataSet;
    }

    private static byte[] Bytes(string sopClass)
    {
        DataSet source = Make.Instance(sopClass);
        source.SetString(Tags.StudyDescription, "Thorax Planted Person");
        source.SetString(Tags.KVP, "120");
        source.SetString(Tags.FrameOfReferenceUID, "1.2.3.9");
        return Make.Bytes(source);
    }

    private static byte[]? Result(Deidentifier deidentifier, byte[] bytes)
    {
        using DicomFile file = DicomFile.Read(new MemorySource(bytes));
        return deidentifier.Deidentify(file, deidentifier.Identities.Propose("subject")) is DeidentifyResult.Done done ? done.Instance.Segments.ToArray() : null;
    }
}
