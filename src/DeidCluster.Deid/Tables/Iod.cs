using System.Collections.Concurrent;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// The information object definition of a SOP class (PS3.3 Annex A): which attributes it knows and how strictly it wants them.
/// </summary>
public sealed class Iod
{
    /// <summary>An instance chooses its modules; so many choices are remembered.</summary>
    private const int ViewsMax = 256;

    /// <summary>Modules are counted in the bits of a number.</summary>
    private const int ModulesMax = 64;

    private readonly IReadOnlyList<Module> modules;
    private readonly IReadOnlyList<AttributeTable> functionalGroups;
    private readonly HashSet<uint> known;
    private readonly IodView everyModule;
    private readonly Dictionary<uint, ulong> optionalModules = [];
    private readonly ConcurrentDictionary<ulong, IodView> views = new();

    internal Iod(IReadOnlyList<Module> modules, IReadOnlyList<AttributeTable> functionalGroups)
    {
        this.modules = modules;
        this.functionalGroups = functionalGroups;
        known = CollectTags(modules.Select(module => module.Table).Concat(functionalGroups));
        everyModule = new IodView([.. modules.Select(module => module.Table)], functionalGroups);
        if (modules.Count > ModulesMax)
        {
            throw new InvalidOperationException($"An IOD of more than {ModulesMax} modules is not provided for.");
        }

        for (int i = 0; i < modules.Count; i++)
        {
            foreach (uint key in modules[i].OwnTags.Where(_ => !modules[i].IsMandatory))
            {
                optionalModules[key] = optionalModules.GetValueOrDefault(key) | (1UL << i);
            }
        }
    }

    /// <summary>The IOD of <paramref name="sopClassUid"/>; null when PS3.3 defines none for it.</summary>
    public static Iod? Find(string sopClassUid) => IodTable.Find(sopClassUid);

    /// <summary>All SOP classes that PS3.3 defines an IOD for.</summary>
    public static IReadOnlyCollection<string> SopClassUids => IodTable.SopClassUids;

    /// <summary>True when a module or macro of the IOD has <paramref name="tag"/>, at any level.</summary>
    public bool Knows(Tag tag) => known.Contains(AttributeTable.KeyOf(tag));

    /// <summary>True when a module or macro of the IOD has the attribute at this very place.</summary>
    public bool KnowsAt(ElementPlace place) => everyModule.TypeAt(place) is not null;

    /// <summary>
    /// The modules that an instance is bound to: the mandatory ones, and each other one of which it holds an attribute that no
    /// mandatory module has.
    /// </summary>
    public IodView For(DataSet instance)
    {
        ulong bound = 0;
        foreach (Element element in instance.Elements)
        {
            if (optionalModules.TryGetValue(AttributeTable.KeyOf(element.Tag), out ulong having))
            {
                bound |= having;
            }
        }

        return views.TryGetValue(bound, out IodView? view) ? view
            : views.Count < ViewsMax ? views.GetOrAdd(bound, View)
            : View(bound);
    }

    private IodView View(ulong bound) =>
        new([.. modules.Where((module, index) => module.IsMandatory || (bound & (1UL << index)) != 0).Select(module => module.Table)], functionalGroups);

    private static HashSet<uint> CollectTags(IEnumerable<AttributeTable> roots)
    {
        HashSet<uint> tags = [];
        HashSet<AttributeTable> seen = [];
        Stack<AttributeTable> waiting = new(roots);
        while (waiting.TryPop(out AttributeTable? table))
        {
            if (!seen.Add(table))
            {
                continue;
            }

            tags.UnionWith(table.Tags);
            foreach (AttributeTable next in table.Includes.Concat(table.Items))
            {
                waiting.Push(next);
            }
        }

        return tags;
    }

    /// <summary>A module of the IOD. <paramref name="OwnTags"/>: its top-level attributes that no mandatory module has.</summary>
    internal sealed record Module(AttributeTable Table, bool IsMandatory, IReadOnlySet<uint> OwnTags);
}
