using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace DeidCluster.Dicom;

/// <summary>
/// The other end of <see cref="GdcmCodec"/>: a process that decodes and encodes frames that come over standard input, and answers over standard output. It ends as
/// soon as standard input does, also in the middle of a frame, so that it never outlives its parent. (PR_SET_PDEATHSIG would follow the parent's thread, and threads of a pool come and go.)
/// </summary>
public static class CodecWorker
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;
    private const int CoreLimit = 4; // RLIMIT_CORE
    private const int AddressSpaceLimit = 9; // RLIMIT_AS

    /// <summary>Serves requests until standard input ends. <paramref name="memoryBytesMax"/>: how much more address space than at the start it may take. Bytes.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(long memoryBytesMax)
    {
        using Stream answers = TakeStandardOutput();
        using Stream requests = Console.OpenStandardInput();
        bool isLoaded = GdcmLibrary.TryLoad();
        LimitResources(memoryBytesMax);
        Answer(answers, new WorkerMessage { Number = 0, Status = isLoaded ? WorkerStatus.Ready : WorkerStatus.NotInstalled, PayloadBytes = 0 }, []);
        if (!isLoaded)
        {
            return 1;
        }

        using BlockingCollection<(WorkerMessage Request, byte[] Payload)> queue = new(boundedCapacity: 1);
        Thread decoder = new(() => Serve(queue, answers)) { IsBackground = true, Name = "frames" };
        decoder.Start();
        while (ReadRequest(requests) is { } request)
        {
            queue.Add(request);
        }

        Environment.Exit(0); // without waiting for the frame that may be in work: nobody is there to take it
        return 0;
    }

    private static void Serve(BlockingCollection<(WorkerMessage Request, byte[] Payload)> queue, Stream answers)
    {
        foreach ((WorkerMessage request, byte[] payload) in queue.GetConsumingEnumerable())
        {
            (WorkerStatus status, byte[] result, PixelDescription? description) = request is { Description: { } given, Task: WorkerTask.Decode or WorkerTask.Encode }
                ? request.Task == WorkerTask.Decode ? Decode(payload, request.TransferSyntaxUid, given) : Encode(payload, request.TransferSyntaxUid, given)
                : Refusal("the request is not understood");
            Answer(answers, new WorkerMessage { Number = request.Number, Status = status, Description = description, PayloadBytes = result.Length }, result);
        }
    }

    private static (WorkerStatus Status, byte[] Result, PixelDescription? Description) Decode(byte[] coded, string uid, PixelDescription description) =>
        GdcmFrames.Decode(coded, uid, description) is { } frame ? (WorkerStatus.Done, frame.Bytes, frame.Description) : Refusal("GDCM cannot decode the codestream as the data set describes it");

    /// <summary>
    /// What was encoded is decoded again, as the data set will describe it, and compared: an encoder that takes the bits stored for all there are would lose those beside
    /// them. Where that is so, further attempts code all bits allocated.
    /// </summary>
    private static (WorkerStatus Status, byte[] Result, PixelDescription? Description) Encode(byte[] frame, string uid, PixelDescription description)
    {
        PixelDescription whole = description with { BitsStored = description.BitsAllocated, HighBit = description.BitsAllocated - 1 };
        bool wasEncoded = false;
        foreach (PixelDescription attempt in description == whole ? (PixelDescription[])[whole] : [description, whole, whole with { IsSigned = false }])
        {
            if (GdcmFrames.Encode(frame, uid, attempt) is { } coded)
            {
                wasEncoded = true;
                if (GdcmFrames.Decode(coded.Bytes, uid, description with { PhotometricInterpretation = coded.Description.PhotometricInterpretation }) is { } again && again.Bytes.AsSpan().SequenceEqual(frame))
                {
                    return (WorkerStatus.Done, coded.Bytes, description with { PhotometricInterpretation = coded.Description.PhotometricInterpretation, IsPlanar = false });
                }
            }
        }

        return wasEncoded ? (WorkerStatus.NotLossless, [], null) : Refusal("GDCM cannot encode pixels of this kind");
    }

    private static (WorkerStatus Status, byte[] Result, PixelDescription? Description) Refusal(string reason) => (WorkerStatus.Refused, Encoding.ASCII.GetBytes(reason), null);

    private static void Answer(Stream answers, WorkerMessage message, byte[] payload)
    {
        byte[] head = new byte[WorkerMessage.HeadBytes];
        message.Write(head);
        answers.Write(head);
        answers.Write(payload);
        answers.Flush();
    }

    private static (WorkerMessage Request, byte[] Payload)? ReadRequest(Stream requests)
    {
        byte[] head = new byte[WorkerMessage.HeadBytes];
        if (requests.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || WorkerMessage.Read(head) is not { } request)
        {
            return null;
        }

        byte[] payload = new byte[request.PayloadBytes];
        return requests.ReadAtLeast(payload, payload.Length, throwOnEndOfStream: false) == payload.Length ? (request, payload) : null;
    }

    /// <summary>The stream of answers; what native code prints from now on goes nowhere: it would break the protocol, and may hold what it read.</summary>
    private static FileStream TakeStandardOutput()
    {
        SafeFileHandle answers = new(Libc.Dup(StandardOutput), ownsHandle: true);
        using SafeFileHandle nowhere = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        _ = Libc.Dup2(nowhere.DangerousGetHandle().ToInt32(), StandardOutput);
        _ = Libc.Dup2(nowhere.DangerousGetHandle().ToInt32(), StandardError);
        return new FileStream(answers, FileAccess.Write, bufferSize: 0);
    }

    /// <summary>No core file, which would hold pixels, and no more memory than a frame can need: native code takes what a codestream says.</summary>
    private static void LimitResources(long memoryBytesMax)
    {
        Libc.Limit none = default;
        _ = Libc.SetLimit(CoreLimit, ref none);
        long pages = long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        ulong addressSpace = (ulong)((pages * Environment.SystemPageSize) + memoryBytesMax);
        Libc.Limit memory = new() { Soft = addressSpace, Hard = addressSpace };
        _ = Libc.SetLimit(AddressSpaceLimit, ref memory);
    }

    private static class Libc
    {
        [StructLayout(LayoutKind.Sequential)]
        public struct Limit
        {
            public ulong Soft;
            public ulong Hard;
        }

        [DllImport("libc", EntryPoint = "dup")]
        public static extern int Dup(int descriptor);

        [DllImport("libc", EntryPoint = "dup2")]
        public static extern int Dup2(int descriptor, int at);

        [DllImport("libc", EntryPoint = "setrlimit")]
        public static extern int SetLimit(int resource, ref Limit limit);
    }
}
