using System.Net;
using System.Net.Sockets;

namespace DeidCluster.Simulator;

/// <summary>
/// An archive's own count of its associations: how many are open, how many were at most, how many it refused for being too many, and how
/// many it ended because nothing happened on them for too long.
/// </summary>
internal sealed class ArchiveDoor(int associationsMax, TimeSpan idleTimeout)
{
    private readonly Lock gate = new();
    private readonly Dictionary<EndPoint, DoorStream> connections = [];
    private int open;

    /// <summary>What was counted so far.</summary>
    public AssociationCount Count { get; private set; } = new(0, 0, 0, 0);

    /// <summary>A connection came: its stream, through which the door sees what happens on it.</summary>
    public Stream Enter(Stream stream)
    {
        if (stream is not NetworkStream { Socket.RemoteEndPoint: { } remote } network)
        {
            return stream;
        }

        DoorStream entered = new(this, network, idleTimeout);
        lock (gate)
        {
            connections[remote] = entered;
        }

        return entered;
    }

    /// <summary>The peer asks for an association; false when there are too many.</summary>
    public bool TryOpen(IPEndPoint remote)
    {
        lock (gate)
        {
            if (open >= associationsMax)
            {
                Count = Count with { Refused = Count.Refused + 1 };
                return false;
            }

            if (connections.TryGetValue(remote, out DoorStream? connection))
            {
                open++;
                connection.Counts = true;
                Count = Count with { Open = open, Most = Math.Max(Count.Most, open) };
            }

            return true;
        }
    }

    /// <summary>The association is over: released, broken, or idle for too long.</summary>
    public void Close(DoorStream connection, EndPoint remote, bool wasIdle)
    {
        lock (gate)
        {
            if (connection.Counts)
            {
                connection.Counts = false;
                open--;
                Count = Count with { Open = open, Idle = Count.Idle + (wasIdle ? 1 : 0) };
            }

            if (connections.GetValueOrDefault(remote) == connection)
            {
                connections.Remove(remote);
            }
        }
    }
}

/// <summary>Associations of an archive, as it counts them itself.</summary>
/// <param name="Open">Open now.</param>
/// <param name="Most">The most that were open at a time.</param>
/// <param name="Refused">Refused because that many were open.</param>
/// <param name="Idle">Ended by the archive because nothing happened on them.</param>
public sealed record AssociationCount(int Open, int Most, int Refused, int Idle);
