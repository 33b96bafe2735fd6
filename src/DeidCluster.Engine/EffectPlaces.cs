namespace DeidCluster.Engine;

/// <summary>The places of one kind of effect on this node: <paramref name="placesMax"/> at once, first come, first served.</summary>
internal sealed class EffectPlaces(int placesMax)
{
    private readonly Lock gate = new();
    private readonly LinkedList<TaskCompletionSource> waiting = new();
    private int free = placesMax;

    /// <summary>Returns when a place is taken; the caller gives it back with <see cref="Leave"/>.</summary>
    public async Task EnterAsync(CancellationToken cancellation)
    {
        TaskCompletionSource turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            cancellation.ThrowIfCancellationRequested();
            if (free > 0)
            {
                free--;
                return;
            }

            waiting.AddLast(turn);
        }

        using (cancellation.Register(() => GiveUp(turn, cancellation)))
        {
            await turn.Task;
        }
    }

    /// <summary>Hands the place to who has waited longest.</summary>
    public void Leave()
    {
        lock (gate)
        {
            if (waiting.First is not { } first)
            {
                free++;
                return;
            }

            waiting.Remove(first);
            first.Value.SetResult();
        }
    }

    /// <summary>A place that was just handed over is kept: its holder leaves it.</summary>
    private void GiveUp(TaskCompletionSource turn, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (waiting.Remove(turn))
            {
                turn.SetCanceled(cancellation);
            }
        }
    }
}
