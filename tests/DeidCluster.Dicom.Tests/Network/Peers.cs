using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>Both ends of an association, for tests.</summary>
internal static class Peers
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static CancellationToken Soon => new CancellationTokenSource(Deadline).Token;

    public static ListenerOptions Listening(ScpOperations operations = ScpOperations.Echo | ScpOperations.Store | ScpOperations.QueryRetrieve) =>
        new() { AeTitle = "SCP", Operations = operations };

    public static AssociationOptions Calling(IPEndPoint endPoint, params ProposedContext[] contexts) => Calling(endPoint.Port, "SCP", contexts);

    public static AssociationOptions Calling(int port, string called, params ProposedContext[] contexts) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        CallingAeTitle = "SCU",
        CalledAeTitle = called,
        PresentationContexts = contexts,
    };

    public static ProposedContext StudyFind => ProposedContext.InMemory(Uids.StudyRootQueryRetrieveInformationModelFind);

    public static ProposedContext StudyMove => ProposedContext.InMemory(Uids.StudyRootQueryRetrieveInformationModelMove);

    public static DataSet Identifier(string level, params (Tag Tag, string Value)[] keys)
    {
        DataSet identifier = new();
        identifier.SetString(Tags.QueryRetrieveLevel, level);
        foreach ((Tag tag, string value) in keys)
        {
            identifier.SetString(tag, value);
        }

        return identifier;
    }

    /// <summary>Sends raw bytes and returns everything that comes back until the listener closes.</summary>
    public static async Task<byte[]> ExchangeAsync(IPEndPoint endPoint, byte[] bytes)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, Soon);
        await using NetworkStream stream = new(socket);
        await stream.WriteAsync(bytes, Soon);
        socket.Shutdown(SocketShutdown.Send);
        using MemoryStream answer = new();
        try
        {
            await stream.CopyToAsync(answer, Soon);
        }
        catch (IOException)
        {
            return answer.ToArray(); // reset instead of closed
        }

        return answer.ToArray();
    }
}

/// <summary>A provider whose answers a test writes down.</summary>
internal sealed class ScriptedScp : IScpHandler
{
    public Func<AssociationRequest, AssociationRejection?> Accept { get; init; } = _ => null;

    public Func<FindRequest, CancellationToken, IAsyncEnumerable<DataSet>> Find { get; init; } = (_, _) => throw new DimseStatusException("C-FIND", DimseStatus.UnableToProcess);

    public Func<MoveRequest, MovePlan> Move { get; init; } = _ => throw new DimseStatusException("C-MOVE", DimseStatus.MoveDestinationUnknown);

    public Func<GetRequest, IReadOnlyList<RetrieveInstance>> Get { get; init; } = _ => throw new DimseStatusException("C-GET", DimseStatus.UnableToProcess);

    public Func<CommitmentRequested, CommitmentAnswer> Commit { get; init; } = _ => throw new DimseStatusException("N-ACTION", DimseStatus.ProcessingFailure);

    public Func<NormalizedRequest, NormalizedAnswer>? Normalized { get; init; }

    public Func<StoreRequest, CancellationToken, ValueTask<DimseStatus>> Store { get; init; } = async (request, ct) =>
    {
        await request.DataSet.CopyToAsync(Stream.Null, ct);
        return DimseStatus.Success;
    };

    public System.Collections.Concurrent.ConcurrentQueue<Exception> Faults { get; } = [];

    public TaskCompletionSource<Exception> FirstFault { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask<AssociationRejection?> AcceptAsync(AssociationRequest request, CancellationToken ct) => ValueTask.FromResult(Accept(request));

    public IAsyncEnumerable<DataSet> FindAsync(FindRequest request, CancellationToken ct) => Find(request, ct);

    public ValueTask<MovePlan> MoveAsync(MoveRequest request, CancellationToken ct) => ValueTask.FromResult(Move(request));

    public ValueTask<IReadOnlyList<RetrieveInstance>> GetAsync(GetRequest request, CancellationToken ct) => ValueTask.FromResult(Get(request));

    public ValueTask<CommitmentAnswer> CommitAsync(CommitmentRequested request, CancellationToken ct) => ValueTask.FromResult(Commit(request));

    public ValueTask<NormalizedAnswer> NormalizedAsync(NormalizedRequest request, CancellationToken ct) =>
        ValueTask.FromResult((Normalized ?? throw new DimseStatusException($"{request.Command}", DimseStatus.UnrecognizedOperation))(request));

    public ValueTask<DimseStatus> StoreAsync(StoreRequest request, CancellationToken ct) => Store(request, ct);

    public void Faulted(AssociationRequest? association, Exception fault)
    {
        Faults.Enqueue(fault);
        FirstFault.TrySetResult(fault);
    }

    public static async IAsyncEnumerable<DataSet> Matches(int count, [EnumeratorCancellation] CancellationToken ct = default)
    {
        for (int number = 0; number < count; number++)
        {
            ct.ThrowIfCancellationRequested();
            await Task.Yield();
            yield return Peers.Identifier("STUDY", (Tags.StudyInstanceUID, $"1.2.{number}"));
        }
    }
}
