using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DeidCluster.Dicom;

/// <summary>
/// Certificate revocation lists (RFC 5280 5) in a file that somebody keeps up to date: the authority's own list, fetched by a timer, works where nodes cannot reach the authority. The file
/// is read again when it changed. A certificate is good only when a current list that its issuer signed does not name it.
/// </summary>
public sealed class RevocationLists
{
    /// <summary>Lists of national authorities have megabytes. Bytes.</summary>
    private const int FileBytesMax = 64 * 1024 * 1024;

    private const string PemLabel = "X509 CRL";

    private readonly string file;
    private readonly Lock gate = new();
    private (DateTime WrittenAt, long Bytes) read;
    private IReadOnlyList<RevocationList> lists = [];

    private RevocationLists(string file) => this.file = file;

    /// <summary>The lists in <paramref name="file"/>: PEM, one behind another, or one in DER.</summary>
    /// <exception cref="TlsConfigurationException">It cannot be read, or holds no list.</exception>
    public static RevocationLists Open(string file)
    {
        RevocationLists opened = new(file);
        try
        {
            opened.Refresh();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or AsnContentException or CryptographicException or ArgumentException)
        {
            throw new TlsConfigurationException($"{file} cannot be used as a revocation list: {fault.Message}", fault);
        }

        return opened;
    }

    /// <summary>True when every certificate of <paramref name="chain"/>, the peer's first and its root last, but for the root, is known not to be revoked.</summary>
    internal bool AreGood(IReadOnlyList<X509Certificate2> chain, DateTimeOffset now)
    {
        lock (gate)
        {
            try
            {
                Refresh();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or AsnContentException or CryptographicException or ArgumentException)
            {
                return false; // half a list says nothing
            }

            return Enumerable.Range(0, Math.Max(chain.Count - 1, 0)).All(at => lists.Any(list => list.IsOf(chain[at + 1], now)) && !lists.Any(list => list.IsOf(chain[at + 1], now) && list.Names(chain[at])));
        }
    }

    private void Refresh()
    {
        FileInfo found = new(file);
        (DateTime, long) state = (found.LastWriteTimeUtc, found.Length);
        if (state == read)
        {
            return;
        }

        byte[] bytes = state.Item2 <= FileBytesMax ? File.ReadAllBytes(file) : throw new IOException("longer than any revocation list");
        lists = [.. Encoded(bytes).Select(RevocationList.Read)];
        read = lists.Count > 0 ? state : throw new CryptographicException("it holds no revocation list");
    }

    private static List<byte[]> Encoded(byte[] bytes)
    {
        const byte Sequence = 0x30;
        if (bytes is [Sequence, ..])
        {
            return [bytes];
        }

        List<byte[]> found = [];
        ReadOnlySpan<char> text = System.Text.Encoding.ASCII.GetString(bytes);
        while (PemEncoding.TryFind(text, out PemFields pem))
        {
            if (text[pem.Label].SequenceEqual(PemLabel))
            {
                found.Add(Convert.FromBase64String(text[pem.Base64Data].ToString()));
            }

            text = text[pem.Location.End..];
        }

        return found;
    }
}

/// <summary>One revocation list (RFC 5280 5.1).</summary>
internal sealed class RevocationList
{
    private static readonly Dictionary<string, HashAlgorithmName> HashBySignature = new()
    {
        ["1.2.840.10045.4.3.2"] = HashAlgorithmName.SHA256, ["1.2.840.10045.4.3.3"] = HashAlgorithmName.SHA384, ["1.2.840.10045.4.3.4"] = HashAlgorithmName.SHA512,
        ["1.2.840.113549.1.1.11"] = HashAlgorithmName.SHA256, ["1.2.840.113549.1.1.12"] = HashAlgorithmName.SHA384, ["1.2.840.113549.1.1.13"] = HashAlgorithmName.SHA512,
    };

    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0);

    private readonly byte[] signed;
    private readonly byte[] signature;
    private readonly HashAlgorithmName hash;
    private readonly byte[] issuer;
    private readonly DateTimeOffset thisUpdate;
    private readonly DateTimeOffset nextUpdate;
    private readonly HashSet<BigInteger> serials;

    private RevocationList(byte[] signed, byte[] signature, HashAlgorithmName hash, byte[] issuer, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate, HashSet<BigInteger> serials) =>
        (this.signed, this.signature, this.hash, this.issuer, this.thisUpdate, this.nextUpdate, this.serials) = (signed, signature, hash, issuer, thisUpdate, nextUpdate, serials);

    /// <summary>The list in <paramref name="der"/>. One that says by a critical extension that it is no whole list of its issuer's own certificates is refused.</summary>
    public static RevocationList Read(byte[] der)
    {
        AsnReader whole = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        byte[] signed = whole.PeekEncodedValue().ToArray();
        AsnReader body = whole.ReadSequence();
        string algorithm = whole.ReadSequence().ReadObjectIdentifier();
        byte[] signature = whole.ReadBitString(out _);
        if (body.PeekTag() == Asn1Tag.Integer)
        {
            body.ReadInteger(); // version
        }

        body.ReadSequence(); // the algorithm once more
        byte[] issuer = body.ReadEncodedValue().ToArray();
        DateTimeOffset thisUpdate = Time(body);
        DateTimeOffset nextUpdate = body.HasData && body.PeekTag() is { TagValue: (int)UniversalTagNumber.UtcTime or (int)UniversalTagNumber.GeneralizedTime, TagClass: TagClass.Universal }
            ? Time(body) : DateTimeOffset.MaxValue;
        HashSet<BigInteger> serials = [];
        if (body.HasData && body.PeekTag() == Asn1Tag.Sequence)
        {
            for (AsnReader entries = body.ReadSequence(); entries.HasData;)
            {
                AsnReader entry = entries.ReadSequence();
                serials.Add(entry.ReadInteger());
                Time(entry);
                RefuseCritical(entry);
            }
        }

        if (body.HasData && body.PeekTag().HasSameClassAndValue(Extensions))
        {
            RefuseCritical(body.ReadSequence(Extensions));
        }

        return new RevocationList(
            signed, signature, HashBySignature.TryGetValue(algorithm, out HashAlgorithmName hash) ? hash : throw new CryptographicException("its signature is of an unknown kind"),
            issuer, thisUpdate, nextUpdate, serials);
    }

    /// <summary>True when <paramref name="authority"/> signed it and it counts now.</summary>
    public bool IsOf(X509Certificate2 authority, DateTimeOffset now) =>
        authority.SubjectName.RawData.AsSpan().SequenceEqual(issuer) && thisUpdate <= now && now <= nextUpdate && IsSignedBy(authority);

    /// <summary>True when it names <paramref name="certificate"/>, which its issuer issued.</summary>
    public bool Names(X509Certificate2 certificate) => serials.Contains(new BigInteger(certificate.SerialNumberBytes.Span, isBigEndian: true));

    private bool IsSignedBy(X509Certificate2 authority)
    {
        using ECDsa? curve = authority.GetECDsaPublicKey();
        using RSA? rsa = authority.GetRSAPublicKey();
        return curve?.VerifyData(signed, signature, hash, DSASignatureFormat.Rfc3279DerSequence) ?? rsa?.VerifyData(signed, signature, hash, RSASignaturePadding.Pkcs1) ?? false;
    }

    private static DateTimeOffset Time(AsnReader reader) =>
        reader.PeekTag().TagValue == (int)UniversalTagNumber.UtcTime ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static void RefuseCritical(AsnReader outer)
    {
        if (!outer.HasData)
        {
            return;
        }

        for (AsnReader extensions = outer.ReadSequence(); extensions.HasData;)
        {
            AsnReader extension = extensions.ReadSequence();
            extension.ReadObjectIdentifier();
            if (extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean())
            {
                throw new CryptographicException("it is no whole list of the certificates of its issuer (a critical extension)");
            }
        }
    }
}
