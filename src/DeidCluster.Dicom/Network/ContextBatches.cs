namespace DeidCluster.Dicom;

/// <summary>Instances that one association has room for, with the presentation contexts that they need.</summary>
/// <param name="Instances">The instances, in order.</param>
/// <param name="Contexts">One for each SOP class and encoding, so that the answers tell which encodings the peer takes.</param>
public sealed record ContextBatch<T>(IReadOnlyList<T> Instances, IReadOnlyList<ProposedContext> Contexts);

/// <summary>Cuts what is to be sent where one association would need more presentation contexts than there are (PS3.8 9.3.2.2).</summary>
public static class ContextBatches
{
    /// <summary><paramref name="instances"/> in order; <paramref name="encodings"/> are the SOP class and the syntaxes that each may leave in, a few.</summary>
    public static IEnumerable<ContextBatch<T>> Cut<T>(IEnumerable<T> instances, Func<T, IEnumerable<(string SopClassUid, TransferSyntax Syntax)>> encodings)
    {
        List<T> batch = [];
        OrderedDictionary<(string, string), ProposedContext> contexts = [];
        foreach (T instance in instances)
        {
            List<(string SopClassUid, TransferSyntax Syntax)> own = [.. encodings(instance).DistinctBy(pair => (pair.SopClassUid, pair.Syntax.Uid))];
            if (batch.Count > 0 && contexts.Count + own.Count(pair => !contexts.ContainsKey((pair.SopClassUid, pair.Syntax.Uid))) > PduLimits.PresentationContextsMax)
            {
                yield return new ContextBatch<T>(batch, [.. contexts.Values]);
                batch = [];
                contexts = [];
            }

            foreach ((string sopClassUid, TransferSyntax syntax) in own)
            {
                contexts.TryAdd((sopClassUid, syntax.Uid), new ProposedContext(sopClassUid, syntax));
            }

            batch.Add(instance);
        }

        if (batch.Count > 0)
        {
            yield return new ContextBatch<T>(batch, [.. contexts.Values]);
        }
    }
}
