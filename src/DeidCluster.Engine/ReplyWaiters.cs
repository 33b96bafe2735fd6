using System.Collections.Concurrent;

namespace DeidCluster.Engine;

/// <summary>Callers on this node that wait for the committed reply to their mail.</summary>
internal sealed class ReplyWaiters
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<MessageBody>> waiters = new();

    public Task<MessageBody> Expect(Guid mailId) =>
        waiters.GetOrAdd(mailId, static _ => new TaskCompletionSource<MessageBody>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Forget(Guid mailId) => waiters.TryRemove(mailId, out _);

    public void Deliver(Guid mailId, MessageBody reply)
    {
        if (waiters.TryGetValue(mailId, out TaskCompletionSource<MessageBody>? waiter))
        {
            waiter.TrySetResult(reply);
        }
    }
}
