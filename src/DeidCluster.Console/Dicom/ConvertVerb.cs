using System.CommandLine;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom convert`: writes files in another transfer syntax, pixels included.</summary>
internal static class ConvertVerb
{
    private static readonly Argument<string> In = new("IN") { Description = "A DICOM file, or a folder with everything below it." };
    private static readonly Argument<string> Out = new("OUT") { Description = "The file to write, or the folder for results when IN is one." };
    private static readonly Option<string> To = new("--to") { Description = "The transfer syntax: its UID, keyword or name, or explicit, implicit, deflated, rle, jpeg, jpegls, j2k.", Required = true };

    /// <summary>Short names, each for the syntax that is meant by it most, and the standard's keywords that are not its names without blanks (PS3.6 A).</summary>
    private static readonly Dictionary<string, string> ShortNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["implicit"] = Uids.ImplicitVrLittleEndian,
        ["explicit"] = Uids.ExplicitVrLittleEndian,
        ["deflated"] = Uids.DeflatedExplicitVrLittleEndian,
        ["rle"] = Uids.RleLossless,
        ["jpeg"] = Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1,
        ["jpegls"] = Uids.JpegLsLosslessImageCompression,
        ["j2k"] = Uids.Jpeg2000ImageCompressionLosslessOnly,
        ["JPEGLosslessSV1"] = Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1,
        ["JPEGLSLossless"] = Uids.JpegLsLosslessImageCompression,
        ["JPEG2000Lossless"] = Uids.Jpeg2000ImageCompressionLosslessOnly,
    };

    public static Command Create()
    {
        Command verb = new("convert", """
            Write files in another transfer syntax. Pixels are decoded, and coded anew without loss; everything else stays as it is.
            Exit code: 0 all written, 2 some of a folder were not and are named with the reason, 1 nothing could be done.
            Example: deid dicom convert scans/ plain/ --to explicit
            """) { In, Out, To };
        verb.SetAction(async (parsed, cancellation) =>
        {
            TransferSyntax target = Syntax(parsed.GetValue(To)!);
            await using FrameCodecs codecs = new(CodecWorkerVerb.Options());
            string from = parsed.GetValue(In)!;
            string to = parsed.GetValue(Out)!;
            return Directory.Exists(from)
                ? await ConvertFolderAsync(from, to, target, codecs, parsed.InvocationConfiguration.Output, cancellation)
                : await ConvertFileAsync(from, to, target, codecs, cancellation);
        });
        return verb;
    }

    private static async Task<int> ConvertFileAsync(string from, string to, TransferSyntax target, FrameCodecs codecs, CancellationToken cancellation)
    {
        await WriteAsync(from, to, target, codecs, cancellation);
        return ExitCode.Done;
    }

    private static async Task<int> ConvertFolderAsync(string from, string to, TransferSyntax target, FrameCodecs codecs, TextWriter output, CancellationToken cancellation)
    {
        string root = Path.GetFullPath(to) + Path.DirectorySeparatorChar;
        if (root.StartsWith(Path.GetFullPath(from).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new UsageException("the folder for results lies inside the one to read");
        }

        int written = 0, refused = 0;
        foreach (string path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(from, path);
            string result = Path.Combine(to, name);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(result)!);
                await WriteAsync(path, result, target, codecs, cancellation);
                written++;
            }
            catch (Exception e) when (e is CodecException or DicomFormatException or IOException or UnauthorizedAccessException)
            {
                refused++;
                await output.WriteLineAsync($"{name}: {e.Message}");
            }
        }

        await output.WriteLineAsync($"{written} files written, {refused} refused");
        return refused == 0 ? ExitCode.Done : written == 0 ? ExitCode.Failed : ExitCode.Partly;
    }

    /// <summary>Writes beside the target and moves into place: a result is whole or not there, and may replace its own source.</summary>
    private static async Task WriteAsync(string from, string to, TransferSyntax target, FrameCodecs codecs, CancellationToken cancellation)
    {
        string part = $"{to}.{Guid.NewGuid():N}.part";
        try
        {
            using DicomFile file = DicomFile.Open(from);
            using TranscodedFile result = await PixelTranscoder.TranscodeAsync(file, target, codecs, cancellation);
            using SegmentList bytes = result.Segments();
            await using (FileStream stream = new(part, FileMode.CreateNew, FileAccess.Write))
            {
                await bytes.WriteToAsync(stream, cancellation);
            }

            File.Move(part, to, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static TransferSyntax Syntax(string name)
    {
        string uid = ShortNames.GetValueOrDefault(name)
            ?? UidDictionary.All.FirstOrDefault(entry => entry.Type == UidType.TransferSyntax && IsNamed(entry, name))?.Uid
            ?? name;
        return TransferSyntax.Find(uid) ?? throw new UsageException($"'{name}' is no transfer syntax; give its UID, keyword or name, or one of {string.Join(", ", ShortNames.Keys)}");
    }

    private static bool IsNamed(UidEntry entry, string name) => string.Equals(Letters(entry.Name), Letters(name), StringComparison.OrdinalIgnoreCase);

    private static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit));
}
