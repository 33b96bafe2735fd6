using System.Net;
using DeidCluster.Deid;

namespace DeidCluster.Node;

/// <summary>The keys of node.yaml.</summary>
internal static class NodeFile
{
    private const int PortMax = 65535;
    private const int TokenLengthMin = 32;
    private const int BodyBytesLimit = 64 * 1024 * 1024;
    private const int RowsLimit = 10_000;
    private const int EffectsLimit = 256;
    private const int MinutesLimit = 7 * 24 * 60;
    private const int LeaseSecondsMin = 3;
    private const int LeaseSecondsMax = 600;

    /// <summary>The settings of <paramref name="map"/>; relative paths count from <paramref name="folder"/>.</summary>
    public static NodeSettings Read(YamlMap map, string folder)
    {
        string name = map.RequiredString("node");
        string data = PathOf(map.OptionalString("data-folder", "data")!, folder);
        YamlMap? staging = map.OptionalMap("staging");
        YamlMap? logs = map.OptionalMap("logs");
        YamlMap? retention = map.OptionalMap("retention");
        YamlMap secrets = map.RequiredMap("secrets");
        NodeSettings settings = new()
        {
            Name = name,
            Http = ReadHttp(map.OptionalMap("http"), folder),
            Dicom = ReadDicom(map.RequiredMap("dicom"), folder),
            Store = StoreSection.Read(map.OptionalMap("store"), folder, data),
            LeaseTime = TimeSpan.FromSeconds(map.OptionalInt("lease-seconds", (int)NodeSettings.DefaultLeaseTime.TotalSeconds, LeaseSecondsMin, LeaseSecondsMax)),
            DrainTime = TimeSpan.FromSeconds(map.OptionalInt("drain-seconds", (int)NodeSettings.DefaultDrainTime.TotalSeconds, 0, NodeSettings.DrainSecondsMax)),
            StagingFolder = PathOf(staging?.OptionalString("folder") ?? "staging", data),
            ReleaseResults = staging?.OptionalBool("release-results", true) ?? true,
            Retention = retention?.Has("keep-days") == true || retention?.Has("then") == true ? RecordRetention.Read(retention) : null,
            RetiredFolder = PathOf(retention?.OptionalString("folder") ?? "retired", data),
            LogFolder = PathOf(logs?.OptionalString("folder") ?? "logs", data),
            LogToConsole = logs?.OptionalBool("console", false) ?? false,
            InstallationSecretFile = PathOf(secrets.RequiredString("installation-file"), folder),
            ProjectKeysFolder = PathOf(secrets.RequiredString("project-keys-folder"), folder),
            Effects = ReadEffects(map.OptionalMap("effects-max")),
            EffectMinutes = ReadMinutes(map.OptionalMap("effect-minutes-max")),
            CoresMax = map.OptionalInt("cores-max", Environment.ProcessorCount, 1, EffectsLimit),
        };
        map.Finish();
        return settings;
    }

    /// <summary>An absolute path; <paramref name="folder"/> is where a relative one counts from.</summary>
    public static string PathOf(string path, string folder) => Path.GetFullPath(path, folder);

    private static HttpSettings ReadHttp(YamlMap? map, string folder)
    {
        HttpSettings settings = new();
        if (map is null)
        {
            return settings;
        }

        YamlScalar? url = map.OptionalScalar("url");
        YamlScalar? tokenFile = map.OptionalScalar("token-file");
        settings = settings with
        {
            Url = ReadUrl(url) ?? settings.Url,
            Token = ReadToken(tokenFile, folder),
            BodyBytesMax = map.OptionalInt("body-bytes-max", settings.BodyBytesMax, 1024, BodyBytesLimit),
            RowsMax = map.OptionalInt("rows-max", settings.RowsMax, 1, RowsLimit),
        };
        if (tokenFile is null && !settings.Url.IsLoopback)
        {
            url!.Fail("without a token-file the API listens on loopback only");
        }

        return settings;
    }

    private static Uri? ReadUrl(YamlScalar? url)
    {
        if (url is null)
        {
            return null;
        }

        bool isUrl = Uri.TryCreate(url.Text, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttp && uri.AbsolutePath == "/"
            && (uri.Host == "localhost" || IPAddress.TryParse(uri.Host.Trim('[', ']'), out _));
        if (!isUrl)
        {
            url.Fail("an address like http://127.0.0.1:8042 is expected here");
            return null;
        }

        return uri;
    }

    private static string? ReadToken(YamlScalar? file, string folder)
    {
        if (file is null)
        {
            return null;
        }

        try
        {
            string token = File.ReadAllText(PathOf(file.Text, folder)).Trim();
            if (token.Length >= TokenLengthMin && token.All(letter => letter is > ' ' and < (char)127))
            {
                return token;
            }

            file.Fail($"the token in this file is shorter than {TokenLengthMin} characters, or not plain text");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Fail("this file cannot be read");
        }

        return null;
    }

    private static DicomSettings ReadDicom(YamlMap map, string folder)
    {
        YamlScalar? address = map.OptionalScalar("address");
        if (address is not null && !IPAddress.TryParse(address.Text, out _))
        {
            address.Fail("an IP address is expected here");
        }

        return new DicomSettings
        {
            AeTitle = AeTitleOf(map.RequiredScalar("ae-title")),
            Address = address?.Text ?? "127.0.0.1",
            Port = map.OptionalInt("port", DicomSettings.DefaultPort, 0, PortMax),
            Tls = TlsSection.ReadListener(map.OptionalMap("tls"), folder),
            AllowedPeers = TlsSection.ReadAllowed(map),
        };
    }

    /// <summary>The AE title in <paramref name="scalar"/> (PS3.5 6.2: 1 to 16 characters, no backslash, no control characters).</summary>
    public static string AeTitleOf(YamlScalar? scalar)
    {
        const int LengthMax = 16;
        if (scalar is null)
        {
            return "";
        }

        string title = scalar.Text;
        if (title.Length > LengthMax || title.Trim().Length != title.Length || title.Any(letter => letter is < ' ' or > '~' or '\\'))
        {
            scalar.Fail($"an AE title has 1 to {LengthMax} characters, no backslash and no space around it");
        }

        return title;
    }

    private static EffectLimits ReadEffects(YamlMap? map)
    {
        EffectLimits limits = new();
        return map is null ? limits : new EffectLimits(
            map.OptionalInt("locate", limits.Locate, 1, EffectsLimit),
            map.OptionalInt("fetch", limits.Fetch, 1, EffectsLimit),
            map.OptionalInt("anonymize", limits.Anonymize, 1, EffectsLimit),
            map.OptionalInt("verify", limits.Verify, 1, EffectsLimit),
            map.OptionalInt("deliver", limits.Deliver, 1, EffectsLimit),
            map.OptionalInt("retire", limits.Retire, 1, EffectsLimit));
    }

    private static EffectMinutes ReadMinutes(YamlMap? map)
    {
        EffectMinutes minutes = new();
        return map is null ? minutes : new EffectMinutes(
            map.OptionalInt("locate", minutes.Locate, 1, MinutesLimit),
            map.OptionalInt("fetch", minutes.Fetch, 1, MinutesLimit),
            map.OptionalInt("anonymize", minutes.Anonymize, 1, MinutesLimit),
            map.OptionalInt("verify", minutes.Verify, 1, MinutesLimit),
            map.OptionalInt("deliver", minutes.Deliver, 1, MinutesLimit),
            map.OptionalInt("retire", minutes.Retire, 1, MinutesLimit));
    }
}
