using DeidCluster.Dicom;
using DeidCluster.Pipeline;
using DeidCluster.Studies;
using Retrieval = DeidCluster.Pipeline.Retrieval;

namespace DeidCluster.Simulation;

/// <summary>An archive as one process of a node sees it: one association for each question, aborted when the question is.</summary>
internal sealed class ArchiveLink(World world, SimulatedArchive archive, NodeProcess process) : IArchive
{
    private static readonly TimeSpan SilenceTimeout = TimeSpan.FromSeconds(60);

    public string Name => archive.Name;

    public Task EchoAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyList<ArchiveSeries>> LocateAsync(StudyRequest request, CancellationToken cancellation) =>
        AskAsync<IReadOnlyList<ArchiveSeries>>(
            "find", (_, answer) => world.Loop.After(archive.Pace(), () => answer(archive.Breaks() ? null : archive.Find(request))), cancellation);

    public IRetrieving BeginRetrieving(IReadOnlyCollection<string> sopClassUids) => new Retrieving(this);

    private Task<RetrievalAnswer> RetrieveAsync(Retrieval retrieval, CancellationToken cancellation) =>
        AskAsync<RetrievalAnswer>(
            "move", (association, answer) => Send(association, retrieval, [.. archive.Asked(retrieval)], 0, 0, answer), cancellation);

    /// <summary>Sends one instance after the other to whichever node listens, until all are sent or the association ends.</summary>
    private void Send(
        SimulatedArchive.Association association, Retrieval retrieval, IReadOnlyList<SourceInstance> instances, int sent, int failed, Action<RetrievalAnswer?> answer)
    {
        world.Loop.After(archive.Pace(), () =>
        {
            if (association.IsAborted)
            {
                return;
            }

            if (sent + failed == instances.Count)
            {
                answer(new RetrievalAnswer(sent, failed, 0, failed > 0 ? DimseStatus.SubOperationsWithFailures : DimseStatus.Success));
                return;
            }

            if (archive.Breaks())
            {
                answer(new RetrievalAnswer(sent, instances.Count - sent, 0, DimseStatus.UnableToProcess));
                return;
            }

            SourceInstance instance = instances[sent + failed];
            bool isListening = world.Nodes.Any(node => node.IsRunning);
            if (isListening)
            {
                Send(retrieval.StudyUid, instance);
            }

            Send(association, retrieval, instances, isListening ? sent + 1 : sent, isListening ? failed : failed + 1, answer);
        });
    }

    private void Send(string studyUid, SourceInstance instance)
    {
        switch (archive.Sending())
        {
            case 0:
                break;
            case 1:
                world.Loop.After(TimeSpan.FromSeconds(20), () => Receive(studyUid, instance));
                break;
            case 2:
                Receive(studyUid, instance);
                world.Loop.After(TimeSpan.FromSeconds(1), () => Receive(studyUid, instance));
                break;
            default:
                Receive(studyUid, instance);
                break;
        }
    }

    private void Receive(string studyUid, SourceInstance instance)
    {
        if (world.Nodes.Any(node => node.IsRunning))
        {
            world.Staging.Receive(archive.Name, studyUid, instance.SopInstanceUid, instance.Digest);
        }
    }

    private async Task<T> AskAsync<T>(string purpose, Action<SimulatedArchive.Association, Action<T?>> serve, CancellationToken cancellation) where T : class
    {
        world.Loop.AssertOnThread();
        cancellation.ThrowIfCancellationRequested();
        TaskCompletionSource<T> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        SimulatedArchive.Association? association = null;
        bool isGivenUp = false;
        void GiveUp(Exception why)
        {
            isGivenUp = true;
            told.TrySetException(why);
            world.Loop.After(archive.Way(), () => association?.Close());
        }

        world.Loop.After(archive.Way(), () =>
        {
            if (isGivenUp)
            {
                return;
            }

            try
            {
                association = archive.Accept(process, purpose);
            }
            catch (AssociationRejectedException refused)
            {
                told.TrySetException(refused);
                return;
            }

            association.OnAbort = () => told.TrySetException(new DicomNetworkException(NetworkFault.Closed, $"{archive.Name} ended the association"));
            if (archive.Mood != ArchiveMood.Silent)
            {
                serve(association, answer => Answer(association, answer, told));
            }
        });
        using ITimer timer = process.Time.CreateTimer(_ => GiveUp(new TimeoutException()), null, SilenceTimeout, Timeout.InfiniteTimeSpan);
        using (cancellation.Register(() => GiveUp(new OperationCanceledException(cancellation))))
        {
            return await told.Task;
        }
    }

    /// <summary>The last answer; the association is released by who asked, if anybody is there.</summary>
    private void Answer<T>(SimulatedArchive.Association association, T? answer, TaskCompletionSource<T> told) where T : class
    {
        if (association.IsAborted)
        {
            return;
        }

        association.IsAnswered = true;
        if (!process.Scheduler.IsStopped)
        {
            association.Close();
        }

        _ = answer is null
            ? told.TrySetException(new DimseStatusException("the question", DimseStatus.ProcessingFailure))
            : told.TrySetResult(answer);
    }

    /// <summary>An association for each retrieval; between them there is none.</summary>
    private sealed class Retrieving(ArchiveLink link) : IRetrieving
    {
        public Task<RetrievalAnswer> RetrieveAsync(Retrieval retrieval, CancellationToken cancellation) => link.RetrieveAsync(retrieval, cancellation);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
