using System.Buffers;
using System.Security.Cryptography;

namespace DeidCluster.Dicom;

/// <summary>What <see cref="Part10Receiver"/> wrote.</summary>
/// <param name="Bytes">The length of the file.</param>
/// <param name="Sha256">The digest of all its bytes, lower-case hexadecimal.</param>
public sealed record Part10Receipt(long Bytes, string Sha256);

/// <summary>
/// Writes a received instance as a file (PS3.10 7.1): preamble, file meta information made from the request, and the data set as it
/// arrives. Nothing is held in memory but one buffer. Making it durable is the caller's choice.
/// </summary>
public static class Part10Receiver
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Reads the data set of <paramref name="store"/> to its end into <paramref name="file"/> and digests what it writes.</summary>
    public static async Task<Part10Receipt> ReceiveAsync(StoreRequest store, Stream file, CancellationToken ct)
    {
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            byte[] header = Header(store);
            header.CopyTo(buffer, 0);
            int filled = header.Length;
            long bytes = 0;
            int read;
            do
            {
                read = await store.DataSet.ReadAtLeastAsync(buffer.AsMemory(filled, BufferBytes - filled), BufferBytes - filled, throwOnEndOfStream: false, ct).ConfigureAwait(false);
                filled += read;
                digest.AppendData(buffer, 0, filled);
                await file.WriteAsync(buffer.AsMemory(0, filled), ct).ConfigureAwait(false);
                bytes += filled;
                filled = 0;
            }
            while (read > 0);

            await file.FlushAsync(ct).ConfigureAwait(false);
            return new Part10Receipt(bytes, Convert.ToHexStringLower(digest.GetHashAndReset()));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Preamble, prefix and file meta information of the file that <paramref name="store"/> becomes.</summary>
    private static byte[] Header(StoreRequest store)
    {
        DataSet meta = FileMetaInformation.Build(store.SopClassUid, store.SopInstanceUid, store.TransferSyntax.Uid);
        meta.SetString(Tags.SendingApplicationEntityTitle, store.Association.CallingAeTitle);
        meta.SetString(Tags.ReceivingApplicationEntityTitle, store.Association.CalledAeTitle);
        return DicomFileWriter.Segments(meta, new DataSet(), TransferSyntax.ExplicitVrLittleEndian, source: null).ToArray();
    }
}
