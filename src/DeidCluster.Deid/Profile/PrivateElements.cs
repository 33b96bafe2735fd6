using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>
/// Keeps the private elements that are safe (PS3.15 E.3.10): those of the standard's table and those that the instance itself declares, with
/// their values cleaned like any other's. All others go, and so does every block of bytes that may embed text.
/// </summary>
internal sealed class PrivateElements(InstanceContext context, ElementChanger changer)
{
    private readonly PrivateCharacteristics characteristics = new(context.Header);
    private readonly TextElements texts = new(context.Texts);

    /// <summary>True when a sequence goes without a look at its items.</summary>
    public bool Refuses(ElementPlace place) => place.PrivateCreator is not { } creator || characteristics.Of(creator, place.Tag) is PrivateStatus.Unsafe;

    /// <summary>What stays of <paramref name="element"/>, which is no sequence; null when it goes.</summary>
    public Element? Clean(Element element, ElementPlace place, DataSet level)
    {
        if (Refuses(place) || place.PrivateCreator is not { } creator)
        {
            return null;
        }

        Vr? listed = SafePrivate.Find(creator, place.Tag);
        if (listed is null && characteristics.Of(creator, place.Tag) != PrivateStatus.Safe)
        {
            return null;
        }

        // A writer without a dictionary passes private elements on as UN; one that gives another VR means another element.
        Vr vr = element.Vr != Vr.UN ? element.Vr : listed ?? level.EffectiveVr(element);
        return element is ValueElement value && (listed is null || listed == vr)
            ? Value(vr == value.Vr ? value : new ValueElement(value.Tag, vr, value.Bytes), level, isListed: listed is not null)
            : null;
    }

    private Element? Value(ValueElement value, DataSet level, bool isListed)
    {
        if (!ValueRules.IsWellFormed(value))
        {
            return null;
        }

        return value.Vr switch
        {
            Vr.UI => changer.Uid(value, level),
            Vr.DA or Vr.DT or Vr.TM => changer.Date(value, level),
            Vr.PN or Vr.AE or Vr.UR => null,
            Vr.CS or Vr.IS or Vr.DS => Words(value, level).All(context.Texts.IsClean) ? value : null,
            Vr.AS => changer.CappedAge(value, level),
            _ when TextElements.CanClean(value.Vr) => texts.Clean(value, level, isListed ? TextTrust.Warranted : TextTrust.Vocabulary),
            Vr.OB or Vr.OW or Vr.UN => isListed && !HoldsText(value.Bytes.Span) ? value : null,
            _ => value,
        };
    }

    // Numbers of these are no telephone numbers; a known number is one wherever it stands.
    private static IEnumerable<string> Words(ValueElement value, DataSet level) => level.Strings(value).Where(text => text.Any(char.IsLetter) || text.Length > NumberCharactersMax);

    private const int NumberCharactersMax = 12;

    /// <summary>Longer runs of letters are words. Characters.</summary>
    private const int LettersMax = 5;

    private static bool HoldsText(ReadOnlySpan<byte> bytes)
    {
        int run = 0;
        foreach (byte value in bytes)
        {
            run = char.IsAsciiLetterOrDigit((char)value) || value >= 0xC0 ? run + 1 : value is (byte)' ' or (byte)'^' or 0 ? run : 0;
            if (run > LettersMax)
            {
                return true;
            }
        }

        return false;
    }
}
