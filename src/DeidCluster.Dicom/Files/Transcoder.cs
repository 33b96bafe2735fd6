namespace DeidCluster.Dicom;

/// <summary>
/// Changes the encoding of a data set between implicit VR, explicit VR, big endian and deflated (PS3.5 A.1, A.2, A.3, A.5). Values that
/// were left in the file are copied, and their words reversed, while the result is written: pixels are never held in memory.
/// An attribute without a VR in the standard's dictionary becomes UN in explicit VR (PS3.5 6.2.2). Compressing and decompressing is not
/// done here.
/// </summary>
public static class Transcoder
{
    private static readonly WriteOptions WithoutGroupLengths = new() { DropGroupLengths = true };

    /// <summary>Why <paramref name="file"/> cannot be encoded in <paramref name="target"/> here; null when it can. The syntax that it has is always possible.</summary>
    public static string? Obstacle(DicomFile file, TransferSyntax target)
    {
        if (file.TransferSyntax.Uid == target.Uid)
        {
            return null;
        }

        if (file.IsPartial)
        {
            return "not all of it was read";
        }

        if (Has(file.DataSet, element => element is FragmentsElement))
        {
            return "its pixel data is compressed";
        }

        if (file.DataSet.Elements.Any(element => element.Tag.Group == Tags.TransferSyntaxUID.Group))
        {
            return "elements of file meta information stand in its data set, and would be taken for the file's own";
        }

        if (!target.IsExplicitVr && Has(file.DataSet, ContradictsDictionary))
        {
            return "a value stands where the standard has a sequence, or items where it has a value, which only explicit VR can say";
        }

        if (!IsUncompressed(target))
        {
            return "the transfer syntax that is asked for compresses pixel data, or keeps it elsewhere";
        }

        if (!IsUncompressed(file.TransferSyntax) && !file.TransferSyntax.IsEncapsulated)
        {
            return "its pixel data lies elsewhere"; // JPIP
        }

        return file.DataSet.Contains(Tags.DirectoryRecordSequence) ? "its directory records count the bytes of this encoding (PS3.3 F.2.2)" : null;
    }

    /// <summary>
    /// The data set of <paramref name="file"/> in <paramref name="target"/>, as C-STORE sends it. The syntax that the file has gives its bytes as they
    /// are; any other leaves out group lengths, which would be wrong. The file must stay open until the segments were written. What
    /// <see cref="Obstacle"/> names is a <see cref="NotSupportedException"/>.
    /// </summary>
    public static SegmentList Segments(DicomFile file, TransferSyntax target)
    {
        Require(file, target);
        if (file.TransferSyntax.Uid == target.Uid)
        {
            return SegmentList.Of(file.Original, file.OriginalDataSetOffset, file.Original.Length - file.OriginalDataSetOffset);
        }

        SegmentList encoded = DataSetWriter.Segments(file.DataSet, target, file.Source, WithoutGroupLengths);
        if (!target.IsDeflated)
        {
            return encoded;
        }

        SegmentList deflated = new();
        deflated.AddOwned(Inflation.Deflate(encoded));
        return deflated;
    }

    /// <summary>The same as a file (PS3.10 chapter 7), with meta information of our own and an empty preamble.</summary>
    /// <exception cref="DicomFormatException">Its UIDs have letters that cannot stand in meta information.</exception>
    public static SegmentList FileSegments(DicomFile file, TransferSyntax target)
    {
        SegmentList result = DicomFileWriter.Head(Meta(file, target));
        result.AddOwned(Segments(file, target));
        return result;
    }

    /// <summary>Meta information of our own for <paramref name="file"/> in <paramref name="target"/>.</summary>
    internal static DataSet Meta(DicomFile file, TransferSyntax target)
    {
        string? sopClassUid = file.DataSet.GetString(Tags.SOPClassUID) ?? file.FileMeta.GetString(Tags.MediaStorageSOPClassUID);
        string? sopInstanceUid = file.DataSet.GetString(Tags.SOPInstanceUID) ?? file.FileMeta.GetString(Tags.MediaStorageSOPInstanceUID);
        return FileMetaInformation.Build(sopClassUid ?? "", sopInstanceUid ?? "", target.Uid);
    }

    private static void Require(DicomFile file, TransferSyntax target)
    {
        if (Obstacle(file, target) is { } obstacle)
        {
            throw new NotSupportedException($"the data set cannot be encoded in {target.Name}: {obstacle}");
        }
    }

    /// <summary>True for the encodings that are made here.</summary>
    internal static bool IsUncompressed(TransferSyntax syntax) => syntax.Uid is Uids.ImplicitVrLittleEndian or Uids.ExplicitVrLittleEndian
        or Uids.ExplicitVrBigEndian or Uids.DeflatedExplicitVrLittleEndian;

    /// <summary>True where a reader of implicit VR, who has only the dictionary, would look for items and find none, or take items for fragments.</summary>
    private static bool ContradictsDictionary(Element element) => DicomDictionary.Find(element.Tag)?.Vr switch
    {
        Vr.SQ => element is ValueElement { Bytes.Length: > 0 } or RangeElement,
        Vr.OB or Vr.OW => element is SequenceElement,
        _ => false,
    };

    private static bool Has(DataSet dataSet, Predicate<Element> wanted) => dataSet.Elements.Any(
        element => wanted(element) || (element is SequenceElement sequence && sequence.Items.Any(item => Has(item, wanted))));
}
