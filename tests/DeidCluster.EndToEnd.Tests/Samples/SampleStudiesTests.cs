using DeidCluster.Dicom;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.EndToEnd.Tests;

public sealed class SampleStudiesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("deid-samples-").FullName;

    private static readonly string[] AllKinds = ["Ct", "Mr", "Dx", "Us"];

    public static TheoryData<string> Kinds => [.. AllKinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Study_MadeTwice_IsTheSameBytes(string kind)
    {
        byte[][] first = [.. Create(kind, 1).Instances.Select(instance => instance.ToFile().ToArray())];
        byte[][] second = [.. Create(kind, 1).Instances.Select(instance => instance.ToFile().ToArray())];
        Assert.Equal(first, second);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Study_OfAnotherSeed_SharesNoUid(string kind) => Assert.Empty(
        Create(kind, 1).Instances.Select(instance => instance.SopInstanceUid).Intersect(Create(kind, 2).Instances.Select(instance => instance.SopInstanceUid)));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Study_Written_HoldsWhatItSaysItPlants(string kind)
    {
        SampleStudy study = Create(kind, 1);
        IReadOnlyList<string> files = await study.WriteToAsync(folder, CancellationToken.None);
        Assert.All(study.PlantedIdentifiers, identifier => Assert.True(identifier.Length >= SampleStudy.TokenLengthMin));
        Console.Demo.LeakSearch search = new(study.PlantedIdentifiers);
        foreach (string file in files)
        {
            Assert.True(await search.CountAsync(file, CancellationToken.None) > study.PlantedIdentifiers.Count / 2, "most of it stands in each file");
            using DicomFile read = DicomFile.Open(file);
            Assert.Equal(study.StudyInstanceUid, read.DataSet.GetString(Tags.StudyInstanceUID));
            Assert.Equal(study.Patient.Name, read.DataSet.GetString(Tags.PatientName));
        }
    }

    [PeerFact("dciodvfy")]
    public async Task Study_OfEachKind_HasNoErrorsForDciodvfy()
    {
        foreach (string kind in AllKinds)
        {
            foreach (string file in await Create(kind, 1).WriteToAsync(folder, CancellationToken.None))
            {
                (_, string output) = await PeerProcess.RunAsync("dciodvfy", [file], TimeSpan.FromSeconds(30));
                Assert.Equal("", string.Join('\n', output.Split('\n').Where(line => line.StartsWith("Error -", StringComparison.Ordinal))));
            }
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static SampleStudy Create(string kind, int seed)
    {
        SampleStudies samples = new(new SampleOptions { Seed = seed, ImagesPerSeries = 3 });
        return kind switch
        {
            "Ct" => samples.Ct(2, 0),
            "Mr" => samples.Mr(4, 0),
            "Dx" => samples.Dx(6, 0),
            _ => samples.Us(0, 0),
        };
    }
}
