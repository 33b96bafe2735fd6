using DeidCluster.Deid;
using DeidCluster.Pipeline;

namespace DeidCluster.Node;

/// <summary>The keys of destinations.yaml.</summary>
internal static class DestinationsFile
{
    private const int PortMax = 65535;
    private const int AssociationsLimit = 64;

    private enum DestinationKind
    {
        Folder,
        Dimse,
    }

    /// <summary>The destinations of <paramref name="map"/>; <paramref name="aeTitle"/> is ours, relative folders count from <paramref name="folder"/>.</summary>
    public static IReadOnlyList<DestinationSettings> Read(YamlMap map, string aeTitle, string folder)
    {
        List<DestinationSettings> destinations = [];
        foreach (YamlMap entry in map.OptionalMaps("destinations"))
        {
            string name = ArchivesFile.NameOf(entry, destinations.Select(destination => destination.Name))?.Text ?? "";
            destinations.Add(entry.RequiredEnum<DestinationKind>("kind") == DestinationKind.Dimse
                ? ReadDimse(entry, name, aeTitle, folder)
                : new FolderDestinationSettings { Name = name, Path = NodeFile.PathOf(entry.RequiredString("path"), folder) });
        }

        map.Finish();
        return destinations;
    }

    private static DimseDestinationSettings ReadDimse(YamlMap entry, string name, string aeTitle, string folder)
    {
        DimseDestinationSettings defaults = new()
        {
            Name = name,
            Host = entry.RequiredString("host"),
            Port = entry.RequiredInt("port", 1, PortMax),
            AeTitle = NodeFile.AeTitleOf(entry.RequiredScalar("ae-title")),
            CallingAeTitle = entry.OptionalScalar("calling-ae-title") is { } calling ? NodeFile.AeTitleOf(calling) : aeTitle,
            Tls = TlsSection.ReadPeer(entry.OptionalMap("tls"), folder),
        };
        return defaults with
        {
            AssociationsMax = entry.OptionalInt("associations-max", defaults.AssociationsMax, 1, AssociationsLimit),
            ConnectTimeout = ArchivesFile.Seconds(entry, "connect-timeout-seconds", defaults.ConnectTimeout),
            StoreTimeout = ArchivesFile.Seconds(entry, "store-timeout-seconds", defaults.StoreTimeout),
        };
    }
}
