namespace DeidCluster.Dicom;

/// <content>Operations with one response, several of which may be outstanding (PS3.7 D.3.3.3). Their responses may come in any order.</content>
public sealed partial class ScuAssociation
{
    /// <summary>
    /// Runs one operation: <paramref name="request"/> sends it under its message id, and the <paramref name="expected"/> response is what
    /// comes of it; a data set with it is dropped. Whatever ends it early leaves the association in a state that nobody can use.
    /// </summary>
    private async Task<CommandSet> OperateAsync(CommandField expected, Func<ushort, ValueTask> request, CancellationToken ct)
    {
        Outstanding mine = new();
        ushort id;
        lock (gate)
        {
            id = NextId(OperationsMax);
            outstanding.Add(id, mine);
        }

        try
        {
            await request(id).ConfigureAwait(false);
            CommandSet response = await AwaitAsync(id, mine, ct).ConfigureAwait(false);
            if (response.CommandField != expected || response.Status is null)
            {
                throw await association.BrokenAsync(AbortReason.NotSpecified, $"answered {response} instead of {expected} {id}").ConfigureAwait(false);
            }

            return response;
        }
        catch (Exception fault)
        {
            await FailAsync(fault).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The response to <paramref name="id"/>. Of those who wait, one reads, hands out what is for others, and passes the reading on when it has its own.</summary>
    private async Task<CommandSet> AwaitAsync(ushort id, Outstanding mine, CancellationToken ct)
    {
        long started = options.Clock.GetTimestamp();
        bool isReader;
        lock (gate)
        {
            isReader = !isReading && !mine.Handed.Task.IsCompleted;
            isReading |= isReader;
            mine.IsWaiting = true;
        }

        // Who does not read gets his response, or null, which makes him the reader.
        if (!isReader && await HandedAsync(mine, id, ct).ConfigureAwait(false) is CommandSet handed)
        {
            return handed;
        }

        while (true)
        {
            TimeSpan left = options.ResponseTimeout - options.Clock.GetElapsedTime(started);
            DimseMessage message = await ReceiveAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, ct).ConfigureAwait(false);
            await message.DataSet.DrainAsync(ct).ConfigureAwait(false);
            if (await TakeAsync(message.Command, id).ConfigureAwait(false))
            {
                return message.Command;
            }
        }
    }

    private async Task<CommandSet?> HandedAsync(Outstanding mine, ushort id, CancellationToken ct)
    {
        try
        {
            return await mine.Handed.Task.WaitAsync(options.ResponseTimeout, options.Clock, ct).ConfigureAwait(false);
        }
        catch (TimeoutException fault)
        {
            throw new DicomNetworkException(NetworkFault.Timeout, $"{association.Peer} did not answer message {id} in time", fault);
        }
    }

    /// <summary>Ends the operation that <paramref name="response"/> belongs to; true when that is <paramref name="mine"/>, and someone else reads then.</summary>
    private async ValueTask<bool> TakeAsync(CommandSet response, ushort mine)
    {
        Outstanding? owner;
        lock (gate)
        {
            if (response.MessageIdBeingRespondedTo is ushort id && outstanding.Remove(id, out owner))
            {
                if (id == mine)
                {
                    Outstanding? next = outstanding.Values.FirstOrDefault(other => other.IsWaiting);
                    isReading = next is not null;
                    next?.Handed.TrySetResult(null);
                }
                else
                {
                    owner.Handed.TrySetResult(response);
                }

                return id == mine;
            }
        }

        throw await association.BrokenAsync(AbortReason.NotSpecified, $"answered {response}, which nobody asked for").ConfigureAwait(false);
    }

    /// <summary>Aborts the association and fails what else is outstanding on it.</summary>
    private async Task FailAsync(Exception fault)
    {
        DicomNetworkException over = fault as DicomNetworkException
            ?? new DicomNetworkException(NetworkFault.Closed, $"the association with {association.Peer} was aborted because another operation on it ended early", fault);
        await AbortAsync().ConfigureAwait(false);
        lock (gate)
        {
            foreach (Outstanding other in outstanding.Values)
            {
                other.Handed.TrySetException(over);
                _ = other.Handed.Task.Exception; // it may be sending still, and fail by itself
            }

            outstanding.Clear();
        }
    }

    /// <summary>An operation whose response has not come.</summary>
    private sealed class Outstanding
    {
        /// <summary>Its response, read by someone else; null makes it the reader.</summary>
        public TaskCompletionSource<CommandSet?> Handed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>True once its request was sent.</summary>
        public bool IsWaiting { get; set; }
    }
}
