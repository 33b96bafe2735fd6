using System.Collections.Concurrent;

namespace DeidCluster.Dicom;

/// <summary>
/// Takes reports of storage commitment that archives send on associations of their own (PS3.4 J.3.3), and hands each to who waits for its
/// transaction. It is the handler of a <see cref="DicomListener"/> with <see cref="Listening"/>.
/// </summary>
public sealed class CommitmentReports : IScpHandler
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<CommitmentResult>> expected = new(StringComparer.Ordinal);

    /// <summary><paramref name="options"/> with what such a listener needs: archives may keep the provider's role on associations that they open.</summary>
    public static ListenerOptions Listening(ListenerOptions options) => options with { GrantsScpRole = sopClassUid => sopClassUid == Uids.StorageCommitmentPushModel || options.GrantsScpRole(sopClassUid) };

    /// <summary>Expects the report of <paramref name="transactionUid"/>, before it is asked for; the wait is the caller's.</summary>
    public Task<CommitmentResult> Expect(string transactionUid) =>
        expected.GetOrAdd(transactionUid, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Expects it no more.</summary>
    public void Forget(string transactionUid) => expected.TryRemove(transactionUid, out _);

    /// <inheritdoc/>
    public ValueTask<NormalizedAnswer> NormalizedAsync(NormalizedRequest request, CancellationToken ct)
    {
        if (request.Command != CommandField.NEventReportRq || request.SopClassUid != Uids.StorageCommitmentPushModel)
        {
            throw new DimseStatusException($"{request.Command}", DimseStatus.UnrecognizedOperation);
        }

        CommitmentResult result = CommitmentResult.Read(request.TypeId, request.DataSet);
        return expected.TryRemove(result.TransactionUid, out TaskCompletionSource<CommitmentResult>? waiting) && waiting.TrySetResult(result)
            ? ValueTask.FromResult(new NormalizedAnswer(DimseStatus.Success))
            : throw new DimseStatusException("N-EVENT-REPORT", DimseStatus.InvalidArgumentValue) { OffendingElements = [Tags.TransactionUID], ErrorComment = "nobody waits for this transaction" };
    }
}
