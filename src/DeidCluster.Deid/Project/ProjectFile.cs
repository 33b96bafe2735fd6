namespace DeidCluster.Deid;

/// <summary>One project as its file says: how it de-identifies, and how a node carries it out.</summary>
public sealed record ProjectFile
{
    /// <summary>What decides the bytes of results.</summary>
    public required ProjectProfile Profile { get; init; }

    /// <summary>For people.</summary>
    public string Description { get; init; } = "";

    /// <summary>Names of the archives that are asked, in this order.</summary>
    public IReadOnlyList<string> Archives { get; init; } = [];

    /// <summary>Names of the destinations; a study is delivered when every one of them has confirmed it.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>Studies of the project that are worked on at a time, over all nodes.</summary>
    public int InFlightMax { get; init; } = DefaultInFlightMax;

    /// <summary>How much it may take in a day, and when its own failures stop it.</summary>
    public ProjectDayLimits DayLimits { get; init; } = new();

    /// <summary>How often and when a step that failed is tried again.</summary>
    public ProjectRetry Retry { get; init; } = new();

    /// <summary>Its share of each archive, beside other projects that wait with the same priority.</summary>
    public int Share { get; init; } = 1;

    /// <summary>How long journals and ledgers of finished studies are kept; null as the node says.</summary>
    public RecordRetention? Retention { get; init; }

    /// <summary>What <see cref="InFlightMax"/> is when the file does not say.</summary>
    public const int DefaultInFlightMax = 8;

    /// <summary>The project that the file at <paramref name="path"/> describes.</summary>
    /// <exception cref="ConfigurationException">The file cannot be read, or something in it is unknown, wrong or weaker than it says.</exception>
    public static ProjectFile Read(string path) =>
        ProjectLanguage.Read(StrictYaml.ReadFile(path), path);

    /// <summary>The project that <paramref name="text"/> describes; <paramref name="file"/> names it in problems, and must be named like the project.</summary>
    public static ProjectFile Parse(string text, string file) =>
        ProjectLanguage.Read(StrictYaml.Parse(text, file), file);
}

/// <summary>How much a project may take in a day, and when its own failures stop it.</summary>
/// <param name="StudiesPerDay">Studies begun on one calendar day; 0 is no limit.</param>
/// <param name="TimeZone">The zone of the day, such as Europe/Berlin.</param>
/// <param name="HeldToPause">So many held studies in a row pause the project; 0 is never.</param>
public sealed record ProjectDayLimits(int StudiesPerDay = 0, string TimeZone = "UTC", int HeldToPause = 0);

/// <summary>How often and when a step that failed for a reason that may pass is tried again.</summary>
/// <param name="AttemptsMax">Attempts before the study is held.</param>
/// <param name="FirstDelaySeconds">Seconds before the second attempt; each later delay is twice the one before.</param>
/// <param name="DelaySecondsMax">No delay is longer. Seconds.</param>
public sealed record ProjectRetry(int AttemptsMax = 5, int FirstDelaySeconds = 10, int DelaySecondsMax = 900);
