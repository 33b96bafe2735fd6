using System.CommandLine;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom get` and `deid dicom move`: have a peer send what it holds (C-GET, C-MOVE).</summary>
internal static class RetrieveVerbs
{
    /// <summary>`deid dicom get`.</summary>
    public static Command CreateGet()
    {
        PeerArguments peer = new();
        QueryArguments query = new();
        Option<string> folder = new("--out") { Description = "Where files go; made when it is missing.", Required = true };
        Command verb = new("get", "Fetch instances on the association that asks for them (C-GET), each file safe before its answer. Example: deid dicom get 127.0.0.1 4242 --called VNA -k StudyInstanceUID=1.2.3 --out study");
        peer.AddTo(verb);
        query.AddTo(verb);
        verb.Add(folder);
        verb.SetAction(async (parsed, ct) =>
        {
            QueryModel model = query.Model(parsed);
            DataSet identifier = query.Identifier(parsed);
            IReadOnlyCollection<string> sopClasses = await SopClassesAsync(peer.Options(parsed, ProposedContext.InMemory(model.Find)), model, identifier, ct);
            using StorageFolder storage = StorageFolder.Open(parsed.GetValue(folder)!, new GroupSync(new LinuxFiles()));
            await using ScuAssociation association = await ScuAssociation.ConnectAsync(peer.Options(parsed, [.. GetContexts.For(model.Get, sopClasses)]), ct);
            RetrieveOutcome outcome = await association.GetAsync(model.Get, identifier, storage.StoreAsync, progress: null, ct);
            await association.ReleaseAsync(ct);
            parsed.InvocationConfiguration.Output.WriteLine($"{storage.Stored} stored, {storage.Bytes} bytes, {storage.Refused} refused");
            return Tell(parsed.InvocationConfiguration.Output, outcome, DimseService.Get);
        });
        return verb;
    }

    /// <summary>`deid dicom move`.</summary>
    public static Command CreateMove()
    {
        PeerArguments peer = new();
        QueryArguments query = new();
        Option<string> destination = new("--to") { Description = "The AE title that the peer sends to, which it must know.", Required = true };
        Command verb = new("move", "Have a peer send instances to a destination that it knows (C-MOVE). Example: deid dicom move 127.0.0.1 4242 --called VNA --to DEID -k StudyInstanceUID=1.2.3");
        peer.AddTo(verb);
        query.AddTo(verb);
        verb.Add(destination);
        verb.SetAction(async (parsed, ct) =>
        {
            string title = parsed.GetValue(destination)!;
            if (!AeTitle.IsValid(title))
            {
                throw new UsageException("--to takes an AE title: 1 to 16 printable ASCII characters.");
            }

            string sopClass = query.Model(parsed).Move;
            await using ScuAssociation association = await ScuAssociation.ConnectAsync(peer.Options(parsed, ProposedContext.InMemory(sopClass)), ct);
            RetrieveOutcome outcome = await association.MoveAsync(sopClass, query.Identifier(parsed), title, progress: null, ct);
            await association.ReleaseAsync(ct);
            return Tell(parsed.InvocationConfiguration.Output, outcome, DimseService.Move);
        });
        return verb;
    }

    /// <summary>What is to come; nothing when the peer answers no query, and the frequent classes are proposed then.</summary>
    private static async Task<IReadOnlyCollection<string>> SopClassesAsync(AssociationOptions peer, QueryModel model, DataSet identifier, CancellationToken ct)
    {
        await using ScuAssociation association = await ScuAssociation.ConnectAsync(peer, ct);
        IReadOnlyCollection<string> found = association.FindContext(model.Find) is null ? [] : await GetContexts.SopClassesAsync(association, model, identifier, ct);
        await association.ReleaseAsync(ct);
        return found;
    }

    private static int Tell(TextWriter output, RetrieveOutcome outcome, DimseService service)
    {
        SubOperations counts = outcome.SubOperations;
        output.WriteLine($"{outcome.Status}: {outcome.Status.Describe(service) ?? "not a status of the standard"}");
        output.WriteLine($"{counts.Completed} completed, {counts.Warning} with a warning, {counts.Failed} failed{(counts.Remaining > 0 ? $", {counts.Remaining} remaining" : "")}");
        foreach (string failed in outcome.FailedSopInstanceUids)
        {
            output.WriteLine($"failed: {failed}");
        }

        return outcome.IsComplete ? ExitCode.Done : ExitCode.Partly;
    }
}
