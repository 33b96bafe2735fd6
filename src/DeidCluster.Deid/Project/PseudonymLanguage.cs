namespace DeidCluster.Deid;

/// <summary>The keys under 'pseudonym' of a project file.</summary>
internal static class PseudonymLanguage
{
    /// <summary>A service may take no longer for an answer. Seconds.</summary>
    public const int TimeoutSecondsLimit = 300;

    private const int TimeoutSecondsDefault = 10;

    /// <summary>What <paramref name="map"/> says; paths are relative to the folder of the project file <paramref name="projectPath"/>.</summary>
    public static PseudonymPolicy Read(YamlMap? map, string projectPath)
    {
        PseudonymPolicy policy = new();
        if (map is null)
        {
            return policy;
        }

        PseudonymKind kind = map.OptionalScalar("kind") is null ? PseudonymKind.Hash : map.RequiredEnum<PseudonymKind>("kind");
        policy = new PseudonymPolicy
        {
            Kind = kind,
            Prefix = map.OptionalString("prefix") ?? "",
            HashLength = map.OptionalInt("hash-length", policy.HashLength, PseudonymPolicy.HashLengthMin, PseudonymPolicy.HashLengthMax),
            CounterDigits = kind == PseudonymKind.Counter
                ? map.OptionalInt("digits", policy.CounterDigits, PseudonymPolicy.CounterDigitsMin, PseudonymPolicy.CounterDigitsMax)
                : policy.CounterDigits,
            UseParticipantId = map.OptionalBool("use-participant-id", policy.UseParticipantId),
            Table = kind == PseudonymKind.Lookup ? ReadTable(map.RequiredScalar("table"), projectPath, SubjectTable.PseudonymColumn) : null,
            Aliases = ReadTable(map.OptionalScalar("aliases"), projectPath, SubjectTable.AliasColumn),
            Service = kind == PseudonymKind.Service ? ReadService(map, projectPath) : null,
        };
        if (policy.Problem() is { } problem)
        {
            map.Fail(problem);
        }

        return policy;
    }

    private static SubjectTable? ReadTable(YamlScalar? file, string projectPath, string column)
    {
        try
        {
            return file is null ? null : SubjectTable.Read(PathOf(file.Text, projectPath), column);
        }
        catch (ConfigurationException refused)
        {
            file!.Fail($"row {refused.Problems[0].Line} of the table: {refused.Problems[0].Problem}");
            return null;
        }
    }

    private static PseudonymSourceSettings? ReadService(YamlMap map, string projectPath)
    {
        YamlScalar? url = map.RequiredScalar("url");
        int seconds = map.OptionalInt("timeout-seconds", TimeoutSecondsDefault, 1, TimeoutSecondsLimit);
        string? token = map.OptionalString("token-file");
        if (url is null)
        {
            return null;
        }

        if (!Uri.TryCreate(url.Text, UriKind.Absolute, out Uri? address) || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            url.Fail("the address of the service is https, or http to this machine: patients' numbers go there");
            return null;
        }

        return new PseudonymSourceSettings(address, TimeSpan.FromSeconds(seconds), token is null ? null : PathOf(token, projectPath));
    }

    private static string PathOf(string file, string projectPath) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(projectPath))!, file);
}
