using System.Collections.Concurrent;
using System.Globalization;

namespace DeidCluster.Deid;

/// <summary>The modules, macros and IODs of PS3.3, read once when the first SOP class is asked for.</summary>
internal static class IodTable
{
    private const string FunctionalGroupMacros = "IODFunctionalGroupMacros";
    private static readonly Lazy<Definitions> All = new(Read);
    private static readonly ConcurrentDictionary<string, Iod?> BySopClass = new(StringComparer.Ordinal);

    /// <summary>The IOD of a SOP class; null when PS3.3 defines none for it.</summary>
    public static Iod? Find(string sopClassUid) => All.Value.Usages.TryGetValue(sopClassUid, out List<Usage>? usages)
        ? BySopClass.GetOrAdd(sopClassUid, _ => Build(usages, All.Value.Tables))
        : null;

    /// <summary>All SOP classes with an IOD.</summary>
    public static IReadOnlyCollection<string> SopClassUids => All.Value.Usages.Keys;

    private static Iod Build(List<Usage> usages, Dictionary<string, AttributeTable> tables)
    {
        List<(AttributeTable Table, bool Mandatory, HashSet<uint> Tags)> modules =
            [.. usages.Where(usage => !usage.IsFunctionalGroup).Select(usage => (tables[usage.Table], usage.Letter == "M", TopTags(tables[usage.Table])))];
        HashSet<uint> mandatory = [.. modules.Where(module => module.Mandatory).SelectMany(module => module.Tags)];
        return new Iod(
            [.. modules.Select(module => new Iod.Module(module.Table, module.Mandatory, module.Tags.Except(mandatory).ToHashSet()))],
            [.. usages.Where(usage => usage.IsFunctionalGroup).Select(usage => tables[usage.Table])]);
    }

    private static HashSet<uint> TopTags(AttributeTable table) => [.. table.Tags, .. table.Includes.SelectMany(TopTags)];

    private static Definitions Read()
    {
        Definitions all = new([], new(StringComparer.Ordinal));
        List<AttributeTable> levels = [];
        List<Usage> usages = [];
        foreach (string[] fields in EmbeddedTable.Rows("iod-2025e.tsv"))
        {
            switch (fields[0])
            {
                case "t":
                    levels = [all.Table(fields[1])];
                    break;
                case "sop":
                    usages = [];
                    foreach (string uid in fields.AsSpan(1))
                    {
                        all.Usages.Add(uid, usages);
                    }

                    break;
                case "m" or "f":
                    usages.Add(new Usage(fields[0] == "f", fields[1], fields[2]));
                    break;
                default:
                    ReadLine(all, levels, fields);
                    break;
            }
        }

        return all;
    }

    // levels[d] is the table in which a line of depth d stands.
    private static void ReadLine(Definitions all, List<AttributeTable> levels, string[] fields)
    {
        int depth = int.Parse(fields[0], CultureInfo.InvariantCulture);
        if (fields[1][0] != '*')
        {
            AttributeTable items = levels[depth].Add(AttributeTable.KeyOf(fields[1]), ReadType(fields[2]), fields.Length > 3 ? AttributeCondition.Read(fields[3]) : null);
            levels.RemoveRange(depth + 1, levels.Count - depth - 1);
            levels.Add(items);
        }
        else if (fields[1][1..] == FunctionalGroupMacros)
        {
            levels[depth].IncludeFunctionalGroups();
        }
        else
        {
            levels[depth].Include(all.Table(fields[1][1..]));
        }
    }

    private static AttributeType ReadType(string text) => text switch
    {
        "1" or "1C" => AttributeType.Required,
        "2" or "2C" => AttributeType.MayBeEmpty,
        _ => AttributeType.Optional,
    };

    private sealed record Usage(bool IsFunctionalGroup, string Letter, string Table);

    private sealed record Definitions(Dictionary<string, AttributeTable> Tables, Dictionary<string, List<Usage>> Usages)
    {
        public AttributeTable Table(string name)
        {
            if (!Tables.TryGetValue(name, out AttributeTable? table))
            {
                Tables.Add(name, table = new AttributeTable());
            }

            return table;
        }
    }
}
