using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DeidCluster.Dicom;

namespace DeidCluster.Benchmarks;

/// <summary>The same bytes without DICOM: what sockets and files cost by themselves.</summary>
internal static class RawCopy
{
    /// <summary>Files over TCP connections into files, each acknowledged by a byte; flushed before when <paramref name="durable"/>. Instances a second.</summary>
    public static async Task<double> OverTcpAsync(string[] files, string sink, int connections, bool durable)
    {
        GroupSync sync = new(new LinuxFiles());
        using Socket listening = new(SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, connections).SelectMany<int, Task>(share =>
        [
            Task.Run(async () => await ReceiveAsync(await listening.AcceptAsync(), sink, durable ? sync : null)),
            Task.Run(() => SendAsync(Bench.Share(files, share, connections), ((IPEndPoint)listening.LocalEndPoint!).Port)),
        ]));
        return files.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>Files copied by one thread, each flushed with its folder. Instances a second.</summary>
    public static async Task<double> FilesAsync(string[] files, string sink)
    {
        GroupSync sync = new(new LinuxFiles());
        byte[] buffer = new byte[1024 * 1024];
        long started = Stopwatch.GetTimestamp();
        foreach (string path in files)
        {
            string final = Path.Combine(sink, Path.GetFileName(path));
            using FileStream source = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            await DurableFile.WriteAsync(sync, final + ".part", final, (file, _) =>
            {
                for (int read; (read = source.Read(buffer)) > 0;)
                {
                    file.Write(buffer, 0, read);
                }

                return Task.CompletedTask;
            }, CancellationToken.None);
        }

        return files.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task SendAsync(string[] files, int port)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        byte[] buffer = new byte[1024 * 1024];
        byte[] answer = new byte[1];
        foreach (string path in files)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            BitConverter.TryWriteBytes(buffer, file.Length);
            int filled = sizeof(long);
            int read;
            while ((read = file.Read(buffer, filled, buffer.Length - filled)) > 0 || filled > 0)
            {
                await socket.SendAsync(buffer.AsMemory(0, filled + read));
                filled = 0;
            }

            await socket.ReceiveAsync(answer);
        }
    }

    private static async Task ReceiveAsync(Socket accepted, string sink, GroupSync? sync)
    {
        using Socket socket = accepted;
        socket.NoDelay = true;
        await using NetworkStream stream = new(socket);
        byte[] buffer = new byte[256 * 1024];
        while (await stream.ReadAtLeastAsync(buffer.AsMemory(0, sizeof(long)), sizeof(long), throwOnEndOfStream: false) == sizeof(long))
        {
            long left = BitConverter.ToInt64(buffer);
            string final = Path.Combine(sink, $"{Guid.NewGuid():N}.raw");
            if (sync is null)
            {
                await using FileStream file = new(final, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
                await CopyAsync(stream, file, buffer, left);
            }
            else
            {
                await DurableFile.WriteAsync(sync, final + ".part", final, (file, _) => CopyAsync(stream, file, buffer, left), CancellationToken.None);
            }

            await socket.SendAsync(buffer.AsMemory(0, 1));
        }
    }

    private static async Task CopyAsync(NetworkStream stream, Stream file, byte[] buffer, long left)
    {
        while (left > 0)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)));
            file.Write(buffer, 0, read);
            left -= read;
        }
    }
}
