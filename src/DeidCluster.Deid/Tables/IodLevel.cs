using System.Collections.Concurrent;
using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// One level of nesting of an IOD: the modules and macros that say something about it. Levels that the same tables describe are one,
/// so that content items nested in content items (PS3.3 C.17.3) need no more levels than there are tables. Thread safe.
/// </summary>
internal sealed class IodLevel
{
    private readonly Interning interned;
    private readonly HashSet<AttributeTable> tables;
    private readonly ConcurrentDictionary<uint, IodLevel> inside = new();

    private IodLevel(Interning interned, HashSet<AttributeTable> tables) => (this.interned, this.tables) = (interned, tables);

    /// <summary>The outermost level of <paramref name="modules"/>.</summary>
    public static IodLevel Top(IReadOnlyList<AttributeTable> modules, IReadOnlyList<AttributeTable> functionalGroups) =>
        new Interning(functionalGroups).Level(modules);

    /// <summary>How strictly the attribute is wanted here, by the strictest of its tables; null when none has it.</summary>
    public AttributeRequirement? Find(Tag tag)
    {
        AttributeRequirement? found = null;
        foreach (AttributeTable table in tables)
        {
            if (table.TryFind(AttributeTable.KeyOf(tag), out AttributeRequirement requirement, out _))
            {
                found = found?.And(requirement) ?? requirement;
            }
        }

        return found;
    }

    /// <summary>The level inside the items of the sequence <paramref name="tag"/>; one that knows nothing when this level does not have it.</summary>
    public IodLevel Inside(Tag tag)
    {
        uint key = AttributeTable.KeyOf(tag);
        if (inside.TryGetValue(key, out IodLevel? level))
        {
            return level;
        }

        List<AttributeTable> items = [];
        foreach (AttributeTable table in tables)
        {
            if (table.TryFind(key, out _, out AttributeTable item))
            {
                items.Add(item);
            }
        }

        // Sequences that the IOD does not have are not remembered: their number is the file's choice.
        return items.Count == 0 ? interned.Nothing : inside.GetOrAdd(key, interned.Level(items));
    }

    /// <summary>The levels of one view of an IOD, by the tables that they are made of.</summary>
    private sealed class Interning
    {
        private readonly IReadOnlyList<AttributeTable> functionalGroups;
        private readonly Lock gate = new();
        private readonly List<IodLevel> levels = [];

        public Interning(IReadOnlyList<AttributeTable> functionalGroups)
        {
            this.functionalGroups = functionalGroups;
            Nothing = new IodLevel(this, []);
        }

        public IodLevel Nothing { get; }

        public IodLevel Level(IEnumerable<AttributeTable> tables)
        {
            HashSet<AttributeTable> resolved = Resolve(tables);
            lock (gate)
            {
                IodLevel? known = levels.Find(level => level.tables.SetEquals(resolved));
                if (known is null)
                {
                    levels.Add(known = new IodLevel(this, resolved));
                }

                return known;
            }
        }

        private HashSet<AttributeTable> Resolve(IEnumerable<AttributeTable> level)
        {
            HashSet<AttributeTable> resolved = [];
            Stack<AttributeTable> waiting = new(level);
            while (waiting.TryPop(out AttributeTable? table))
            {
                if (resolved.Add(table))
                {
                    foreach (AttributeTable macro in table.HoldsFunctionalGroups ? table.Includes.Concat(functionalGroups) : table.Includes)
                    {
                        waiting.Push(macro);
                    }
                }
            }

            return resolved;
        }
    }
}
