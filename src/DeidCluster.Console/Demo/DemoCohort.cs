using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using DeidCluster.Simulator;
using DeidCluster.Studies;

namespace DeidCluster.Console.Demo;

/// <summary>The cohort of the demo: the cases that each show one thing, then as many ordinary studies as were asked for.</summary>
internal static class DemoCohort
{
    public const string Vna = "vna";
    public const string Pacs = "pacs";
    public const string ChestCt = "chest-ct";
    public const string NeuroMr = "neuro-mr";

    private const int FirstOrdinaryPatient = 20;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TimeMax = TimeSpan.FromHours(1);

    public static IReadOnlyList<DemoCase> Create(SampleStudies samples, int count)
    {
        List<DemoCase> cases = [.. Cases(samples)];
        cases.AddRange(samples.Mixed(Math.Max(0, count - cases.Count), FirstOrdinaryPatient).Select(Ordinary));
        return cases;
    }

    /// <summary>Submits the cohort and tells how it stands until every request has ended.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<DemoOutcome>> FollowAsync(
        NodeApi api, IReadOnlyList<DemoCase> cases, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(TimeMax);
        using PeriodicTimer timer = new(PollInterval);
        Dictionary<DemoCase, string> idByCase = await SubmitAsync(api, [.. cases.Where(demoCase => demoCase.Repeats is null)], deadline.Token);
        while (true)
        {
            IReadOnlyDictionary<string, JsonNode> studyById = await api.ListAsync(deadline.Token);
            List<DemoOutcome> state = [.. cases
                .Where(demoCase => idByCase.TryGetValue(demoCase, out string? id) && studyById.ContainsKey(id))
                .Select(demoCase => DemoOutcome.Read(demoCase, studyById[idByCase[demoCase]]))];
            yield return state;

            DemoCase[] now = [.. cases.Where(demoCase => !idByCase.ContainsKey(demoCase)
                && state.Exists(outcome => outcome.Case == demoCase.Repeats && outcome.Counts.Total > 0))];
            foreach ((DemoCase demoCase, string id) in await SubmitAsync(api, now, deadline.Token))
            {
                idByCase.Add(demoCase, id);
            }

            bool stuck = idByCase.Count < cases.Count && state.TrueForAll(outcome => outcome.HasEnded) && now.Length == 0;
            if (stuck || (state.Count == cases.Count && state.TrueForAll(outcome => outcome.HasEnded)))
            {
                yield break;
            }

            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private static async Task<Dictionary<DemoCase, string>> SubmitAsync(NodeApi api, IReadOnlyList<DemoCase> cases, CancellationToken cancellation)
    {
        IReadOnlyList<string> ids = cases.Count == 0 ? [] : await api.SubmitAsync(cases.Select(demoCase => demoCase.Request), cancellation);
        return cases.Zip(ids).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static IEnumerable<DemoCase> Cases(SampleStudies samples)
    {
        SampleStudy first = samples.Ct(0, 0);
        DemoCase firstCase = new() { Shows = "CT in the VNA", Samples = [first], Archives = [Vna], Request = ByUid(ChestCt, first) };
        yield return firstCase;

        SampleStudy later = samples.Dx(0, 1);
        yield return new DemoCase { Shows = "X-ray of the same patient", Samples = [later], Archives = [Vna], Request = ByUid(ChestCt, later) };

        SampleStudy pacsOnly = samples.Ct(1, 0);
        yield return new DemoCase { Shows = "CT only in the PACS", Samples = [pacsOnly], Archives = [Pacs], Request = ByUid(ChestCt, pacsOnly) };

        SampleStudy magnetic = samples.Mr(2, 0);
        yield return new DemoCase { Shows = "MR in both archives", Samples = [magnetic], Archives = [Vna, Pacs], Request = ByUid(NeuroMr, magnetic) };

        SampleStudy numbered = samples.Mr(2, 1);
        yield return new DemoCase { Shows = "MR by MRN + accession, PACS", Samples = [numbered], Archives = [Pacs], Request = ByNumbers(NeuroMr, numbered) };

        SampleStudy ultrasound = samples.Us(3, 0);
        yield return new DemoCase { Shows = "US with burned-in text", Samples = [ultrasound], Archives = [Vna], Request = ByUid(ChestCt, ultrasound) };

        SampleStudy unwanted = samples.Us(3, 1);
        yield return new DemoCase
        {
            Shows = "US for a project that takes MR", Samples = [unwanted], Archives = [Vna], Request = ByUid(NeuroMr, unwanted), Expected = StudyStatus.Rejected,
        };

        SampleStudy nowhere = samples.Ct(4, 0);
        yield return new DemoCase { Shows = "CT that no archive has", Samples = [nowhere], Request = ByUid(ChestCt, nowhere), Expected = StudyStatus.NotFound };

        SampleStudy partly = samples.Ct(5, 0);
        yield return new DemoCase
        {
            Shows = "CT partly in staging already", Samples = [partly], Archives = [Vna], PushedBefore = partly.Instances.Count / 2, Request = ByUid(ChestCt, partly),
        };

        SampleStudy left = samples.Ct(6, 0, "ACCSHARED77");
        SampleStudy right = samples.Dx(6, 1, "ACCSHARED77");
        yield return new DemoCase { Shows = "two studies, one accession", Samples = [left, right], Archives = [Vna], Request = ByNumbers(ChestCt, left) };

        yield return new DemoCase
        {
            Shows = "the first CT again, by numbers", Samples = [first], Archives = [Vna], Request = ByNumbers(ChestCt, first), Expected = StudyStatus.Duplicate,
            Repeats = firstCase,
        };
    }

    private static DemoCase Ordinary(SampleStudy sample, int index) => new()
    {
        Shows = sample.Modalities[0] + " of a cohort",
        Samples = [sample],
        Archives = [index % 3 == 2 ? Pacs : Vna],
        Request = ByUid(sample.Modalities.Contains("MR") ? NeuroMr : ChestCt, sample),
    };

    private static StudyRequest ByUid(string project, SampleStudy sample) =>
        new() { Project = project, StudyUid = sample.StudyInstanceUid, Mrn = sample.Patient.PatientId, AccessionNumber = sample.AccessionNumber };

    private static StudyRequest ByNumbers(string project, SampleStudy sample) =>
        new() { Project = project, Mrn = sample.Patient.PatientId, AccessionNumber = sample.AccessionNumber, StudyDate = sample.StudyDate };
}
