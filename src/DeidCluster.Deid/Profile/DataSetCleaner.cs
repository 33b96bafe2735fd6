using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>Takes one data set through the project's rules and the profile, at every depth.</summary>
internal sealed class DataSetCleaner(InstanceContext context)
{
    private readonly ElementChanger changer = new(context);
    private readonly List<DataSet> around = [];
    private TextElements? texts;
    private ContentItems? content;
    private PrivateElements? privates;
    private readonly int[] byTreatment = new int[(int)Treatment.Rule + 1];
    private readonly int[] byRule = new int[context.RuleCount];

    /// <summary>What was done so far.</summary>
    public DeidentifyCounts Counts => new(
        byTreatment[(int)Treatment.Keep],
        byTreatment[(int)Treatment.Remove],
        byTreatment[(int)Treatment.Empty],
        byTreatment[(int)Treatment.Dummy] + byTreatment[(int)Treatment.Pseudonym] + byTreatment[(int)Treatment.Rule],
        byTreatment[(int)Treatment.Uid],
        byTreatment[(int)Treatment.Shift]) { Texts = byTreatment[(int)Treatment.CleanText], ByRule = byRule };

    /// <summary>The cleaned form of the instance <paramref name="source"/>.</summary>
    public DataSet Clean(DataSet source)
    {
        DataSet result = Clean(source, context.Plan, "");
        foreach ((int index, Tag tag, string value) in context.Plan.Decider.Additions)
        {
            if (!source.Contains(tag) && ElementChanger.Make(tag, value, result) is { } added)
            {
                result.Set(added);
                byRule[index]++;
                byTreatment[(int)Treatment.Rule]++;
            }
        }

        return result;
    }

    private DataSet Clean(DataSet source, LevelPlan plan, string path)
    {
        PrivateBlocks blocks = new(source);
        List<Element> result = new(source.Count);
        Tag? previous = null;
        foreach (Element written in InOrder(source))
        {
            // Of duplicates, which the standard forbids, the first is the one that readers see.
            if (written.Tag == previous || IsNeverKept(written.Tag) || IsStrayFragments(written, plan))
            {
                byTreatment[(int)Treatment.Remove] += written.Tag.IsPrivateCreator ? 0 : 1;
                continue;
            }

            previous = written.Tag;
            Element element = UnknownVr.Resolve(written);
            ElementDecision decision = plan.Decide(element.Tag, element.Vr, blocks.CreatorOf(element.Tag));
            if (Treat(element, decision, source, path) is { } cleaned)
            {
                result.Add(cleaned);
            }
        }

        return new DataSet(blocks.WithCreators(result)) { UndefinedLength = source.UndefinedLength };
    }

    private static IEnumerable<Element> InOrder(DataSet source)
    {
        IReadOnlyList<Element> elements = source.Elements;
        for (int i = 1; i < elements.Count; i++)
        {
            if (elements[i].Tag < elements[i - 1].Tag)
            {
                return elements.OrderBy(element => element.Tag);
            }
        }

        return elements;
    }

    // Commands, file meta information, group lengths and trailing padding belong to no data set; creators follow the elements that need them.
    private static bool IsNeverKept(Tag tag) =>
        tag.Group < 0x0008 || tag.IsGroupLength || tag.IsPrivateCreator || tag == Tags.DataSetTrailingPadding;

    // Nothing but Pixel Data is encapsulated (PS3.5 A.4).
    private static bool IsStrayFragments(Element element, LevelPlan plan) =>
        element is FragmentsElement && (plan.Parent is not null || element.Tag != Tags.PixelData);

    private Element? Treat(Element element, ElementDecision decision, DataSet level, string path)
    {
        Treatment treatment = decision.For(element, level, around);
        Element? changed = decision.IsContent && treatment is Treatment.Keep or Treatment.Shift or Treatment.CleanText && ContentItems.Decides(element, level)
            ? Content(element, decision, level, path)
            : Apply(treatment, element, decision, level, path);
        if (changed is null && treatment is Treatment.Shift or Treatment.CleanText or Treatment.Rule)
        {
            treatment = decision.Fallback(level, around);
            treatment = treatment == Treatment.SafePrivate ? Treatment.Remove : treatment;
            changed = Apply(treatment, element, decision, level, path);
        }
        else if (treatment == Treatment.SafePrivate)
        {
            treatment = changed is null ? Treatment.Remove : Treatment.Keep;
        }

        byTreatment[(int)treatment]++;
        if (decision.RuleIndex >= 0 && decision.RuleIndex < byRule.Length)
        {
            byRule[decision.RuleIndex]++;
        }

        context.Note?.Invoke(new ElementExplanation(
            path + element.Tag, element.Tag, element.Vr, decision.Place.PrivateCreator, treatment, decision.RuleIndex,
            ElementExplanation.Explain(decision, treatment, decision.TypeIn(level, around))));
        return changed;
    }

    private TextElements Texts => texts ??= new TextElements(context.Texts);

    private PrivateElements Private => privates ??= new PrivateElements(context, changer);

    // What a concept name identifies is not what the table sees there.
    private Element Content(Element element, ElementDecision decision, DataSet level, string path)
    {
        Element clean = (content ??= new ContentItems(Texts)).Clean(element, level);
        return clean is SequenceElement sequence ? CleanItems(sequence, decision, level, path) : clean;
    }

    // Titles of applications are equal where they were, and no words. Meanings of public codes are most texts, and nearly all are known.
    private Element? Words(Element element, DataSet level)
    {
        if (element.Vr == Vr.AE)
        {
            return changer.Hashed(element, level);
        }

        return element.Tag == Tags.CodeMeaning && ContentItems.IsPublic(level) && PlainMeanings.Contains(level.GetString(element.Tag))
            ? element
            : Texts.Clean(element, level, TextTrust.Vocabulary);
    }

    // A private sequence is judged by what is in it (PS3.15 E.3.10).
    private Element? Safe(Element element, ElementDecision decision, DataSet level, string path)
    {
        if (element is not SequenceElement sequence)
        {
            return Private.Clean(element, decision.Place, level);
        }

        SequenceElement? items = Private.Refuses(decision.Place) ? null : CleanItems(sequence, decision, level, path);
        return items?.Items.Any(item => item.Count > 0) == true ? items : null;
    }

    private Element? Apply(Treatment treatment, Element element, ElementDecision decision, DataSet level, string path)
    {
        switch (treatment)
        {
            case Treatment.Remove:
                return null;

            case Treatment.Empty:
                return ElementChanger.Empty(element);

            case Treatment.Dummy:
                return Dummy(element, decision.Items, level);

            case Treatment.Pseudonym:
                return ElementChanger.Text(element.Tag, DicomDictionary.Find(element.Tag)!.Vr, context.Identity.Pseudonym, level);

            case Treatment.Uid when element is not SequenceElement:
                return changer.Uid(element, level) ?? ElementChanger.Empty(element);

            case Treatment.Shift:
                return changer.Date(element, level);

            case Treatment.CleanText when element is not SequenceElement:
                return Words(element, level);

            case Treatment.Rule:
                return changer.ByRule(decision.Rule!.Action, element, level);

            case Treatment.SafePrivate:
                return Safe(element, decision, level, path);

            case Treatment.Keep when element.Vr == Vr.AS && decision.Rule is null:
                return changer.CappedAge(element, level);

            default:
                return element is SequenceElement sequence ? CleanItems(sequence, decision, level, path) : element;
        }
    }

    private SequenceElement CleanItems(SequenceElement sequence, ElementDecision decision, DataSet level, string path)
    {
        around.Add(level);
        DataSet[] items = new DataSet[sequence.Items.Count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = Clean(sequence.Items[i], decision.Items, context.Note is null ? "" : $"{path}{sequence.Tag}[{i}].");
        }

        around.RemoveAt(around.Count - 1);
        return WithItems(sequence, items);
    }

    private Element Dummy(Element element, LevelPlan inside, DataSet level) => element switch
    {
        SequenceElement { Items.Count: > 0 } sequence => WithItems(sequence, [Skeleton(sequence.Items[0], inside)]),
        SequenceElement sequence => sequence,
        { Vr: Vr.UI } => changer.Uid(element, level) ?? ElementChanger.Empty(element),
        _ => DummyValues.Of(element),
    };

    // A dummy item: what the IOD requires of it, and of that only what has no content of its own. Enumerated codes and counts give an
    // item its shape; where the table names one, it is a dummy too.
    private DataSet Skeleton(DataSet item, LevelPlan plan)
    {
        List<Element> shape = [];
        foreach (Element written in item.OrderBy(element => element.Tag).DistinctBy(element => element.Tag))
        {
            Element element = UnknownVr.Resolve(written);
            AttributeType type = IsNeverKept(element.Tag) || element.Tag.IsPrivate
                ? AttributeType.Optional
                : plan.Level.Find(element.Tag)?.Strictest ?? AttributeType.Optional;
            if (type == AttributeType.MayBeEmpty)
            {
                shape.Add(ElementChanger.Empty(element));
            }
            else if (type == AttributeType.Required)
            {
                shape.Add(IsShape(element, plan) ? element : Dummy(element, plan.Decide(element.Tag, element.Vr, null).Items, item));
            }
        }

        return new DataSet(shape) { UndefinedLength = item.UndefinedLength };
    }

    private static bool IsShape(Element element, LevelPlan plan) =>
        element is ValueElement && plan.Decider.Table.Find(element.Tag) is null
        && (element.Vr == Vr.US || (element.Vr == Vr.CS && ValueRules.IsWellFormed(element)));

    private static SequenceElement WithItems(SequenceElement sequence, IReadOnlyList<DataSet> items) =>
        new(sequence.Tag, Vr.SQ, items, sequence.UndefinedLength);
}
