using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Benchmarks;

/// <summary>
/// The effects of a study without files and networks: each ends after <paramref name="lateness"/> with what the real one would report, so that what is measured
/// is the engine and its store.
/// </summary>
internal sealed class LateEffect(string kind, TimeSpan lateness) : IEffectHandler
{
    /// <summary>Instances of each study.</summary>
    public const int Instances = 4;

    public string Kind => kind;

    public static IReadOnlyList<IEffectHandler> All(TimeSpan lateness) =>
        [.. new[] { "locate", "fetch", "anonymize", "verify", "deliver" }.Select(kind => new LateEffect(kind, kind is "locate" or "fetch" ? lateness : TimeSpan.Zero))];

    public async Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
    {
        if (request.Parameters is LocateEffect located && located.PermitToken != context.Id.Token
            || request.Parameters is FetchEffect fetched && fetched.PermitToken != context.Id.Token)
        {
            return new ReportPermitLost();
        }

        if (lateness > TimeSpan.Zero)
        {
            await Task.Delay(lateness, cancellation);
        }

        return request.Parameters switch
        {
            LocateEffect e => new ReportLocated(e.Archive, Rows(e.StudyId, e.Request, InstanceState.Located), 1),
            FetchEffect e => new ReportFetched(Rows(e.StudyId, e.Request, InstanceState.Fetched), new InstanceCounts(Fetched: Instances), Instances),
            AnonymizeEffect e => new ReportAnonymized(Rows(e.StudyId, e.Request, InstanceState.Anonymized), new InstanceCounts(Anonymized: Instances), Instances, null),
            VerifyEffect e => new ReportVerified(Rows(e.StudyId, e.Request, InstanceState.Verified), new InstanceCounts(Verified: Instances), 0),
            DeliverEffect e => new ReportDelivered(Rows(e.StudyId, e.Request, InstanceState.Confirmed), new InstanceCounts(Confirmed: Instances), Instances),
            _ => throw new InvalidOperationException($"{request.Kind} is no effect of a study."),
        };
    }

    private static InstanceRow[] Rows(string studyId, StudyRequest request, InstanceState state) =>
    [
        .. Enumerable.Range(1, Instances).Select(number => new InstanceRow
        {
            StudyId = studyId, IdStudyUid = request.StudyUid!, IdSeriesUid = $"{request.StudyUid}.1", IdSopInstanceUid = $"{request.StudyUid}.1.{number}",
            Archive = ClusterHost.Archive, State = state, RawBytes = 1, RawDigest = state == InstanceState.Located ? null : new string('a', 64),
        }),
    ];
}
