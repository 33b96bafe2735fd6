using DeidCluster.Deid;
using DeidCluster.Pipeline;
using DeidCluster.Studies;

namespace DeidCluster.Node;

/// <summary>The keys of archives.yaml.</summary>
internal static class ArchivesFile
{
    private const int PortMax = 65535;
    private const int SecondsMax = 24 * 3600;
    private const int AssociationsDefault = 2;
    private const int FailuresToOpenDefault = 5;
    private const int OpenSecondsDefault = 60;
    private const int IdleTimeoutSecondsDefault = 60;
    private const double RateMax = 1_000_000;

    private enum ArchiveKind
    {
        Dimse,
        Dicomweb,
    }

    private enum RetrieveVerb
    {
        CMove,
        CGet,
    }

    /// <summary>The archives of <paramref name="map"/>; <paramref name="aeTitle"/> is ours, relative files count from <paramref name="folder"/>.</summary>
    public static IReadOnlyList<ArchiveConfiguration> Read(YamlMap map, string aeTitle, string folder)
    {
        List<ArchiveConfiguration> archives = [];
        Dictionary<string, string> archiveByAeTitle = new(StringComparer.Ordinal);
        foreach (YamlMap entry in map.OptionalMaps("archives"))
        {
            YamlScalar? name = NameOf(entry, archives.Select(archive => archive.Settings.Name));
            ArchiveConfiguration archive = ReadArchive(entry, name?.Text ?? "", aeTitle, folder);
            foreach (string title in archive.Settings is DimseArchiveSettings dimse ? dimse.SendingAeTitles.Append(dimse.AeTitle).Distinct() : [])
            {
                if (!archiveByAeTitle.TryAdd(title, archive.Settings.Name))
                {
                    entry.Fail($"AE title '{title}' is that of archive '{archiveByAeTitle[title]}' already; what it sends could not be told apart");
                }
            }

            archives.Add(archive);
        }

        map.Finish();
        return archives;
    }

    /// <summary>The name of an entry, which no other may have.</summary>
    public static YamlScalar? NameOf(YamlMap entry, IEnumerable<string> taken)
    {
        YamlScalar? name = entry.RequiredScalar("name");
        if (name is not null && !name.Text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '_'))
        {
            name.Fail("a name has lower-case letters, digits, '-' and '_'");
        }
        else if (name is not null && taken.Contains(name.Text))
        {
            name.Fail($"'{name.Text}' stands here a second time");
        }

        return name;
    }

    private static ArchiveConfiguration ReadArchive(YamlMap entry, string name, string aeTitle, string folder)
    {
        ArchiveSettings defaults = entry.RequiredEnum<ArchiveKind>("kind") == ArchiveKind.Dicomweb
            ? ReadDicomWeb(entry, name, folder)
            : ReadDimse(entry, name, aeTitle, folder);
        ArchiveSettings settings = defaults with
        {
            ConnectTimeout = Seconds(entry, "connect-timeout-seconds", defaults.ConnectTimeout),
            QueryTimeout = Seconds(entry, "query-timeout-seconds", defaults.QueryTimeout),
            RetrieveTimeout = Seconds(entry, "retrieve-timeout-seconds", defaults.RetrieveTimeout),
        };
        int associationsMax = entry.OptionalInt("associations-max", AssociationsDefault, 1, ArchiveDecider.AssociationsLimit);
        YamlMap? breaker = entry.OptionalMap("breaker");
        return new ArchiveConfiguration(settings, new ArchiveLimits(
            associationsMax,
            breaker?.OptionalInt("failures", FailuresToOpenDefault, 1, 1000) ?? FailuresToOpenDefault,
            breaker?.OptionalInt("open-seconds", OpenSecondsDefault, 1, SecondsMax) ?? OpenSecondsDefault,
            entry.OptionalMap("pace") is { } pace ? ReadPace(pace) : ArchivePace.Unlimited,
            entry.OptionalInt("idle-timeout-seconds", IdleTimeoutSecondsDefault, 0, SecondsMax)));
    }

    private static DimseArchiveSettings ReadDimse(YamlMap entry, string name, string aeTitle, string folder) => new()
    {
        Name = name,
        Host = entry.RequiredString("host"),
        Port = entry.RequiredInt("port", 1, PortMax),
        AeTitle = NodeFile.AeTitleOf(entry.RequiredScalar("ae-title")),
        CallingAeTitle = OptionalAeTitle(entry, "calling-ae-title") ?? aeTitle,
        Retrieve = entry.OptionalEnum("retrieve", RetrieveVerb.CMove) == RetrieveVerb.CGet ? RetrieveOperation.Get : RetrieveOperation.Move,
        MoveDestinationAeTitle = OptionalAeTitle(entry, "move-destination-ae-title") ?? aeTitle,
        Tls = TlsSection.ReadPeer(entry.OptionalMap("tls"), folder),
        SendingAeTitles = [.. entry.OptionalScalars("sending-ae-titles").Select(NodeFile.AeTitleOf)],
    };

    private static DicomWebArchiveSettings ReadDicomWeb(YamlMap entry, string name, string folder)
    {
        Uri root = WebSection.ReadRoot(entry);
        return new DicomWebArchiveSettings
        {
            Name = name,
            Root = root,
            Authorization = WebSection.ReadAuthorization(entry, root, folder),
            Tls = WebSection.ReadTls(entry, root, folder),
        };
    }

    private static ArchivePace ReadPace(YamlMap map)
    {
        ArchivePace pace = new(
            map.OptionalDouble("studies-per-second", 0, 0, RateMax),
            map.OptionalDouble("instances-per-second", 0, 0, RateMax),
            map.OptionalInt("utilisation-percent", ArchivePace.UtilisationMax, 1, ArchivePace.UtilisationMax));
        YamlScalar? closed = map.OptionalScalar("closed");
        YamlScalar? zone = map.OptionalScalar("time-zone");
        pace = pace with { Closed = closed?.Text ?? "", TimeZone = zone?.Text ?? pace.TimeZone };
        if (pace.Problem() is { } problem)
        {
            (zone is not null && (pace with { Closed = "" }).Problem() is not null ? zone : closed)?.Fail(problem);
        }

        return pace;
    }

    private static string? OptionalAeTitle(YamlMap entry, string key) =>
        entry.OptionalScalar(key) is { } scalar ? NodeFile.AeTitleOf(scalar) : null;

    /// <summary>A time of whole seconds, or <paramref name="fallback"/>.</summary>
    public static TimeSpan Seconds(YamlMap entry, string key, TimeSpan fallback) =>
        TimeSpan.FromSeconds(entry.OptionalInt(key, (int)fallback.TotalSeconds, 1, SecondsMax));
}
