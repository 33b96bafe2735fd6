using DeidCluster.Dicom.Tests.Pixels;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.RealPeers;

/// <summary>A transfer syntax, the letter that DCMTK's network tools give it, and the peer's tool that makes a file in it from an uncompressed one.</summary>
internal sealed record PeerSyntax(string Name, string Uid, string Letter, int Bits, string Tool, params string[] Options)
{
    /// <summary>Every transfer syntax for which a tool here makes files.</summary>
    public static IReadOnlyList<PeerSyntax> All { get; } =
    [
        new("Implicit VR Little Endian", Uids.ImplicitVrLittleEndian, "i", 12, "dcmconv", "+ti"),
        new("Explicit VR Little Endian", Uids.ExplicitVrLittleEndian, "e", 12, "dcmconv", "+te"),
        new("Explicit VR Big Endian", Uids.ExplicitVrBigEndian, "b", 12, "dcmconv", "+tb"),
        new("Deflated Explicit VR Little Endian", Uids.DeflatedExplicitVrLittleEndian, "d", 12, "dcmconv", "+td"),
        new("JPEG Baseline", "1.2.840.10008.1.2.4.50", "y", 8, "dcmcjpeg", "+eb"),
        new("JPEG Extended", "1.2.840.10008.1.2.4.51", "x", 12, "dcmcjpeg", "+ee"),
        new("JPEG Lossless, first-order prediction", "1.2.840.10008.1.2.4.70", "s", 12, "dcmcjpeg", "+e1"),
        new("JPEG-LS Lossless", "1.2.840.10008.1.2.4.80", "t", 12, "dcmcjpls", "+el"),
        new("JPEG-LS Near-Lossless", "1.2.840.10008.1.2.4.81", "u", 12, "dcmcjpls", "+en"),
        new("JPEG 2000 Lossless", "1.2.840.10008.1.2.4.90", "v", 12, "gdcmconv", "--j2k"),
        new("JPEG 2000", "1.2.840.10008.1.2.4.91", "w", 12, "gdcmconv", "--j2k", "--lossy", "-r", "4"),
        new("RLE Lossless", Uids.RleLossless, "r", 12, "dcmcrle"),
    ];

    /// <summary>Makes a file of one generated image in this syntax, with the peer's tool.</summary>
    public async Task<string> MakeAsync(TestFolder folder)
    {
        string plain = folder.File($"plain{Bits}.dcm");
        PixelDescription description = TestImages.Grey(64, 48, Bits == 8 ? 8 : 16, Bits);
        TestImages.Write(plain, TestImages.Image(description, TestImages.Frame(description, seed: Bits)), TransferSyntax.ExplicitVrLittleEndian);
        string made = folder.File($"{Letter}.dcm");
        (int exitCode, string output) = await PeerProcess.RunAsync(Tool, [.. Options, plain, made], TimeSpan.FromSeconds(30));
        Assert.True(exitCode == 0, $"{Tool} ended with {exitCode}: {output}");
        using DicomFile file = DicomFile.Open(made);
        Assert.Equal(Uid, file.TransferSyntax.Uid);
        return made;
    }

    /// <summary>The bytes of the data set of the file at <paramref name="path"/>, as they lie there.</summary>
    public static byte[] DataSetBytes(string path)
    {
        using DicomFile file = DicomFile.Open(path);
        using SegmentList bytes = Transcoder.Segments(file, file.TransferSyntax);
        return bytes.ToArray();
    }
}
