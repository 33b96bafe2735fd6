using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>An IOD as one instance is bound to it.</summary>
public sealed class IodView
{
    private readonly IReadOnlyList<AttributeTable> modules;
    private readonly IReadOnlyList<AttributeTable> functionalGroups;

    internal IodView(IReadOnlyList<AttributeTable> modules, IReadOnlyList<AttributeTable> functionalGroups) =>
        (this.modules, this.functionalGroups) = (modules, functionalGroups);

    /// <summary>How strictly the attribute at <paramref name="place"/> is wanted, by the strictest of its modules; null when none has it there.</summary>
    public AttributeType? TypeAt(ElementPlace place)
    {
        AttributeType? strictest = null;
        foreach (AttributeTable table in Around(place))
        {
            if (table.TryFind(AttributeTable.KeyOf(place.Tag), out AttributeType type, out _) && (strictest is null || type > strictest))
            {
                strictest = type;
            }
        }

        return strictest;
    }

    // All tables that say something about the level at which the place stands, macros resolved.
    private IEnumerable<AttributeTable> Around(ElementPlace place)
    {
        if (place.Parent is not { } parent)
        {
            return Resolve(modules);
        }

        List<AttributeTable> inside = [];
        foreach (AttributeTable table in Around(parent))
        {
            if (table.TryFind(AttributeTable.KeyOf(parent.Tag), out _, out AttributeTable items))
            {
                inside.Add(items);
            }
        }

        return Resolve(inside);
    }

    private HashSet<AttributeTable> Resolve(IEnumerable<AttributeTable> level)
    {
        HashSet<AttributeTable> resolved = [];
        Stack<AttributeTable> waiting = new(level);
        while (waiting.TryPop(out AttributeTable? table))
        {
            if (!resolved.Add(table))
            {
                continue;
            }

            foreach (AttributeTable macro in table.HoldsFunctionalGroups ? table.Includes.Concat(functionalGroups) : table.Includes)
            {
                waiting.Push(macro);
            }
        }

        return resolved;
    }
}
