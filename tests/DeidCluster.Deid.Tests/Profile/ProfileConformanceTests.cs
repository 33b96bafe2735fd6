using DeidCluster.Dicom;

namespace DeidCluster.Deid.Tests;

/// <summary>One generated instance per SOP class with every attribute of table E.1-1: the result obeys each row and the IOD.</summary>
public class ProfileConformanceTests
{
    public static TheoryData<string> SopClasses => [.. Iod.SopClassUids];

    [Theory]
    [MemberData(nameof(SopClasses))]
    public void Deidentify_EveryRowOfTheTable_IsObeyed(string sopClassUid)
    {
        ProfileTable table = ProfileTable.Of("2026d");
        DataSet source = WithEveryRow(sopClassUid, table);
        IodView view = Iod.Find(sopClassUid)!.For(source);
        DeidentifyResult outcome = Make.Deidentify(source, Make.Profile() with { Selection = new Selection { SopClassUids = [sopClassUid] } });
        DataSet result = Assert.IsType<DeidentifyResult.Done>(outcome).Instance.DataSet;

        Assert.False(Make.Holds(outcome, "PLANTED"));
        foreach (Element element in source)
        {
            if (table.Find(element.Tag) is { } row && !IsOurs(element.Tag))
            {
                Check(row.Basic, view.TypeIn(new ElementPlace(element.Tag, element.Vr, null, null), source, []), element, result.Find(element.Tag));
            }
        }
    }

    private static void Check(ProfileAction action, AttributeType? type, Element before, Element? after)
    {
        string context = $"{before.Tag} {action} {type}";
        if (type is null && action != ProfileAction.Uid)
        {
            Assert.True(after is null, context);
            return;
        }

        switch (action)
        {
            case ProfileAction.Remove:
                Assert.True(after is null || type != AttributeType.Optional, context);
                break;
            case ProfileAction.Empty when type != AttributeType.Required:
                Assert.True(after is not null && IsEmpty(after), context);
                break;
            case ProfileAction.Dummy or ProfileAction.Empty:
                Assert.True(IsReplaced(before, after), context);
                break;
            case ProfileAction.Uid:
                Assert.True(after is ValueElement uid && System.Text.Encoding.ASCII.GetString(uid.Bytes.Span).StartsWith("2.25.", StringComparison.Ordinal), context);
                break;
            default:
                CheckCompound(action, type, before, after, context);
                break;
        }
    }

    // Type 3 may go, type 2 must be there, type 1 must have a value; and whatever is there says nothing.
    private static void CheckCompound(ProfileAction action, AttributeType? type, Element before, Element? after, string context)
    {
        Assert.True(type != AttributeType.Optional || action == ProfileAction.EmptyOrDummy || after is null, context);
        Assert.True(type != AttributeType.MayBeEmpty || after is not null, context);
        if (after is not null && (type == AttributeType.Required || !IsEmpty(after)))
        {
            Assert.True(IsReplaced(before, after), context);
        }
    }

    private static bool IsEmpty(Element element) => element is SequenceElement { Items.Count: 0 } or ValueElement { Bytes.Length: 0 };

    private static bool IsReplaced(Element before, Element? after) => (before, after) switch
    {
        (SequenceElement, SequenceElement { Items.Count: > 0 } sequence) => sequence.Items[0].All(element => !element.Tag.Equals(Tags.PatientComments)),
        (ValueElement was, ValueElement { Bytes.Length: > 0 } now) => !now.Bytes.Span.SequenceEqual(was.Bytes.Span),
        _ => false,
    };

    // What de-identification itself writes.
    private static bool IsOurs(Tag tag) => tag == Tags.PatientName || tag == Tags.PatientID;

    private static DataSet WithEveryRow(string sopClassUid, ProfileTable table)
    {
        DataSet source = Make.Instance(sopClassUid);
        foreach (Tag tag in table.Tags.Where(tag => tag.Group >= 0x0008 && DicomDictionary.Find(tag) is not null))
        {
            source.Set(Sample(tag, DicomDictionary.Find(tag)!.Vr));
        }

        return source;
    }

    private static Element Sample(Tag tag, Vr vr)
    {
        DataSet one = [];
        switch (vr)
        {
            case Vr.SQ:
                one.SetItems(tag, Make.Item(item => item.SetString(Tags.PatientComments, "PLANTED")));
                break;
            case Vr.UI:
                one.SetString(tag, $"1.2.3.{tag.Value}");
                break;
            case Vr.DA:
                one.SetString(tag, "20240229");
                break;
            case Vr.TM:
                one.SetString(tag, "101112");
                break;
            case Vr.DT:
                one.SetString(tag, "20240229101112");
                break;
            case Vr.AS:
                one.SetString(tag, "045Y");
                break;
            case Vr.DS or Vr.IS:
                one.SetString(tag, "42");
                break;
            default:
                one.SetBytes(tag, vr, vr.IsText() ? "PLANTED "u8.ToArray() : new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 });
                break;
        }

        return one.Find(tag)!;
    }
}
