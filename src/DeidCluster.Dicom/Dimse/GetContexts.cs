namespace DeidCluster.Dicom;

/// <summary>
/// The presentation contexts of a C-GET, whose instances come on the association that asks for them (PS3.4 C.4.3, C.5.3): the SOP classes
/// with the SCP role, in the encodings that the archive may hold. One association has room for 128.
/// </summary>
public static class GetContexts
{
    /// <summary>What else archives keep instances in, the frequent first. Each gets a context of its own, because an archive answers a context with one encoding.</summary>
    private static readonly string[] Others =
    [
        Uids.Jpeg2000ImageCompressionLosslessOnly, Uids.JpegLosslessNonHierarchicalFirstOrderPredictionProcess14SelectionValue1,
        Uids.JpegBaselineProcess1, Uids.RleLossless, Uids.JpegLsLosslessImageCompression, Uids.Jpeg2000ImageCompression,
        Uids.JpegExtendedProcess2And4, Uids.JpegLosslessNonHierarchicalProcess14, Uids.JpegLsLossyNearLosslessImageCompression,
        Uids.Mpeg4AvcH264HighProfileLevel41, Uids.Mpeg2MainProfileMainLevel, Uids.HighThroughputJpeg2000ImageCompressionLosslessOnly,
        Uids.HighThroughputJpeg2000ImageCompression, Uids.DeflatedExplicitVrLittleEndian, Uids.ExplicitVrBigEndian,
    ];

    /// <summary>
    /// The contexts for <paramref name="getSopClassUid"/>. <paramref name="sopClassUids"/> is what the query said exists; without it, or with
    /// room to spare, the classes that archives are full of follow. First come uncompressed encodings for all, then each of the others.
    /// More classes than fit are left to another association.
    /// </summary>
    public static IReadOnlyList<ProposedContext> For(string getSopClassUid, IReadOnlyCollection<string> sopClassUids)
    {
        List<string> classes = [.. sopClassUids.Distinct()];
        if (classes.Count == 0)
        {
            classes.AddRange(StorageSopClasses.Frequent);
        }

        List<ProposedContext> contexts = [ProposedContext.InMemory(getSopClassUid)];
        contexts.AddRange(classes.Select(sopClass => Receiving(ProposedContext.InMemory(sopClass))));
        foreach (TransferSyntax syntax in Others.Select(TransferSyntax.Find).OfType<TransferSyntax>())
        {
            contexts.AddRange(classes.Select(sopClass => Receiving(new ProposedContext(sopClass, syntax))));
        }

        return [.. contexts.Take(PduLimits.PresentationContextsMax)];
    }

    private static ProposedContext Receiving(ProposedContext context) => context with { Roles = RequestorRoles.Scp };
}
