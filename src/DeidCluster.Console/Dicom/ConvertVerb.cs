using System.CommandLine;
using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom convert`: writes files in another transfer syntax, pixels included.</summary>
internal static class ConvertVerb
{
    private static readonly Argument<string> In = new("IN") { Description = "A DICOM file, or a folder with everything below it." };
    private static readonly Argument<string> Out = new("OUT") { Description = "The file to write, or the folder for results when IN is one." };
    private static readonly Option<string> To = new("--to") { Description = "The transfer syntax: its UID, keyword or name, or explicit, implicit, deflated, rle, jpeg, jpegls, j2k." };
    private static readonly Option<bool> Utf8 = new("--utf8") { Description = "Write all text as UTF-8 (ISO_IR 192) and keep the transfer syntax; refused where a text's characters are not certain." };

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

    /// <summary>Longer text is not converted. Bytes.</summary>
    private const int TextBytesMax = 16 * 1024 * 1024;

    public static Command Create()
    {
        Command verb = new("convert", """
            Write files in another transfer syntax, or with their text in UTF-8. Pixels are decoded, and coded anew without loss; everything else stays as it is.
            Exit code: 0 all written, 2 some of a folder were not and are named with the reason, 1 nothing could be done.
            Example: deid dicom convert scans/ plain/ --to explicit
            """) { In, Out, To, Utf8 };
        verb.SetAction(async (parsed, cancellation) =>
        {
            string? to = parsed.GetValue(To);
            if (to is null != parsed.GetValue(Utf8))
            {
                throw new UsageException("give either --to or --utf8");
            }

            TransferSyntax? target = to is null ? null : Syntax(to);
            await using FrameCodecs codecs = new(CodecWorkerVerb.Options());
            string from = parsed.GetValue(In)!;
            string result = parsed.GetValue(Out)!;
            return Directory.Exists(from)
                ? await ConvertFolderAsync(from, result, target, codecs, parsed.InvocationConfiguration.Output, cancellation)
                : await ConvertFileAsync(from, result, target, codecs, cancellation);
        });
        return verb;
    }

    private static async Task<int> ConvertFileAsync(string from, string to, TransferSyntax? target, FrameCodecs codecs, CancellationToken cancellation)
    {
        await WriteAsync(from, to, target, codecs, cancellation);
        return ExitCode.Done;
    }

    private static async Task<int> ConvertFolderAsync(string from, string to, TransferSyntax? target, FrameCodecs codecs, TextWriter output, CancellationToken cancellation)
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

    /// <summary>Writes one file: in <paramref name="target"/>, or, when that is null, with its text in UTF-8.</summary>
    private static async Task WriteAsync(string from, string to, TransferSyntax? target, FrameCodecs codecs, CancellationToken cancellation)
    {
        using DicomFile file = DicomFile.Open(from, target is null ? ReadOptions.Default with { InlineValueBytesMax = TextBytesMax } : ReadOptions.Default);
        if (target is null)
        {
            using SegmentList text = InUtf8(file);
            await WholeFile.WriteAsync(to, text, cancellation);
            return;
        }

        using TranscodedFile result = await PixelTranscoder.TranscodeAsync(file, target, codecs, cancellation);
        using SegmentList bytes = result.Segments();
        await WholeFile.WriteAsync(to, bytes, cancellation);
    }

    private static SegmentList InUtf8(DicomFile file) => file.DataSet.TryToUtf8(out DataSet utf8)
        ? DicomFileWriter.Segments(file.FileMeta, utf8, file.TransferSyntax, file.Source)
        : throw new DicomFormatException("the characters of a text are not certain: its character set is missing, unknown or does not fit", file.DataSetOffset);

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
