using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Decides by the profile what happens to an element: by its row in table E.1-1, else by the IOD of its SOP class. Compound
/// actions become the weakest one that keeps the IOD valid (PS3.15 table E.1-1a). What nobody knows is removed.
/// </summary>
internal sealed class ElementDecider(InstanceContext context)
{
    /// <summary>One of Keep, Remove, Empty, Dummy, Uid, or Clean, which means that dates are shifted.</summary>
    public ProfileAction Decide(Element element, ElementPlace place)
    {
        if (IsOverlay(place.Tag))
        {
            // Without its data (60xx,3000) the rest of an overlay plane is no valid module (PS3.3 C.9.2), so it goes as a whole.
            return ProfileAction.Remove;
        }

        if (JudgedAttributes.Identify(place.Tag))
        {
            return ProfileAction.Remove;
        }

        if (context.Table.Find(place.Tag) is not { } row)
        {
            return DecideUnlisted(element, place);
        }

        // What an option keeps or shifts is what the standard says stands there: anything else is nobody's date, age or sex.
        ProfileAction action = row.Under(context.Options);
        bool isTrusted = IsWrittenAsDefined(element) && (action != ProfileAction.Clean || IsTemporal(element.Vr));
        return Resolve(action is ProfileAction.Keep or ProfileAction.Clean && !isTrusted ? row.Basic : action, place);
    }

    // Annex E asks the de-identifier to judge what the table does not name. What the IOD defines was judged by the table's authors;
    // everything else is refused, and so is what is not written as the dictionary says. Words were judged for their own place only.
    private ProfileAction DecideUnlisted(Element element, ElementPlace place)
    {
        if (!context.Iod.Knows(place.Tag) || !HasDefinedVr(element))
        {
            return ProfileAction.Remove;
        }

        if (place.Tag == Tags.SpecificCharacterSet)
        {
            return element is ValueElement terms && CharacterSet.Parse(terms.Bytes.Span).IsKnown ? ProfileAction.Keep : ProfileAction.Remove;
        }

        return element.Vr switch
        {
            Vr.UI => context.Options.Contains(ProfileOption.RetainUids) && ValueRules.IsWellFormed(element) ? ProfileAction.Keep : ProfileAction.Uid,
            Vr.PN or Vr.AE or Vr.UN => Resolve(ProfileAction.RemoveOrEmptyOrDummy, place),
            _ when !ValueRules.IsWellFormed(element) => Resolve(ProfileAction.RemoveOrEmptyOrDummy, place),
            Vr.DA or Vr.DT or Vr.TM => Resolve(DecideDate(), place),
            _ when MayHoldAnything(element.Vr) && !context.Iod.KnowsAt(place) => ProfileAction.Remove,
            _ => ProfileAction.Keep,
        };
    }

    private ProfileAction DecideDate() =>
        context.Options.Contains(ProfileOption.RetainLongitudinalModifiedDates) ? ProfileAction.Clean
        : context.Options.Contains(ProfileOption.RetainLongitudinalFullDates) ? ProfileAction.Keep
        : ProfileAction.RemoveOrEmptyOrDummy;

    /// <summary>The simple action that <paramref name="action"/> means at <paramref name="place"/>; where the IOD is silent, the strictest.</summary>
    public ProfileAction Resolve(ProfileAction action, ElementPlace place)
    {
        if (action is ProfileAction.Keep or ProfileAction.Remove or ProfileAction.Dummy or ProfileAction.Uid or ProfileAction.Clean)
        {
            return action;
        }

        AttributeType? type = context.View.TypeAt(place);
        return (action, type) switch
        {
            (ProfileAction.Empty, AttributeType.Required) => ProfileAction.Dummy,
            (ProfileAction.Empty, _) => ProfileAction.Empty,
            (ProfileAction.EmptyOrDummy, AttributeType.Optional or AttributeType.MayBeEmpty) => ProfileAction.Empty,
            (ProfileAction.EmptyOrDummy, _) => ProfileAction.Dummy,
            (_, AttributeType.Optional) => ProfileAction.Remove,
            (ProfileAction.RemoveOrEmpty, AttributeType.Required) => ProfileAction.Dummy,
            (ProfileAction.RemoveOrEmpty, _) => ProfileAction.Empty,
            (ProfileAction.RemoveOrDummy, _) => ProfileAction.Dummy,
            (ProfileAction.RemoveOrEmptyOrDummy, AttributeType.MayBeEmpty) => ProfileAction.Empty,
            (ProfileAction.RemoveOrEmptyOrDummy, _) => ProfileAction.Dummy,
            (ProfileAction.RemoveOrEmptyOrUid, AttributeType.MayBeEmpty) => ProfileAction.Empty,
            (ProfileAction.RemoveOrEmptyOrUid, _) => ProfileAction.Uid,
            _ => throw new InvalidOperationException($"{action} is not resolved."),
        };
    }

    private static bool IsWrittenAsDefined(Element element) => HasDefinedVr(element) && ValueRules.IsWellFormed(element);

    private static bool HasDefinedVr(Element element) => DicomDictionary.Find(element.Tag)?.Vrs.Contains(element.Vr) == true;

    private static bool MayHoldAnything(Vr vr) =>
        vr is Vr.SQ or Vr.OB or Vr.OW or Vr.OF or Vr.OD or Vr.OL or Vr.OV || ElementChanger.IsFreeText(vr);

    private static bool IsTemporal(Vr vr) => vr is Vr.DA or Vr.DT or Vr.TM;

    private static bool IsOverlay(Tag tag) => tag.Group is >= 0x6000 and <= 0x60FF && !tag.IsPrivate;
}
