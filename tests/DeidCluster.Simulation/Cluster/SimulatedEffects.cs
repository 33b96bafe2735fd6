using DeidCluster.Deid;
using DeidCluster.Engine;
using DeidCluster.Pipeline;
using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>
/// The handlers of one process. "locate" is the product's own; the others do to simulated files what the product's do to real ones, through the
/// product's edge, ledger, retrieval plan and ports, in the same order of steps.
/// </summary>
internal static class SimulatedEffects
{
    public static IReadOnlyList<IEffectHandler> Of(World world, NodeProcess process)
    {
        EffectEdge edge = new(process.Link, process.Time);
        Configured<IArchive> archives = new("archive", world.Archives.Select(archive => new ArchiveLink(world, archive, process)), archive => archive.Name);
        return
        [
            new LocateHandler(archives, world.PipelineProjects, edge),
            new Fetch(world, process, archives, edge),
            new Anonymize(world, process, edge),
            new Verify(world, process, edge),
            new Deliver(world, process, edge),
        ];
    }

    /// <summary>A result's new UID under an identity; the same wherever and whenever it is computed.</summary>
    public static string NewUid(IdentityRow identity, string uid) => Hash.Of(identity.Project, identity.Pseudonym, identity.ShiftDays.ToString(), uid);

    private static InstanceRow Hold(InstanceRow row, string reason) => row with { State = InstanceState.Held, Reason = reason };

    private sealed class Fetch(World world, NodeProcess process, Configured<IArchive> archives, EffectEdge edge) : IEffectHandler
    {
        private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

        public string Kind => "fetch";

        public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
        {
            FetchEffect effect = (FetchEffect)request.Parameters;
            return effect.PermitToken == context.Id.Token
                ? edge.RunAsync(effect.StudyId, context, ledger => FetchAsync(effect, ledger, cancellation), cancellation)
                : Task.FromResult<ICommand>(new ReportPermitLost());
        }

        private async Task<ICommand> FetchAsync(FetchEffect effect, Ledger ledger, CancellationToken cancellation)
        {
            IArchive archive = archives[effect.Archive];
            await LookAsync(ledger, cancellation);
            await using IRetrieving retrieving = archive.BeginRetrieving([]);
            foreach (Retrieval retrieval in RetrievalPlan.For(ledger.Rows, effect.Request.SeriesUids.Count > 0))
            {
                await ledger.WaitForLeaseAsync(cancellation);
                await RetrieveAsync(retrieving, retrieval, ledger, cancellation);
            }

            int missing = ledger.Counts.Located;
            return missing == 0
                ? new ReportFetched(ledger.Take(), ledger.Counts, ledger.RawBytes)
                : throw new EffectFailedException(FailureKind.Transient, $"{missing} instances did not arrive");
        }

        private async Task RetrieveAsync(IRetrieving retrieving, Retrieval retrieval, Ledger ledger, CancellationToken cancellation)
        {
            using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            Task<RetrievalAnswer> running = retrieving.RetrieveAsync(retrieval, stop.Token);
            try
            {
                // A cancelled delay would leave the scheduler through Task.WhenAny; a retrieval that is cancelled ends by itself.
                while (await Task.WhenAny(running, Task.Delay(LookInterval, process.Time, CancellationToken.None)) != running)
                {
                    await LookAsync(ledger, cancellation);
                }

                await running;
            }
            finally
            {
                stop.Cancel();
                await Task.WhenAny(running);
                await LookAsync(ledger, cancellation);
            }
        }

        /// <summary>Staging tells what came, whichever node received it and whatever the archive says.</summary>
        private async Task LookAsync(Ledger ledger, CancellationToken cancellation)
        {
            foreach (InstanceRow row in ledger.Rows.Where(row => row.State == InstanceState.Located))
            {
                IReadOnlyCollection<string> digests = world.Staging.Digests(row.Archive, row.IdStudyUid, row.IdSopInstanceUid);
                if (digests.Count > 0)
                {
                    await ledger.PutAsync(
                        digests.Count > 1
                            ? Hold(row, "ConflictingInstance")
                            : row with { State = InstanceState.Fetched, RawBytes = 1, RawDigest = digests.First() },
                        cancellation);
                }
            }
        }
    }

    private sealed class Anonymize(World world, NodeProcess process, EffectEdge edge) : IEffectHandler
    {
        public string Kind => "anonymize";

        public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
        {
            AnonymizeEffect effect = (AnonymizeEffect)request.Parameters;
            return edge.RunAsync(effect.StudyId, context, ledger => AnonymizeAsync(effect, ledger, cancellation), cancellation);
        }

        private async Task<ICommand> AnonymizeAsync(AnonymizeEffect effect, Ledger ledger, CancellationToken cancellation)
        {
            InstanceRow[] present = [.. ledger.Rows.Where(row => row.State is InstanceState.Fetched or InstanceState.Anonymized)];
            LinkageRow? linkage = null;
            if (present.Length > 0)
            {
                // Each attempt proposes another identity: only the first that was written may ever be used.
                string subject = Hash.Of(world.PatientOf(present[0].IdStudyUid));
                IdentityRow identity = await process.Link.FixIdentityAsync(
                    new IdentityRow(effect.Request.Project, subject, "k1", $"P-{world.NextNumber()}", world.Draw(-3650, 0)), cancellation);
                foreach (InstanceRow row in present.Where(row => row.State == InstanceState.Fetched))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(world.Draw(1, 300)), process.Time, cancellation);
                    await ledger.PutAsync(
                        row with
                        {
                            State = InstanceState.Anonymized,
                            NewSopInstanceUid = NewUid(identity, row.IdSopInstanceUid),
                            NewSeriesUid = NewUid(identity, row.IdSeriesUid),
                            NewStudyUid = NewUid(identity, row.IdStudyUid),
                            OutBytes = 1,
                            OutDigest = NewUid(identity, row.RawDigest!),
                        },
                        cancellation);
                }

                linkage = new LinkageRow(
                    effect.StudyId, effect.Request.Project, null, effect.Request.Mrn, effect.Request.AccessionNumber, effect.Request.StudyUid, null,
                    identity.Pseudonym, [], process.Time.GetUtcNow());
            }

            return new ReportAnonymized(ledger.Take(), ledger.Counts, ledger.OutBytes, linkage);
        }
    }

    private sealed class Verify(World world, NodeProcess process, EffectEdge edge) : IEffectHandler
    {
        private const int FindingOneIn = 300;

        public string Kind => "verify";

        public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
        {
            VerifyEffect effect = (VerifyEffect)request.Parameters;
            return edge.RunAsync(effect.StudyId, context, ledger => VerifyAsync(ledger, cancellation), cancellation);
        }

        private async Task<ICommand> VerifyAsync(Ledger ledger, CancellationToken cancellation)
        {
            int findings = 0;
            foreach (InstanceRow row in ledger.Rows.Where(row => row.State == InstanceState.Anonymized))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(world.Draw(1, 100)), process.Time, cancellation);
                bool isFound = !world.IsHealed && world.Draw(0, FindingOneIn) == 0;
                findings += isFound ? 1 : 0;
                await ledger.PutAsync(isFound ? Hold(row, "a finding") : row with { State = InstanceState.Verified }, cancellation);
            }

            return new ReportVerified(ledger.Take(), ledger.Counts, findings);
        }
    }

    private sealed class Deliver(World world, NodeProcess process, EffectEdge edge) : IEffectHandler
    {
        public string Kind => "deliver";

        public Task<ICommand> RunAsync(EffectRequest request, EffectContext context, CancellationToken cancellation)
        {
            DeliverEffect effect = (DeliverEffect)request.Parameters;
            return edge.RunAsync(effect.StudyId, context, ledger => DeliverAsync(effect, ledger, cancellation), cancellation);
        }

        private async Task<ICommand> DeliverAsync(DeliverEffect effect, Ledger ledger, CancellationToken cancellation)
        {
            IReadOnlyList<SimulatedDestination> all = world.DestinationsOf(effect.Request.Project);
            foreach (SimulatedDestination destination in all)
            {
                await DeliverAsync(
                    effect.Request.Project, destination, destination == all[^1] ? InstanceState.Confirmed : InstanceState.Delivered, ledger, cancellation);
            }

            return new ReportDelivered(ledger.Take(), ledger.Counts, ledger.OutBytes);
        }

        private async Task DeliverAsync(string project, SimulatedDestination destination, InstanceState confirmed, Ledger ledger, CancellationToken cancellation)
        {
            Dictionary<string, InstanceRow> rowByUid = ledger.Rows
                .Where(row => row.State is InstanceState.Verified or InstanceState.Delivered)
                .ToDictionary(row => row.NewSopInstanceUid!);
            // The path names the source, for the checkers: no destination sees it.
            OutgoingInstance[] outgoing =
            [
                .. rowByUid.Values.Select(row => new OutgoingInstance(
                    $"{project} {row.IdStudyUid} {row.IdSopInstanceUid}", row.OutDigest!, row.OutBytes, row.SopClassUid ?? "", row.NewSopInstanceUid!, row.NewSeriesUid!, row.NewStudyUid!)),
            ];
            if (outgoing.Length == 0)
            {
                return;
            }

            await ledger.WaitForLeaseAsync(cancellation);
            await foreach (Confirmation confirmation in destination.For(process).DeliverAsync(outgoing, cancellation))
            {
                await ledger.WaitForLeaseAsync(cancellation);
                InstanceRow row = rowByUid[confirmation.Instance.SopInstanceUid];
                await ledger.PutAsync(confirmation.Refusal is null ? row with { State = confirmed } : Hold(row, confirmation.Refusal), cancellation);
            }
        }
    }
}
