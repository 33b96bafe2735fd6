namespace DeidCluster.Dicom;

/// <summary>How many associations an <see cref="AssociationPool"/> keeps, and for how long.</summary>
public sealed record PoolLimits
{
    /// <summary>Associations with one peer, in use and idle together.</summary>
    public int AssociationsPerPeerMax { get; init; } = 4;

    /// <summary>How long an association may lie idle before it is released. Archives count idle ones too, so this is short.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often an association is used before it is released.</summary>
    public int UsesMax { get; init; } = 1000;

    /// <summary>How old an association may be when it is used again.</summary>
    public TimeSpan AgeMax { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>
/// Associations that are used again instead of being negotiated for each operation. An association is used again for options that
/// are the same in all that was negotiated; one that the peer closed, aborted or wants to release meanwhile is found out before it is handed
/// out, and dropped. Who waits because the peer has its limit is served in the order of arrival.
/// </summary>
public sealed class AssociationPool : IAsyncDisposable
{
    private readonly PoolLimits limits;
    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private readonly Dictionary<string, Peer> peers = new(StringComparer.Ordinal);
    private readonly ITimer sweeping;
    private Task swept = Task.CompletedTask;
    private bool isDisposed;

    /// <summary>An empty pool; <paramref name="clock"/> is the system's unless a test says otherwise.</summary>
    public AssociationPool(PoolLimits limits, TimeProvider? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.AssociationsPerPeerMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.UsesMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limits.IdleTimeout, TimeSpan.Zero);
        this.limits = limits;
        this.clock = clock ?? TimeProvider.System;
        sweeping = this.clock.CreateTimer(static pool => ((AssociationPool)pool!).Sweep(), this, limits.IdleTimeout, limits.IdleTimeout / 2);
    }

    /// <summary>Associations that were negotiated so far.</summary>
    public long Negotiated { get; private set; }

    /// <summary>
    /// An association for <paramref name="options"/>, an idle one or a new one, for the caller alone until it is disposed. Waits while the peer has
    /// its limit. What connecting throws is what <see cref="ScuAssociation.ConnectAsync"/> throws.
    /// </summary>
    public async Task<PooledAssociation> RentAsync(AssociationOptions options, CancellationToken ct)
    {
        Peer peer = PeerOf(options);
        await peer.Places.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            PooledEntry? rented = null;
            List<PooledEntry> dropped = [];
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(isDisposed, this);
                while (rented is null && peer.Idle.FindLastIndex(idle => IsSame(idle.Options, options)) is int at and >= 0)
                {
                    PooledEntry idle = peer.Idle[at];
                    peer.Idle.RemoveAt(at);
                    if (IsFit(idle))
                    {
                        rented = idle;
                        peer.Rented.Add(idle);
                    }
                    else
                    {
                        dropped.Add(idle);
                    }
                }

                // Idle ones of other terms give way, the oldest first, when there is no room beside them.
                while (rented is null && peer.Idle.Count > 0 && peer.Idle.Count + peer.Rented.Count >= limits.AssociationsPerPeerMax)
                {
                    dropped.Add(peer.Idle[0]);
                    peer.Idle.RemoveAt(0);
                }
            }

            await Task.WhenAll(dropped.Select(CloseAsync)).ConfigureAwait(false);
            return new PooledAssociation(this, rented ?? await ConnectAsync(peer, options, ct).ConfigureAwait(false));
        }
        catch
        {
            peer.Places.Release();
            throw;
        }
    }

    /// <summary>Releases what is idle and aborts what is in use.</summary>
    public async ValueTask DisposeAsync()
    {
        List<PooledEntry> idle;
        List<PooledEntry> rented;
        lock (gate)
        {
            isDisposed = true;
            idle = [.. peers.Values.SelectMany(peer => peer.Idle)];
            rented = [.. peers.Values.SelectMany(peer => peer.Rented)];
            foreach (Peer peer in peers.Values)
            {
                peer.Idle.Clear();
            }
        }

        await sweeping.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll([swept, .. idle.Select(CloseAsync), .. rented.Select(association => association.Association.AbortAsync())]).ConfigureAwait(false);
    }

    /// <summary>Takes back what was rented: keeps it, or ends it.</summary>
    internal async ValueTask ReturnAsync(PooledEntry association)
    {
        bool isKept;
        lock (gate)
        {
            association.Uses++;
            association.Peer.Rented.Remove(association);
            isKept = !isDisposed && IsFit(association);
            if (isKept)
            {
                association.IdleSince = clock.GetTimestamp();
                association.Peer.Idle.Add(association);
            }
        }

        try
        {
            if (!isKept)
            {
                await CloseAsync(association).ConfigureAwait(false);
            }
        }
        finally
        {
            association.Peer.Places.Release();
        }
    }

    private async Task<PooledEntry> ConnectAsync(Peer peer, AssociationOptions options, CancellationToken ct)
    {
        ScuAssociation association = await ScuAssociation.ConnectAsync(options, ct).ConfigureAwait(false);
        PooledEntry rented = new(peer, options, association, clock.GetTimestamp());
        lock (gate)
        {
            Negotiated++;
            peer.Rented.Add(rented);
            if (!isDisposed)
            {
                return rented;
            }
        }

        await association.DisposeAsync().ConfigureAwait(false);
        throw new ObjectDisposedException(nameof(AssociationPool));
    }

    private bool IsFit(PooledEntry association) =>
        association.Association.IsQuiet && association.Uses < limits.UsesMax && clock.GetElapsedTime(association.Opened) < limits.AgeMax;

    /// <summary>Ends what has been idle for too long, or was ended by its peer.</summary>
    private void Sweep()
    {
        List<PooledEntry> expired = [];
        lock (gate)
        {
            foreach (Peer peer in peers.Values)
            {
                expired.AddRange(peer.Idle.Where(idle => clock.GetElapsedTime(idle.IdleSince) >= limits.IdleTimeout || !IsFit(idle)));
                peer.Idle.RemoveAll(expired.Contains);
            }

            swept = Task.WhenAll([swept, .. expired.Select(CloseAsync)]);
        }
    }

    private static async Task CloseAsync(PooledEntry association)
    {
        if (association.Association.IsQuiet)
        {
            await association.Association.ReleaseAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await association.Association.DisposeAsync().ConfigureAwait(false);
    }

    private Peer PeerOf(AssociationOptions options)
    {
        string key = $"{options.Host}\n{options.Port}\n{options.CalledAeTitle}";
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            return peers.TryGetValue(key, out Peer? peer) ? peer : peers[key] = new Peer(limits.AssociationsPerPeerMax);
        }
    }

    /// <summary>True when the same is negotiated for both; TLS, an identity and extended negotiations are the same only when they are one object.</summary>
    private static bool IsSame(AssociationOptions one, AssociationOptions other) =>
        one.CallingAeTitle == other.CallingAeTitle && one.PduBytesMax == other.PduBytesMax && one.OperationsMax == other.OperationsMax
        && one.ResponseTimeout == other.ResponseTimeout && one.CancelTimeout == other.CancelTimeout
        && ReferenceEquals(one.Tls, other.Tls) && ReferenceEquals(one.UserIdentity, other.UserIdentity)
        && (ReferenceEquals(one.ExtendedNegotiations, other.ExtendedNegotiations) || one.ExtendedNegotiations.Count + other.ExtendedNegotiations.Count == 0)
        && one.PresentationContexts.Count == other.PresentationContexts.Count
        && one.PresentationContexts.Zip(other.PresentationContexts).All(pair => pair.First.AbstractSyntax == pair.Second.AbstractSyntax
            && pair.First.Roles == pair.Second.Roles && pair.First.TransferSyntaxes.SequenceEqual(pair.Second.TransferSyntaxes));

    /// <summary>The associations with one peer.</summary>
    internal sealed class Peer(int associationsMax)
    {
        /// <summary>One place for each association in use; who waits is served in order.</summary>
        public SemaphoreSlim Places { get; } = new(associationsMax);

        public List<PooledEntry> Idle { get; } = [];

        public HashSet<PooledEntry> Rented { get; } = [];
    }
}

/// <summary>An association in a pool, idle or in use.</summary>
internal sealed class PooledEntry(AssociationPool.Peer peer, AssociationOptions options, ScuAssociation association, long opened)
{
    public AssociationPool.Peer Peer => peer;

    public AssociationOptions Options => options;

    public ScuAssociation Association => association;

    /// <summary>When it was negotiated, a timestamp of the pool's clock.</summary>
    public long Opened => opened;

    /// <summary>When it was given back last, a timestamp of the pool's clock.</summary>
    public long IdleSince { get; set; }

    /// <summary>How often it was given back.</summary>
    public int Uses { get; set; }
}

/// <summary>An association that goes back to its pool when this is disposed, however its use ended.</summary>
public sealed class PooledAssociation : IAsyncDisposable
{
    private readonly AssociationPool pool;
    private readonly PooledEntry entry;
    private int isReturned;

    internal PooledAssociation(AssociationPool pool, PooledEntry entry) => (this.pool, this.entry) = (pool, entry);

    /// <summary>The association; the pool releases it.</summary>
    public ScuAssociation Association => entry.Association;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref isReturned, 1) == 0 ? pool.ReturnAsync(entry) : ValueTask.CompletedTask;
}
