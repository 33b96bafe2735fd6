using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Takes a data set through the project's rules and the profile, at every depth.</summary>
internal sealed class DataSetCleaner(InstanceContext context)
{
    private readonly ElementDecider decider = new(context);
    private readonly ElementChanger changer = new(context);
    private int kept;
    private int removed;
    private int emptied;
    private int replaced;
    private int uids;
    private int dates;

    /// <summary>What was done so far.</summary>
    public DeidentifyCounts Counts => new(kept, removed, emptied, replaced, uids, dates);

    /// <summary>The cleaned form of <paramref name="source"/>, the item of <paramref name="parent"/> or, with null, the instance itself.</summary>
    public DataSet Clean(DataSet source, ElementPlace? parent)
    {
        PrivateBlocks blocks = new(source);
        List<Element> result = new(source.Count);
        Tag? previous = null;
        foreach (Element written in source.OrderBy(element => element.Tag))
        {
            // Of duplicates, which the standard forbids, the first is the one that readers see.
            if (written.Tag == previous || IsNeverKept(written.Tag) || IsStrayFragments(written, parent))
            {
                removed += written.Tag.IsPrivateCreator ? 0 : 1;
                continue;
            }

            previous = written.Tag;
            Element element = UnknownVr.Resolve(written);
            ElementPlace place = new(element.Tag, element.Vr, blocks.CreatorOf(element.Tag), parent);
            if (Treat(element, place, source) is { } cleaned)
            {
                result.Add(cleaned);
            }
        }

        return new DataSet(blocks.WithCreators(result)) { UndefinedLength = source.UndefinedLength };
    }

    // Commands, file meta information, group lengths and trailing padding belong to no data set; creators follow the elements that need them.
    private static bool IsNeverKept(Tag tag) =>
        tag.Group < 0x0008 || tag.IsGroupLength || tag.IsPrivateCreator || tag == Tags.DataSetTrailingPadding;

    // Nothing but Pixel Data is encapsulated (PS3.5 A.4).
    private static bool IsStrayFragments(Element element, ElementPlace? parent) =>
        element is FragmentsElement && (parent is not null || element.Tag != Tags.PixelData);

    private Element? Treat(Element element, ElementPlace place, DataSet level)
    {
        foreach (Rule rule in context.Rules)
        {
            if (rule.Selector.Matches(place))
            {
                return rule.Action is RuleAction.Keep
                    ? Apply(ProfileAction.Keep, element, place, level)
                    : Counted(changer.ByRule(rule.Action, element, level));
            }
        }

        return place.Parent is null && (place.Tag == Tags.PatientID || place.Tag == Tags.PatientName)
            ? Counted(changer.Text(element.Tag, DicomDictionary.Find(element.Tag)!.Vr, context.Identity.Pseudonym))
            : Apply(decider.Decide(element, place), element, place, level);
    }

    private Element? Apply(ProfileAction action, Element element, ElementPlace place, DataSet level)
    {
        switch (action)
        {
            case ProfileAction.Remove:
                removed++;
                return null;

            case ProfileAction.Empty:
                emptied++;
                return ElementChanger.Empty(element);

            case ProfileAction.Dummy:
                replaced++;
                return Dummy(element, place, level);

            case ProfileAction.Uid when element is not SequenceElement:
                uids++;
                return changer.Uid(element, level);

            case ProfileAction.Clean:
                dates++;
                return changer.Shift(element, level) ?? Unshiftable(element, place);

            default:
                kept++;
                return element is SequenceElement sequence ? WithItems(sequence, sequence.Items.Select(item => Clean(item, place))) : element;
        }
    }

    // A date that names no day cannot be moved and must not stay.
    private Element? Unshiftable(Element element, ElementPlace place) =>
        decider.Resolve(ProfileAction.EmptyOrDummy, place) == ProfileAction.Dummy ? DummyValues.Of(element) : ElementChanger.Empty(element);

    private Element? Counted(Element? changed)
    {
        _ = changed is null ? removed++ : replaced++;
        return changed;
    }

    private Element Dummy(Element element, ElementPlace place, DataSet level) => element switch
    {
        SequenceElement { Items.Count: > 0 } sequence => WithItems(sequence, [Skeleton(sequence.Items[0], place)]),
        SequenceElement sequence => sequence,
        { Vr: Vr.UI } => changer.Uid(element, level),
        _ => DummyValues.Of(element),
    };

    // A dummy item: what the IOD requires of it, and of that only what has no content of its own. Enumerated codes and counts give an
    // item its shape; where the table names one, it is a dummy too.
    private DataSet Skeleton(DataSet item, ElementPlace parent)
    {
        List<Element> shape = [];
        foreach (Element written in item.OrderBy(element => element.Tag).DistinctBy(element => element.Tag))
        {
            Element element = UnknownVr.Resolve(written);
            ElementPlace place = new(element.Tag, element.Vr, null, parent);
            AttributeType type = IsNeverKept(element.Tag) || element.Tag.IsPrivate ? AttributeType.Optional : context.View.TypeAt(place) ?? AttributeType.Optional;
            if (type == AttributeType.MayBeEmpty)
            {
                shape.Add(ElementChanger.Empty(element));
            }
            else if (type == AttributeType.Required)
            {
                shape.Add(IsShape(element) ? element : Dummy(element, place, item));
            }
        }

        return new DataSet(shape) { UndefinedLength = item.UndefinedLength };
    }

    private bool IsShape(Element element) =>
        element is ValueElement && context.Table.Find(element.Tag) is null
        && (element.Vr == Vr.US || (element.Vr == Vr.CS && ValueRules.IsWellFormed(element)));

    private static SequenceElement WithItems(SequenceElement sequence, IEnumerable<DataSet> items) =>
        new(sequence.Tag, Vr.SQ, [.. items], sequence.UndefinedLength);
}
