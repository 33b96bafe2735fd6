using System.Security.Cryptography;
using DeidCluster.Simulator;
using DeidCluster.TestKit;

namespace DeidCluster.Dicom.Tests.Network;

/// <summary>Every sample file that belongs to a study goes through an archive and a C-MOVE and comes out as it went in.</summary>
public class SampleTransferTests
{
    private readonly Dictionary<string, (string TransferSyntax, string Digest)> received = [];

    [SamplesFact]
    public async Task Samples_MovedThroughAnArchive_ArriveWithTheirBytes()
    {
        await using ArchiveSimulator archive = ArchiveSimulator.Start(new ArchiveSimulatorOptions { AeTitle = "ARCHIVE" });
        await using DicomListener destination = DicomListener.Start(Peers.Listening() with { AeTitle = "DEST" }, new ScriptedScp { Store = ReceiveAsync });
        archive.AddDestination("DEST", "127.0.0.1", destination.EndPoint.Port);

        Dictionary<string, (string TransferSyntax, string Digest)> sent = [];
        HashSet<string> studies = [];
        foreach (string path in Directory.EnumerateFiles(SamplesFactAttribute.Folder!, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!path.Contains("/malformed/", StringComparison.Ordinal) && archive.AddFile(path))
            {
                using DicomFile file = DicomFile.Open(path);
                byte[] bytes = await File.ReadAllBytesAsync(path);
                int offset = file.TransferSyntax.IsDeflated ? 128 + 4 + 12 + file.FileMeta.GetInt(Tags.FileMetaInformationGroupLength)!.Value : (int)file.DataSetOffset;
                // A deflated data set of odd length is padded on its way (PS3.5 A.5).
                byte[] dataSet = file.TransferSyntax.IsDeflated && (bytes.Length - offset) % 2 == 1 ? [.. bytes[offset..], 0] : bytes[offset..];
                sent[file.DataSet.GetString(Tags.SOPInstanceUID)!] = (file.TransferSyntax.Uid, Digest(dataSet));
                studies.Add(file.DataSet.GetString(Tags.StudyInstanceUID)!);
            }
        }

        await using ScuAssociation scu = await ScuAssociation.ConnectAsync(Peers.Calling(archive.Port, "ARCHIVE", Peers.StudyMove), Peers.Soon);
        foreach (string study in studies)
        {
            RetrieveOutcome outcome = await scu.MoveAsync(
                Uids.StudyRootQueryRetrieveInformationModelMove, Peers.Identifier("STUDY", (Tags.StudyInstanceUID, study)), "DEST", null, Peers.Soon);
            Assert.True(outcome.Status == DimseStatus.Success, $"{study}: {outcome}");
        }

        Assert.InRange(sent.Count, 50, int.MaxValue);
        Assert.Equal(sent.OrderBy(pair => pair.Key, StringComparer.Ordinal), received.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    private async ValueTask<DimseStatus> ReceiveAsync(StoreRequest request, CancellationToken ct)
    {
        using MemoryStream bytes = new();
        await request.DataSet.CopyToAsync(bytes, ct);
        received[request.SopInstanceUid] = (request.TransferSyntax.Uid, Digest(bytes.ToArray()));
        return DimseStatus.Success;
    }

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
