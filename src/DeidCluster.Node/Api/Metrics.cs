using System.Diagnostics;
using System.Globalization;
using System.Text;
using DeidCluster.Engine;
using DeidCluster.Studies;

namespace DeidCluster.Node;

/// <summary>
/// The metrics page in Prometheus' text format. Labels are configured names, states and kinds of effects only, so that their number is
/// bounded and none identifies a person.
/// </summary>
internal sealed class Metrics(NodeParts node)
{
    private readonly long startedAt = Stopwatch.GetTimestamp();

    public async Task<string> WriteAsync(CancellationToken cancellation)
    {
        IReadOnlyList<StatusCount> studies = await node.Index.CountAsync(cancellation);
        IReadOnlyList<ProjectRow> projects = await node.Index.ProjectsAsync(cancellation);
        IReadOnlyList<ArchiveRow> archives = await node.Index.ArchivesAsync(cancellation);
        IReadOnlyList<(string Project, long Studies)> retired = await node.Retirements.CountTombstonesAsync(cancellation);
        EngineCounters engine = node.Actors.Counters;

        PrometheusText text = new();
        text.Family("deid_uptime_seconds", "gauge", "Seconds since this node started.").Sample(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
        text.Family("deid_ready", "gauge", "1 while this node holds its shards.").Sample(node.Actors.IsReady ? 1 : 0);
        text.Family("deid_shards_held", "gauge", "Shards that this node holds.").Sample(node.Actors.ShardsHeld);
        text.Family("deid_members_live", "gauge", "Live nodes.").Sample(node.Actors.LiveMembers.Count);
        text.Family("deid_studies", "gauge", "Studies by project and state.");
        foreach (StatusCount count in studies)
        {
            text.Sample(count.Studies, ("project", count.Project), ("state", Words.Of(count.Status)));
        }

        text.Family("deid_studies_retired_total", "counter", "Studies of a project whose records were retired.");
        Each(text, retired, row => row.Studies, "project", row => row.Project);
        text.Family("deid_project_in_flight", "gauge", "Studies of a project that are worked on.");
        Each(text, projects, row => row.InFlight, "project", row => row.Project);
        text.Family("deid_project_paused", "gauge", "1 while an operator keeps a project from admitting.");
        Each(text, projects, row => row.Paused ? 1 : 0, "project", row => row.Project);
        text.Family("deid_archive_permits", "gauge", "Permits of an archive that are out.");
        Each(text, archives, row => row.PermitsGranted, "archive", row => row.Archive);
        text.Family("deid_archive_permits_max", "gauge", "Permits of an archive that may be out.");
        Each(text, archives, row => row.PermitsMax, "archive", row => row.Archive);
        text.Family("deid_archive_breaker_open", "gauge", "1 while an archive is left alone.");
        Each(text, archives, row => row.Breaker == "closed" ? 0 : 1, "archive", row => row.Archive);

        text.Family("deid_turns_total", "counter", "Turns committed.").Sample(engine.Turns);
        text.Family("deid_mails_total", "counter", "Mails consumed.").Sample(engine.Mails);
        text.Family("deid_mails_dropped_total", "counter", "Mails that were the result or progress of an effect for which nobody waited any more.").Sample(engine.MailsDropped);
        text.Family("deid_commits_total", "counter", "Groups of turns given to the store.").Sample(engine.Commits);
        text.Family("deid_conflicts_total", "counter", "Turns decided again.").Sample(engine.Conflicts);
        text.Family("deid_fenced_total", "counter", "Turns refused because their shard had moved.").Sample(engine.Fenced);
        text.Family("deid_quarantined_total", "counter", "Actors set aside.").Sample(engine.Quarantined);
        text.Family("deid_mails_poisoned_total", "counter", "Mails set aside because their handling threw each time.").Sample(engine.MailsPoisoned);
        text.Family("deid_mails_set_aside_total", "counter", "Mails kept aside for nodes of a newer release.").Sample(engine.MailsSetAside);
        text.Family("deid_actors_of_newer_releases_total", "counter", "Turns left to nodes of a newer release.").Sample(engine.ActorsOfNewerReleases);
        text.Family("deid_store_failures_total", "counter", "Calls that found the store unavailable.").Sample(engine.StoreFailures);
        text.Family("deid_effects_total", "counter", "Effects by kind and outcome.");
        foreach ((string kind, EffectCounters counters) in engine.Effects.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Sample(counters.Started, ("kind", kind), ("outcome", "started"));
            text.Sample(counters.Finished, ("kind", kind), ("outcome", "finished"));
            text.Sample(counters.Cancelled, ("kind", kind), ("outcome", "cancelled"));
            text.Sample(counters.TimedOut, ("kind", kind), ("outcome", "timed-out"));
        }

        return text.ToString();
    }

    private static void Each<T>(PrometheusText text, IEnumerable<T> rows, Func<T, double> value, string label, Func<T, string> name)
    {
        foreach (T row in rows)
        {
            text.Sample(value(row), (label, name(row)));
        }
    }
}

/// <summary>Writes metric families in Prometheus' text format, version 0.0.4.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder text = new();
    private string family = "";

    /// <summary>Begins a family; samples follow.</summary>
    public PrometheusText Family(string name, string type, string help)
    {
        family = name;
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        return this;
    }

    /// <summary>One sample of the family.</summary>
    public void Sample(double value, params (string Label, string Value)[] labels)
    {
        text.Append(family);
        if (labels.Length > 0)
        {
            text.Append('{').AppendJoin(',', labels.Select(label => $"{label.Label}=\"{Escaped(label.Value)}\"")).Append('}');
        }

        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
