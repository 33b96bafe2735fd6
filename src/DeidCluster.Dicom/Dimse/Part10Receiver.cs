using System.Security.Cryptography;

namespace DeidCluster.Dicom;

/// <summary>What <see cref="Part10Receiver"/> wrote.</summary>
/// <param name="Bytes">The length of the file.</param>
/// <param name="Sha256">The digest of all its bytes, lower-case hexadecimal; empty when none was asked for.</param>
public sealed record Part10Receipt(long Bytes, string Sha256);

/// <summary>
/// Writes a received instance as a file (PS3.10 7.1): preamble, file meta information made from the request, and the data set as it
/// arrives. Nothing is held in memory but one buffer. Making it durable is the caller's choice.
/// </summary>
public static class Part10Receiver
{
    /// <summary>Reads the data set of <paramref name="store"/> to its end into <paramref name="file"/> and digests what it writes if <paramref name="digests"/> says so.</summary>
    public static Task<Part10Receipt> ReceiveAsync(StoreRequest store, Stream file, CancellationToken ct, bool digests = true) =>
        CopyAsync(
            FileMetaInformation.ReceivedHead(
                store.SopClassUid, store.SopInstanceUid, store.TransferSyntax.Uid, store.Association.CallingAeTitle, store.Association.CalledAeTitle),
            store.DataSet, file, ct, digests);

    /// <summary>The same for <paramref name="source"/>, which is a whole file already and stays as it is.</summary>
    public static Task<Part10Receipt> CopyAsync(Stream source, Stream file, CancellationToken ct, bool digests = true) =>
        CopyAsync([], source, file, ct, digests);

    private static async Task<Part10Receipt> CopyAsync(byte[] header, Stream source, Stream file, CancellationToken ct, bool digests)
    {
        using IncrementalHash? digest = digests ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        using Part10Stream target = new(file, digest);
        await target.WriteAsync(header, ct).ConfigureAwait(false);
        await source.CopyToAsync(target, ct).ConfigureAwait(false);
        await target.FlushAsync(ct).ConfigureAwait(false);
        return new Part10Receipt(target.Length, digest is null ? "" : Convert.ToHexStringLower(digest.GetHashAndReset()));
    }
}
