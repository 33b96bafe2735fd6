namespace DeidCluster.Dicom;

/// <summary>
/// How a data set is encoded (PS3.5 chapter 10, annex A). <paramref name="IsDeflated"/>: the whole data set is compressed (PS3.5 A.5).
/// <paramref name="IsEncapsulated"/>: pixel data is a sequence of fragments (PS3.5 A.4).
/// </summary>
public sealed record TransferSyntax(string Uid, string Name, bool IsExplicitVr, bool IsBigEndian, bool IsDeflated, bool IsEncapsulated)
{
    private static readonly Lazy<Dictionary<string, TransferSyntax>> Known = new(() => UidDictionary.All
        .Where(entry => entry.Type == UidType.TransferSyntax && !IsUnsupported(entry.Uid))
        .Select(entry => new TransferSyntax(
            entry.Uid,
            entry.Name,
            IsExplicitVr: entry.Uid != Uids.ImplicitVrLittleEndian,
            IsBigEndian: entry.Uid == Uids.ExplicitVrBigEndian,
            IsDeflated: entry.Uid is Uids.DeflatedExplicitVrLittleEndian or Uids.JpipReferencedDeflate or Uids.JpipHtj2kReferencedDeflate,
            IsEncapsulated: IsEncapsulatedUid(entry.Uid)))
        .ToDictionary(syntax => syntax.Uid, StringComparer.Ordinal));

    /// <summary>Implicit VR Little Endian, the default that every peer knows (PS3.5 A.1).</summary>
    public static TransferSyntax ImplicitVrLittleEndian { get; } =
        new(Uids.ImplicitVrLittleEndian, "Implicit VR Little Endian", IsExplicitVr: false, IsBigEndian: false, IsDeflated: false, IsEncapsulated: false);

    /// <summary>Explicit VR Little Endian (PS3.5 A.2).</summary>
    public static TransferSyntax ExplicitVrLittleEndian { get; } =
        new(Uids.ExplicitVrLittleEndian, "Explicit VR Little Endian", IsExplicitVr: true, IsBigEndian: false, IsDeflated: false, IsEncapsulated: false);

    /// <summary>Explicit VR Big Endian, retired, but peers still ask for it (PS3.5 A.3).</summary>
    public static TransferSyntax ExplicitVrBigEndian { get; } =
        new(Uids.ExplicitVrBigEndian, "Explicit VR Big Endian", IsExplicitVr: true, IsBigEndian: true, IsDeflated: false, IsEncapsulated: false);

    /// <summary>Deflated Explicit VR Little Endian (PS3.5 A.5).</summary>
    public static TransferSyntax DeflatedExplicitVrLittleEndian { get; } =
        new(Uids.DeflatedExplicitVrLittleEndian, "Deflated Explicit VR Little Endian", IsExplicitVr: true, IsBigEndian: false, IsDeflated: true, IsEncapsulated: false);

    /// <summary>Every transfer syntax that a file can be read in.</summary>
    public static IReadOnlyCollection<TransferSyntax> All => Known.Value.Values;

    /// <summary>The transfer syntax with <paramref name="uid"/>; null when it is unknown, which a reader must refuse: its encoding cannot be guessed.</summary>
    public static TransferSyntax? Find(string uid) => uid switch
    {
        Uids.ImplicitVrLittleEndian => ImplicitVrLittleEndian,
        Uids.ExplicitVrLittleEndian => ExplicitVrLittleEndian,
        _ => Known.Value.GetValueOrDefault(uid),
    };

    /// <summary>Syntaxes that are no binary data sets (MIME, XML), run over RTP only (SMPTE), or had a file format of their own (Papyrus).</summary>
    private static bool IsUnsupported(string uid) =>
        uid is Uids.Rfc2557MimeEncapsulation or Uids.XmlEncoding or Uids.Papyrus3ImplicitVrLittleEndian
        || uid.StartsWith("1.2.840.10008.1.2.7.", StringComparison.Ordinal);

    /// <summary>Every compressed syntax, except those whose pixels are elsewhere (JPIP).</summary>
    private static bool IsEncapsulatedUid(string uid) =>
        uid is Uids.RleLossless or Uids.EncapsulatedUncompressedExplicitVrLittleEndian or Uids.DeflatedImageFrameCompression
        || (uid.StartsWith("1.2.840.10008.1.2.4.", StringComparison.Ordinal)
            && uid is not (Uids.JpipReferenced or Uids.JpipReferencedDeflate or Uids.JpipHtj2kReferenced or Uids.JpipHtj2kReferencedDeflate));
}
