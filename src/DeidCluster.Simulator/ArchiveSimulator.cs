using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using DeidCluster.Dicom;

namespace DeidCluster.Simulator;

/// <summary>
/// A DICOM archive on loopback, real on the wire: C-ECHO, C-FIND, C-MOVE and C-GET at every level of Patient Root and Study
/// Root, C-STORE and storage commitment.
/// It misbehaves as <see cref="ArchiveSimulatorOptions.Faults"/> says.
/// </summary>
public sealed class ArchiveSimulator : IScpHandler, IAsyncDisposable
{
    private const int RefusalsMax = 64;

    private static readonly byte[] Garbage = [.. Enumerable.Range(0, 64).Select(number => (byte)(0xFF - number))];

    private readonly ArchiveSimulatorOptions options;
    private readonly ArchiveIndex index;
    private readonly ConcurrentDictionary<string, MoveDestination> destinations;
    private readonly DurableReceiver receiver = new(new GroupSync(new LinuxFiles()), digests: false);
    private readonly ArchiveDoor door;
    private readonly DicomListener listener;
    private ArchiveWebHost? web;
    private int associations;
    private int finds;
    private int moves;
    private int gets;
    private int stores;
    private int instancesSent;

    private ArchiveSimulator(ArchiveSimulatorOptions options)
    {
        this.options = options;
        index = new ArchiveIndex(options.AeTitle);
        destinations = new ConcurrentDictionary<string, MoveDestination>(options.Destinations);
        foreach (string path in options.Folder is null ? [] : Directory.EnumerateFiles(options.Folder, "*", SearchOption.AllDirectories)
            .Where(path => !ArchiveWebStore.IsIncoming(path)))
        {
            AddFile(path);
        }

        door = new ArchiveDoor(options.AssociationsMax, options.IdleTimeout);
        listener = DicomListener.Start(new ListenerOptions
        {
            AeTitle = options.AeTitle,
            EndPoint = new IPEndPoint(IPAddress.Loopback, options.Port),
            Operations = ScpOperations.Echo | ScpOperations.Store | ScpOperations.QueryRetrieve | ScpOperations.Get | ScpOperations.StorageCommitment,
            AnswersExtended = QueryOptions.Answer,
            AssociationsMax = options.AssociationsMax + RefusalsMax,
            Intercept = EnterAsync,
        }, this);
    }

    /// <summary>Its AE title.</summary>
    public string AeTitle => options.AeTitle;

    /// <summary>Its address.</summary>
    public string Host => listener.EndPoint.Address.ToString();

    /// <summary>Its port.</summary>
    public int Port => listener.EndPoint.Port;

    /// <summary>What it does wrong.</summary>
    public ArchiveFaults Faults => options.Faults;

    /// <summary>Instances that it holds.</summary>
    public int Instances => index.Count;

    /// <summary>Its associations, as it counts them.</summary>
    public AssociationCount Associations => door.Count;

    /// <summary>Associations that were asked for so far.</summary>
    public int AssociationsAsked => Volatile.Read(ref associations);

    /// <summary>C-FIND requests so far.</summary>
    public int Finds => Volatile.Read(ref finds);

    /// <summary>C-MOVE requests so far.</summary>
    public int Moves => Volatile.Read(ref moves);

    /// <summary>C-GET requests so far.</summary>
    public int Gets => Volatile.Read(ref gets);

    /// <summary>Instances that C-MOVE or C-GET has begun to send so far, each time counted.</summary>
    public int InstancesSent => Volatile.Read(ref instancesSent);

    /// <summary>C-STORE requests so far.</summary>
    public int Stores => Volatile.Read(ref stores);

    /// <summary>Reads the folder, if any, and begins to listen.</summary>
    public static ArchiveSimulator Start(ArchiveSimulatorOptions options) => new(options);

    /// <summary>Makes the AE title <paramref name="aeTitle"/> known as a move destination.</summary>
    public void AddDestination(string aeTitle, string host, int port) => destinations[aeTitle] = new MoveDestination(host, port);

    /// <summary>Adds the file <paramref name="path"/>, read again whenever it is sent; false when it is no DICOM file or belongs to no study.</summary>
    public bool AddFile(string path)
    {
        try
        {
            return Add(ArchivedInstance.FromFile(path));
        }
        catch (DicomFormatException)
        {
            return false;
        }
    }

    /// <summary>Adds the bytes of a file; false when it belongs to no study.</summary>
    public bool AddBytes(byte[] file) => Add(ArchivedInstance.FromBytes(file));

    /// <summary>Forgets an instance; its file stays. False when it was not there.</summary>
    public bool Remove(string sopInstanceUid) => index.Remove(sopInstanceUid);

    /// <summary>DICOMweb requests so far.</summary>
    public int WebRequests => web?.Requests ?? 0;

    /// <summary>Opens its DICOMweb side, over the same instances, on <paramref name="port"/> of loopback; 0 lets the system choose. The root of the service.</summary>
    public async Task<Uri> StartWebAsync(CancellationToken ct, int port = 0)
    {
        web = await ArchiveWebHost.StartAsync(new ArchiveWebStore(index, options.Folder), port, ct).ConfigureAwait(false);
        return web.Root;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (web is not null)
        {
            await web.DisposeAsync().ConfigureAwait(false);
        }

        await listener.DisposeAsync().ConfigureAwait(false);
    }

    async ValueTask<AssociationRejection?> IScpHandler.AcceptAsync(AssociationRequest request, CancellationToken ct)
    {
        Interlocked.Increment(ref associations);
        await BeLateAsync(ct).ConfigureAwait(false);
        return Faults.RefuseAssociations ?? (door.TryOpen(request.RemoteEndPoint) ? null : AssociationRejection.LocalLimitExceeded);
    }

    async IAsyncEnumerable<DataSet> IScpHandler.FindAsync(FindRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        Interlocked.Increment(ref finds);
        await BeLateAsync(ct).ConfigureAwait(false);
        Query query = Query.Parse(Model(request.SopClassUid, "C-FIND"), request.Identifier, QueryOptions.Agreed(request.Association, request.SopClassUid));
        request.PendingStatus = query.HasUnsupportedKeys ? DimseStatus.PendingWithUnsupportedKeys : DimseStatus.Pending;
        foreach (DataSet answer in index.Find(query))
        {
            if (Faults.AnswerWithStudy is string other)
            {
                answer.SetString(Tags.StudyInstanceUID, other);
            }

            yield return answer;
            ThrowIf(Faults.FailFind, "C-FIND");
        }

        ThrowIf(Faults.FailFind, "C-FIND");
    }

    async ValueTask<MovePlan> IScpHandler.MoveAsync(MoveRequest request, CancellationToken ct)
    {
        Interlocked.Increment(ref moves);
        await BeLateAsync(ct).ConfigureAwait(false);
        ThrowIf(Faults.FailMove, "C-MOVE");
        if (!destinations.TryGetValue(request.DestinationAeTitle, out MoveDestination? destination))
        {
            throw new DimseStatusException("C-MOVE", DimseStatus.MoveDestinationUnknown);
        }

        return new MovePlan(destination.Host, destination.Port, Selected(request.Association, request.SopClassUid, request.Identifier, "C-MOVE"))
        {
            Associations = options.MoveAssociations,
        };
    }

    async ValueTask<IReadOnlyList<RetrieveInstance>> IScpHandler.GetAsync(GetRequest request, CancellationToken ct)
    {
        Interlocked.Increment(ref gets);
        await BeLateAsync(ct).ConfigureAwait(false);
        ThrowIf(Faults.FailMove, "C-GET");
        return Selected(request.Association, request.SopClassUid, request.Identifier, "C-GET");
    }

    async ValueTask<CommitmentAnswer> IScpHandler.CommitAsync(CommitmentRequested request, CancellationToken ct)
    {
        await BeLateAsync(ct).ConfigureAwait(false);
        List<SopReference> committed = [];
        List<CommitmentFailure> failed = [];
        foreach (SopReference instance in request.Request.Instances)
        {
            if (index.SopClassOf(instance.SopInstanceUid) is not string sopClass)
            {
                failed.Add(new CommitmentFailure(instance, DimseStatus.NoSuchSopInstance));
            }
            else if (sopClass != instance.SopClassUid)
            {
                failed.Add(new CommitmentFailure(instance, DimseStatus.ClassInstanceConflict));
            }
            else
            {
                committed.Add(instance);
            }
        }

        CommitmentResult result = new(request.Request.TransactionUid, committed, failed) { RetrieveAeTitle = options.AeTitle };
        return new CommitmentAnswer(result, destinations.TryGetValue(request.Association.CallingAeTitle, out MoveDestination? user) ? (user.Host, user.Port) : null);
    }

    async ValueTask<DimseStatus> IScpHandler.StoreAsync(StoreRequest request, CancellationToken ct)
    {
        Interlocked.Increment(ref stores);
        await BeLateAsync(ct).ConfigureAwait(false);
        return options.Folder is string folder
            ? await StoreInAsync(folder, request, ct).ConfigureAwait(false)
            : await StoreInMemoryAsync(request, ct).ConfigureAwait(false);
    }

    /// <summary>As an archive must: what is answered with success, and committed to later, survives a power cut.</summary>
    private async Task<DimseStatus> StoreInAsync(string folder, StoreRequest request, CancellationToken ct)
    {
        string path = Path.Combine(folder, request.SopInstanceUid + ".dcm");
        DimseStatus status = await receiver.ReceiveAsync(request, $"{path}.{Guid.NewGuid():N}.part", received =>
            Checked(ArchivedInstance.FromFile(received.Path), request) is not null ? path : throw new DimseStatusException("C-STORE", DimseStatus.DataSetDoesNotMatchSopClass), ct).ConfigureAwait(false);
        if (status == DimseStatus.Success)
        {
            index.Add(ArchivedInstance.FromFile(path)!);
        }

        return status;
    }

    private async Task<DimseStatus> StoreInMemoryAsync(StoreRequest request, CancellationToken ct)
    {
        using MemoryStream received = new();
        await Part10Receiver.ReceiveAsync(request, received, ct, digests: false).ConfigureAwait(false);
        if (Checked(ArchivedInstance.FromBytes(received.ToArray()), request) is not ArchivedInstance instance)
        {
            return DimseStatus.DataSetDoesNotMatchSopClass;
        }

        index.Add(instance);
        return DimseStatus.Success;
    }

    private static ArchivedInstance? Checked(ArchivedInstance? instance, StoreRequest request) =>
        instance?.SopInstanceUid == request.SopInstanceUid ? instance : null;

    private static QueryModel Model(string sopClassUid, string operation) =>
        QueryModel.Of(sopClassUid) ?? throw new DimseStatusException(operation, DimseStatus.SopClassNotSupported);

    private List<RetrieveInstance> Selected(AssociationRequest association, string sopClassUid, DataSet identifier, string operation)
    {
        Retrieval retrieval = Retrieval.Parse(Model(sopClassUid, operation), identifier, QueryOptions.Agreed(association, sopClassUid), operation);
        IEnumerable<ArchivedInstance> sent = index.Select(retrieval).Where((_, number) => !IsEvery(Faults.DropEvery, number));
        return [.. sent.Select((instance, number) => instance.Retrieved(() => BeginSending(number)))];
    }

    private bool Add(ArchivedInstance? instance)
    {
        if (instance is not null)
        {
            index.Add(instance);
        }

        return instance is not null;
    }

    private void BeginSending(int number)
    {
        if (Faults.AbortMoveAfter > 0 && number >= Faults.AbortMoveAfter)
        {
            throw new AssociationAbortedException(options.AeTitle, source: 0, reason: 0);
        }

        if (IsEvery(Faults.FailEvery, number))
        {
            throw new IOException("This instance is set to fail.");
        }

        Interlocked.Increment(ref instancesSent);
    }

    private static bool IsEvery(int every, int number) => every > 0 && (number + 1) % every == 0;

    private Task BeLateAsync(CancellationToken ct) => Faults.AnswerDelay > TimeSpan.Zero ? Task.Delay(Faults.AnswerDelay, ct) : Task.CompletedTask;

    private async ValueTask<Stream> EnterAsync(Stream stream, CancellationToken ct)
    {
        if (Faults.SendGarbage)
        {
            await stream.WriteAsync(Garbage, ct).ConfigureAwait(false);
        }

        return door.Enter(stream);
    }

    private static void ThrowIf(DimseStatus? status, string operation)
    {
        if (status is DimseStatus failure)
        {
            throw new DimseStatusException(operation, failure);
        }
    }
}
