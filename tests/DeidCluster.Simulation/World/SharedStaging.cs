namespace DeidCluster.Simulation;

/// <summary>The staging area that all nodes share: what has arrived, by archive, study and instance, with the digests of all its versions.</summary>
internal sealed class SharedStaging
{
    private readonly Dictionary<(string Archive, string StudyUid, string SopInstanceUid), SortedSet<string>> received = [];

    public void Receive(string archive, string studyUid, string sopInstanceUid, string digest)
    {
        if (!received.TryGetValue((archive, studyUid, sopInstanceUid), out SortedSet<string>? digests))
        {
            received[(archive, studyUid, sopInstanceUid)] = digests = new(StringComparer.Ordinal);
        }

        digests.Add(digest);
    }

    public IReadOnlyCollection<string> Digests(string archive, string studyUid, string sopInstanceUid) =>
        received.GetValueOrDefault((archive, studyUid, sopInstanceUid), []);
}
