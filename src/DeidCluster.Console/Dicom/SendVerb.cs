using System.CommandLine;
using System.Diagnostics;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom send`: sends files to a peer (C-STORE).</summary>
internal static class SendVerb
{
    private const int AssociationsMax = 64;
    private const int WindowMax = 256;

    public static Command Create()
    {
        PeerArguments peer = new();
        Argument<string[]> inputs = new("FILES") { Description = "Files and folders; folders with everything below them.", Arity = ArgumentArity.OneOrMore };
        Option<int> associations = new("--associations") { Description = "Associations at a time.", DefaultValueFactory = _ => 1 };
        Option<int> window = new("--window") { Description = "Files that may be unanswered on each association, where the peer grants it.", DefaultValueFactory = _ => 1 };
        Option<bool> quiet = new("--quiet") { Description = "Tell only what was not sent, and the counts." };
        Command verb = new("send", "Send files to a peer (C-STORE), in another encoding where the peer does not take theirs. Example: deid dicom send 127.0.0.1 4242 --called VNA study/");
        peer.AddTo(verb);
        verb.Add(inputs);
        verb.Add(associations);
        verb.Add(window);
        verb.Add(quiet);
        verb.SetAction(async (parsed, ct) =>
        {
            int count = parsed.GetValue(associations);
            if (count is < 1 or > AssociationsMax)
            {
                throw new UsageException($"--associations takes 1 to {AssociationsMax}.");
            }

            if (parsed.GetValue(window) is < 1 or > WindowMax)
            {
                throw new UsageException($"--window takes 1 to {WindowMax}.");
            }

            AssociationOptions options = peer.Options(parsed) with { OperationsMax = (ushort)parsed.GetValue(window) };
            TextWriter output = parsed.InvocationConfiguration.Output;
            Dictionary<SendOutcome, int> ended = [];
            long started = Stopwatch.GetTimestamp();
            await foreach (SentFile file in new FileSender(options, count).SendAsync(Files(parsed.GetValue(inputs)!), ct))
            {
                ended[file.Outcome] = ended.GetValueOrDefault(file.Outcome) + 1;
                if (file.Outcome != SendOutcome.Sent)
                {
                    output.WriteLine($"{file.Path}: not sent: {file.Problem}");
                }
                else if (!parsed.GetValue(quiet))
                {
                    output.WriteLine($"{file.Path}: {file.Status}, {file.TransferSyntax!.Name}");
                }
            }

            int sent = ended.GetValueOrDefault(SendOutcome.Sent);
            int all = ended.Values.Sum();
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            output.WriteLine($"{sent} of {all} sent in {seconds:0.00} s, {sent / Math.Max(seconds, 0.001):0} a second");
            return sent == all ? ExitCode.Done : ExitCode.Partly;
        });
        return verb;
    }

    /// <summary>The files among <paramref name="inputs"/> and below their folders, in a stable order.</summary>
    internal static List<string> Files(IReadOnlyList<string> inputs)
    {
        List<string> files = [];
        foreach (string input in inputs)
        {
            if (Directory.Exists(input))
            {
                files.AddRange(Directory.EnumerateFiles(input, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
            }
            else
            {
                files.Add(input);
            }
        }

        return files;
    }
}
