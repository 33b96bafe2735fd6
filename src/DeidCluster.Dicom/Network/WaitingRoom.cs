using System.Net.Sockets;

namespace DeidCluster.Dicom;

/// <summary>
/// Connections that have not asked for an association yet. When they are more than <paramref name="placesMax"/>, the one that has
/// waited longest gives way: thousands that say nothing cannot keep out one that speaks.
/// </summary>
internal sealed class WaitingRoom(int placesMax)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Socket> waiting = new();

    /// <summary>Takes <paramref name="socket"/> in; its place, to leave again. May close the connection that came first.</summary>
    public LinkedListNode<Socket> Enter(Socket socket)
    {
        Socket? first = null;
        LinkedListNode<Socket> place;
        lock (gate)
        {
            place = waiting.AddLast(socket);
            if (waiting.Count > placesMax)
            {
                first = waiting.First!.Value;
                waiting.RemoveFirst();
            }
        }

        first?.Dispose();
        return place;
    }

    /// <summary>Gives up <paramref name="place"/>, when it is held still.</summary>
    public void Leave(LinkedListNode<Socket> place)
    {
        lock (gate)
        {
            if (place.List is not null)
            {
                waiting.Remove(place);
            }
        }
    }
}
