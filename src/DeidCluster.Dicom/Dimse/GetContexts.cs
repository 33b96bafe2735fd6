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

    /// <summary>
    /// The SOP classes of what <paramref name="identifier"/>, the identifier of a C-GET, names: by SOP Classes in Study where the archive
    /// tells it, else by asking for each series' instances. None when it says neither; the queries go over <paramref name="archive"/>.
    /// </summary>
    public static async Task<IReadOnlyCollection<string>> SopClassesAsync(ScuAssociation archive, QueryModel model, DataSet identifier, CancellationToken ct)
    {
        HashSet<string> found = [];
        DataSet study = Above(model, identifier, QueryLevel.Study);
        study.SetEmpty(Tags.SOPClassesInStudy);
        List<DataSet> studies = await FindAsync(archive, model, study, ct).ConfigureAwait(false);
        foreach (DataSet one in studies)
        {
            found.UnionWith(one.GetStrings(Tags.SOPClassesInStudy).Where(uid => uid.Length > 0));
        }

        foreach (DataSet one in found.Count > 0 ? [] : studies)
        {
            DataSet series = Above(model, one, QueryLevel.Series);
            series.SetEmpty(Tags.SeriesInstanceUID);
            foreach (DataSet each in await FindAsync(archive, model, series, ct).ConfigureAwait(false))
            {
                DataSet image = Above(model, each, QueryLevel.Image);
                image.SetString(Tags.StudyInstanceUID, one.GetString(Tags.StudyInstanceUID) ?? "");
                image.SetEmpty(Tags.SOPInstanceUID);
                image.SetEmpty(Tags.SOPClassUID);
                found.UnionWith((await FindAsync(archive, model, image, ct).ConfigureAwait(false)).Select(instance => instance.GetString(Tags.SOPClassUID)).OfType<string>());
            }
        }

        return found;
    }

    /// <summary>A query at <paramref name="level"/> with the unique keys, of that level and above, that <paramref name="known"/> has.</summary>
    private static DataSet Above(QueryModel model, DataSet known, QueryLevel level)
    {
        DataSet query = new();
        query.SetString(Tags.QueryRetrieveLevel, level.Keyword());
        foreach (Tag unique in model.Levels.Where(above => above <= level).Select(above => above.UniqueKey()))
        {
            query.Set(known.Find(unique) is ValueElement value ? value : new ValueElement(unique, Vr.UI, default));
        }

        return query;
    }

    private static async Task<List<DataSet>> FindAsync(ScuAssociation archive, QueryModel model, DataSet query, CancellationToken ct)
    {
        List<DataSet> matches = [];
        await foreach (DataSet match in archive.FindAsync(model.Find, query, ct).ConfigureAwait(false))
        {
            matches.Add(match);
        }

        return matches;
    }

    private static ProposedContext Receiving(ProposedContext context) => context with { Roles = RequestorRoles.Scp };
}
