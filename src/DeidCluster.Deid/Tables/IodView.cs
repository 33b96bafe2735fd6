using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>An IOD as some instances are bound to it: by the modules that they hold. Thread safe.</summary>
public sealed class IodView
{
    internal IodView(IReadOnlyList<AttributeTable> modules, IReadOnlyList<AttributeTable> functionalGroups) =>
        Top = IodLevel.Top(modules, functionalGroups);

    /// <summary>The level of the data set itself.</summary>
    internal IodLevel Top { get; }

    /// <summary>
    /// How strictly the attribute at <paramref name="place"/> is wanted, by the strictest of its modules and with every condition taken
    /// to hold; null when none has it there.
    /// </summary>
    public AttributeType? TypeAt(ElementPlace place) => LevelOf(place.Parent).Find(place.Tag)?.Strictest;

    /// <summary>
    /// The same, where conditions count only when the data set answers them or nobody can: <paramref name="level"/> holds the attribute, and
    /// <paramref name="around"/> are the data sets around it, outermost first.
    /// </summary>
    public AttributeType? TypeIn(ElementPlace place, DataSet level, IReadOnlyList<DataSet> around) =>
        LevelOf(place.Parent).Find(place.Tag)?.In(level, around);

    private IodLevel LevelOf(ElementPlace? parent) => parent is null ? Top : LevelOf(parent.Parent).Inside(parent.Tag);
}
