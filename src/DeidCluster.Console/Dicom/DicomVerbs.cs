using System.CommandLine;

namespace DeidCluster.Console.Dicom;

/// <summary>`deid dicom`: speaks to any DICOM peer, without a node.</summary>
public static class DicomVerbs
{
    /// <summary>Adds the group to <paramref name="root"/>.</summary>
    public static void AddTo(RootCommand root)
    {
        Command group = new("dicom", "Speak to a DICOM peer, or work on DICOM files, without a node.");
        group.Add(ConvertVerb.Create());
        group.Add(EchoVerb.Create());
        group.Add(ScanVerb.Create());
        group.Add(SendVerb.Create());
        group.Add(ReceiveVerb.Create());
        group.Add(WebVerbs.Create());
        group.Add(DirectoryVerb.Create());
        group.Add(FindVerb.Create());
        group.Add(RetrieveVerbs.CreateGet());
        group.Add(RetrieveVerbs.CreateMove());
        group.Add(CommitVerb.Create());
        group.Add(JsonVerb.Create());
        group.Add(FromJsonVerb.Create());
        root.Add(group);
    }
}
