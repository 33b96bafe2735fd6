using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Simulation;

/// <summary>Who uses the cluster: systems that request studies, some of them twice, and operators who change their minds.</summary>
internal sealed class People(World world)
{
    private static readonly byte[] Secret = new byte[32];
    private const int RequestsPerBatch = 500;
    private static readonly TimeSpan PatienceOfClient = TimeSpan.FromSeconds(20);

    private readonly List<string> known = [];

    /// <summary>Requests spread over <paramref name="span"/>, each tried until some node accepts it, and commands of operators.</summary>
    public void Begin(TimeSpan span)
    {
        int requests = world.Draw(world.Sources.Count, (world.Sources.Count * 3) + 1);
        for (int at = 0; at < requests; at++)
        {
            StudyRequest request = NewRequest();
            world.Loop.After(span * (world.Draw(0, 1000) / 1000.0), () => Submit(request));
        }

        int commands = world.Draw(0, requests * 2);
        for (int at = 0; at < commands; at++)
        {
            world.Loop.After(span * (world.Draw(0, 1000) / 1000.0), Operate);
        }
    }

    /// <summary>Requests every study once, in batches through all nodes.</summary>
    public void RequestAll()
    {
        int projects = world.Projects.Count;
        IEnumerable<(ActorId, ICommand)> requests = world.Sources.Select((source, at) =>
        {
            StudyRequest request = new() { Project = world.Projects[at % projects], StudyUid = source.StudyUid };
            string id = StudyId.For(Secret, request.Project, request);
            world.Checker.Accepted(id);
            return (Actors.Study(id), (ICommand)new RequestStudy(request));
        });
        int node = 0;
        foreach ((ActorId, ICommand)[] batch in requests.Chunk(RequestsPerBatch))
        {
            NodeProcess process = world.Nodes[node++ % world.Nodes.Count].Process!;
            process.Run(() => process.System.PostAsync(batch, CancellationToken.None));
        }
    }

    /// <summary>An operator lets everything go on that was stopped.</summary>
    public void Release()
    {
        foreach (string project in world.Projects)
        {
            Insist<ProjectReply>(Actors.Project(project), new ResumeProject("o", "w"));
            Insist<ProjectReply>(Actors.Project(project), new LimitProject("o", "w", 8, 0, "UTC", 0));
        }

        foreach (SimulatedArchive archive in world.Archives)
        {
            Insist<ArchiveReply>(Actors.Archive(archive.Name), new ResumeArchive("o", "w"));
            Insist<ArchiveReply>(Actors.Archive(archive.Name), new LimitArchive("o", "w", 2, 0, 0, 100, "", "UTC"));
        }
    }

    private StudyRequest NewRequest()
    {
        SourceStudy source = world.Draw(world.Sources);
        bool byUid = world.Draw(0, 3) > 0;
        return new StudyRequest
        {
            Project = world.Draw(world.Projects),
            StudyUid = byUid ? source.StudyUid : null,
            Mrn = source.Mrn,
            AccessionNumber = source.AccessionNumber,
            SeriesUids = world.Draw(0, 5) == 0 ? [source.Instances[0].SeriesUid] : [],
            Priority = world.Draw(0, 10),
        };
    }

    private void Submit(StudyRequest request)
    {
        string id = StudyId.For(Secret, request.Project, request);
        Insist<StudyReply>(Actors.Study(id), new RequestStudy(request), reply =>
        {
            if (reply?.Refusal is { } refusal)
            {
                world.Checker.Violate($"a right request was refused: {refusal}");
            }

            known.Add(id);
            world.Checker.Accepted(id);
        });
    }

    /// <summary>Asks one node after the other until one has accepted.</summary>
    private void Insist<TReply>(ActorId to, ICommand command, Action<TReply?>? accepted = null) where TReply : class
    {
        bool isOver = false;
        void Again(TimeSpan pause)
        {
            if (!isOver)
            {
                isOver = true;
                world.Loop.After(pause, () => Insist(to, command, accepted));
            }
        }

        SimulatedNode node = world.Draw(world.Nodes);
        if (!node.IsRunning)
        {
            Again(TimeSpan.FromSeconds(1));
            return;
        }

        world.Loop.After(PatienceOfClient, () => Again(TimeSpan.Zero));
        node.Process!.Ask<TReply>(to, command, (reply, isAccepted) =>
        {
            if (isAccepted && !isOver)
            {
                isOver = true;
                accepted?.Invoke(reply);
            }
            else if (!isAccepted)
            {
                Again(TimeSpan.FromSeconds(1));
            }
        });
    }

    /// <summary>One command to one node, whatever becomes of it.</summary>
    private void Operate()
    {
        SimulatedNode node = world.Draw(world.Nodes);
        if (!node.IsRunning || known.Count == 0)
        {
            return;
        }

        ActorId study = Actors.Study(world.Draw(known));
        ActorId project = Actors.Project(world.Draw(world.Projects));
        ActorId archive = Actors.Archive(world.Draw(world.Archives).Name);
        (ActorId to, ICommand command) = world.Draw(0, 12) switch
        {
            0 or 1 => (study, new CancelStudy("o", "w")),
            2 or 3 => (study, new RetryStudy("o", "w")),
            4 or 5 => (study, (ICommand)new RequeueStudy((StudyStep)world.Draw(0, 5), "o", "w")),
            6 => (study, new SetStudyPriority(world.Draw(0, 10), "o", "w")),
            7 => (project, new PauseProject("o", "w")),
            8 => (project, new ResumeProject("o", "w")),
            9 => (project, new LimitProject("o", "w", world.Draw(1, 8), world.Draw(0, 3) * 5)),
            10 => (archive, world.Draw(0, 2) == 0 ? new PauseArchive("o", "w") : new ResumeArchive("o", "w")),
            _ => (archive, new LimitArchive("o", "w", world.Draw(1, 5), world.Draw(0, 2) * 0.5, world.Draw(0, 2) * 5, world.Draw(30, 101))),
        };
        world.Trace.Say($"operator {command.GetType().Name} {to}");
        node.Process!.Ask<object>(to, command, static (_, _) => { });
    }
}
