using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace DeidCluster.Dicom;

/// <summary>
/// Sends files by C-STORE over one or several associations (PS3.4 B). A file leaves as it lies on the disk where the peer takes its transfer
/// syntax; an uncompressed one is otherwise encoded anew in one that the peer takes, while it is sent. Several associations win where each
/// answer is waited for, as with peers that delay small packets; so do several operations on one, where the peer grants them (<see cref="AssociationOptions.OperationsMax"/>).
/// </summary>
/// <param name="peer">The peer; its presentation contexts are chosen by what is sent.</param>
/// <param name="associations">How many associations work at the same time.</param>
public sealed class FileSender(AssociationOptions peer, int associations)
{
    /// <summary>Files whose headers are read, and that share the contexts of one association. Files.</summary>
    private const int BatchFilesMax = 512;

    private static readonly TransferSyntax[] Uncompressed = [TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian];

    /// <summary>Why the peer could not be connected to; nobody tries again then.</summary>
    private volatile string? unreachable;

    /// <summary>Sends <paramref name="paths"/> and tells of each how it ended, as it ends. One file's failure does not stop the others; a peer that cannot be reached fails them all.</summary>
    public async IAsyncEnumerable<SentFile> SendAsync(IReadOnlyList<string> paths, [EnumeratorCancellation] CancellationToken ct)
    {
        int shares = Math.Clamp(paths.Count, 1, associations);
        Channel<SentFile> ended = Channel.CreateBounded<SentFile>(BatchFilesMax);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task sending = SendSharesAsync(paths, shares, ended.Writer, stop.Token);
        try
        {
            await foreach (SentFile file in ended.Reader.ReadAllAsync(ct).ConfigureAwait(false))
            {
                yield return file;
            }

            await sending.ConfigureAwait(false);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SendSharesAsync(IReadOnlyList<string> paths, int shares, ChannelWriter<SentFile> ended, CancellationToken ct)
    {
        try
        {
            await Task.WhenAll(Enumerable.Range(0, shares).Select(share =>
                Task.Run(() => SendShareAsync([.. paths.Where((_, at) => at % shares == share)], ended, ct), ct))).ConfigureAwait(false);
        }
        finally
        {
            ended.Complete();
        }
    }

    private async Task SendShareAsync(string[] paths, ChannelWriter<SentFile> ended, CancellationToken ct)
    {
        ScuAssociation? association = null;
        try
        {
            foreach (string[] chunk in paths.Chunk(BatchFilesMax))
            {
                foreach (ContextBatch<Planned> batch in ContextBatches.Cut(await ReadAsync(chunk, ended, ct).ConfigureAwait(false), Pairs))
                {
                    association = await ReleaseUnlessCoveredAsync(association, batch.Contexts, ct).ConfigureAwait(false);
                    association = await SendBatchAsync(association, batch, ended, ct).ConfigureAwait(false);
                }
            }

            await (association?.ReleaseAsync(ct) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        finally
        {
            await (association?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
        }
    }

    /// <summary>The association if it was agreed for everything in <paramref name="contexts"/>; else null, and it was released.</summary>
    private static async Task<ScuAssociation?> ReleaseUnlessCoveredAsync(ScuAssociation? association, IReadOnlyList<ProposedContext> contexts, CancellationToken ct)
    {
        if (association is null || contexts.All(context => association.FindContext(context.AbstractSyntax, context.TransferSyntaxes[0]) is not null))
        {
            return association;
        }

        await association.ReleaseAsync(ct).ConfigureAwait(false);
        return null;
    }

    /// <summary>
    /// Sends files over an association, a new one where there is none, as many at a time as the peer granted operations; the association to go on with. After
    /// one was lost with what was outstanding on it, the next file tries once more.
    /// </summary>
    private async Task<ScuAssociation?> SendBatchAsync(ScuAssociation? association, ContextBatch<Planned> batch, ChannelWriter<SentFile> ended, CancellationToken ct)
    {
        List<Task<SentFile>> sending = [];
        try
        {
            foreach (Planned file in batch.Instances)
            {
                await EndAsync(sending, association is { IsUsable: true } ? association.OperationsMax - 1 : 0, ended, ct).ConfigureAwait(false);
                if (association is not { IsUsable: true })
                {
                    await EndAsync(sending, leave: 0, ended, ct).ConfigureAwait(false);
                    await (association?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
                    association = await ConnectAsync(batch.Contexts, ct).ConfigureAwait(false);
                }

                if (association is null)
                {
                    await ended.WriteAsync(new SentFile(file.Path, SendOutcome.Failed, Problem: unreachable), ct).ConfigureAwait(false);
                    continue;
                }

                sending.Add(SendAsync(association, file, ct));
            }

            await EndAsync(sending, leave: 0, ended, ct).ConfigureAwait(false);
            return association;
        }
        catch
        {
            await (association?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            await ((Task)Task.WhenAll(sending)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    /// <summary>Waits until no more than <paramref name="leave"/> of <paramref name="sending"/> are outstanding, and tells how the others ended.</summary>
    private static async Task EndAsync(List<Task<SentFile>> sending, int leave, ChannelWriter<SentFile> ended, CancellationToken ct)
    {
        while (sending.Count > leave)
        {
            Task<SentFile> first = await Task.WhenAny(sending).ConfigureAwait(false);
            sending.Remove(first);
            await ended.WriteAsync(await first.ConfigureAwait(false), ct).ConfigureAwait(false);
        }
    }

    /// <summary>A new association; null when the peer cannot be reached.</summary>
    private async Task<ScuAssociation?> ConnectAsync(IReadOnlyList<ProposedContext> contexts, CancellationToken ct)
    {
        if (unreachable is not null)
        {
            return null;
        }

        try
        {
            return await ScuAssociation.ConnectAsync(peer with { PresentationContexts = contexts }, ct).ConfigureAwait(false);
        }
        catch (DicomNetworkException fault)
        {
            unreachable = fault.Message;
            return null;
        }
    }

    private static async Task<SentFile> SendAsync(ScuAssociation association, Planned planned, CancellationToken ct)
    {
        try
        {
            if (association.FindContext(planned.SopClassUid, planned.TransferSyntax) is not null)
            {
                using FileSource source = new(planned.Path);
                using SegmentList asItLies = SegmentList.Of(source, planned.DataSetOffset, source.Length - planned.DataSetOffset);
                return Ended(planned, planned.TransferSyntax, await StoreAsync(association, planned, planned.TransferSyntax, asItLies, ct).ConfigureAwait(false));
            }

            using DicomFile file = DicomFile.Open(planned.Path);
            TransferSyntax? other = Uncompressed.FirstOrDefault(syntax =>
                association.FindContext(planned.SopClassUid, syntax) is not null && Transcoder.Obstacle(file, syntax) is null);
            if (other is null)
            {
                return new SentFile(planned.Path, SendOutcome.NotAccepted, Problem: $"the peer takes {planned.SopClassUid} neither in {planned.TransferSyntax.Name} nor in an encoding that it could be given");
            }

            using SegmentList transcoded = Transcoder.Segments(file, other);
            return Ended(planned, other, await StoreAsync(association, planned, other, transcoded, ct).ConfigureAwait(false));
        }
        catch (DicomNetworkException fault)
        {
            // Whoever sends next must see that it is lost.
            await association.AbortAsync().ConfigureAwait(false);
            return new SentFile(planned.Path, SendOutcome.Failed, Problem: fault.Message);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or DicomFormatException)
        {
            return Unreadable(planned.Path, fault);
        }
    }

    private static Task<DimseStatus> StoreAsync(ScuAssociation association, Planned file, TransferSyntax syntax, SegmentList dataSet, CancellationToken ct) =>
        association.StoreAsync(file.SopClassUid, file.SopInstanceUid, syntax, dataSet, ct);

    private static SentFile Ended(Planned file, TransferSyntax syntax, DimseStatus status) => status.Class is DimseStatusClass.Success or DimseStatusClass.Warning
        ? new SentFile(file.Path, SendOutcome.Sent, status, syntax)
        : new SentFile(file.Path, SendOutcome.Refused, status, Problem: $"the peer answered {status}");

    private static SentFile Unreadable(string path, Exception fault) => new(path, SendOutcome.Unreadable, Problem: fault switch
    {
        DicomFormatException malformed => malformed.Message,
        UnauthorizedAccessException => "the file may not be read",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        _ => "the file could not be read",
    });

    private static async Task<List<Planned>> ReadAsync(string[] paths, ChannelWriter<SentFile> ended, CancellationToken ct)
    {
        List<Planned> planned = [];
        foreach (string path in paths)
        {
            try
            {
                planned.Add(Planned.Read(path));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or DicomFormatException)
            {
                await ended.WriteAsync(Unreadable(path, fault), ct).ConfigureAwait(false);
            }
        }

        return planned;
    }

    private static IEnumerable<(string SopClassUid, TransferSyntax Syntax)> Pairs(Planned file)
    {
        yield return (file.SopClassUid, file.TransferSyntax);
        foreach (TransferSyntax other in file.TransferSyntax.IsEncapsulated ? [] : Uncompressed)
        {
            yield return (file.SopClassUid, other);
        }
    }

    /// <summary>What must be known of a file before an association is asked for.</summary>
    private sealed record Planned(string Path, string SopClassUid, string SopInstanceUid, TransferSyntax TransferSyntax, long DataSetOffset)
    {
        public static Planned Read(string path)
        {
            using DicomFile file = DicomFile.Open(path);
            return new Planned(
                path,
                file.DataSet.GetString(Tags.SOPClassUID) ?? throw new DicomFormatException("no SOP Class UID", file.DataSetOffset),
                file.DataSet.GetString(Tags.SOPInstanceUID) ?? throw new DicomFormatException("no SOP Instance UID", file.DataSetOffset),
                file.TransferSyntax,
                file.OriginalDataSetOffset);
        }
    }
}
