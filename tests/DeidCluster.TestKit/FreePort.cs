using System.Net;
using System.Net.Sockets;

namespace DeidCluster.TestKit;

/// <summary>Ports of loopback for peers that cannot be told to choose one themselves.</summary>
public static class FreePort
{
    /// <summary>A port that nothing listens on now. Another process may take it before it is used: callers retry or fail.</summary>
    public static int Next()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
