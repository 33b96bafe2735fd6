using System.Reflection;

namespace DeidCluster.Dicom.Tests.Dictionary;

public class DictionaryTests
{
    [Theory]
    [InlineData("(0010,0010)", "PatientName", "PN", "1", false)]
    [InlineData("(0008,0018)", "SOPInstanceUID", "UI", "1", false)]
    [InlineData("(0028,0106)", "SmallestImagePixelValue", "US,SS", "1", false)]
    [InlineData("(7FE0,0010)", "PixelData", "OB,OW", "1", false)]
    [InlineData("(0008,0010)", "RecognitionCode", "SH", "1", true)]
    [InlineData("(0002,0010)", "TransferSyntaxUID", "UI", "1", false)]
    [InlineData("(0000,0100)", "CommandField", "US", "1", false)]
    [InlineData("(0010,0000)", "GenericGroupLength", "UL", "1", true)]
    [InlineData("(0020,3107)", "SourceImageIDs", "CS", "1-n", true)]
    [InlineData("(501E,3000)", "CurveData", "OB,OW", "1", true)]
    [InlineData("(6002,3000)", "OverlayData", "OB,OW", "1", false)]
    [InlineData("(7F02,0010)", "VariablePixelData", "OB,OW", "1", true)]
    [InlineData("(0029,0010)", "PrivateCreator", "LO", "1", false)]
    public void Find_Row_IsTheStandards(string tag, string keyword, string vrs, string vm, bool retired)
    {
        DictionaryEntry? entry = DicomDictionary.Find(TagOf(tag));

        Assert.NotNull(entry);
        Assert.Equal((keyword, vrs, vm, retired), (entry.Keyword, string.Join(',', entry.Vrs), entry.Vm, entry.Retired));
    }

    [Theory]
    [InlineData("(0029,1010)")] // private
    [InlineData("(0009,0001)")] // no creator: below 0010
    [InlineData("(0800,0500)")]
    [InlineData("(6001,3000)")] // odd group: private, no overlay
    public void Find_UnknownTag_IsNull(string tag) => Assert.Null(DicomDictionary.Find(TagOf(tag)));

    [Fact]
    public void Tags_EachProperty_IsTheDictionarysTag()
    {
        foreach (PropertyInfo property in typeof(Tags).GetProperties(BindingFlags.Public | BindingFlags.Static))
        {
            Assert.Equal(property.GetValue(null), DicomDictionary.FindKeyword(property.Name)?.Tag);
        }
    }

    [Fact]
    public void All_EachKeyword_FindsItsRow()
    {
        Assert.True(DicomDictionary.All.Count > 5000);
        Assert.All(DicomDictionary.All.Where(entry => entry.Keyword.Length > 0), entry => Assert.Same(entry, DicomDictionary.FindKeyword(entry.Keyword)));
    }

    [Fact]
    public void Uids_EachConstant_IsRegistered()
    {
        foreach (FieldInfo field in typeof(Uids).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            Assert.NotNull(UidDictionary.Name((string)field.GetRawConstantValue()!));
        }

        Assert.Equal("CT Image Storage", UidDictionary.Name(Uids.CtImageStorage));
        Assert.Null(UidDictionary.Name("1.2.3"));
    }

    [Theory]
    [InlineData(Uids.ImplicitVrLittleEndian, false, false, false, false)]
    [InlineData(Uids.ExplicitVrLittleEndian, true, false, false, false)]
    [InlineData(Uids.ExplicitVrBigEndian, true, true, false, false)]
    [InlineData(Uids.DeflatedExplicitVrLittleEndian, true, false, true, false)]
    [InlineData(Uids.JpegBaselineProcess1, true, false, false, true)]
    [InlineData(Uids.RleLossless, true, false, false, true)]
    [InlineData(Uids.Mpeg2MainProfileMainLevel, true, false, false, true)]
    [InlineData(Uids.JpipReferenced, true, false, false, false)]
    [InlineData(Uids.JpipReferencedDeflate, true, false, true, false)]
    public void TransferSyntax_Known_HasItsFacts(string uid, bool isExplicitVr, bool isBigEndian, bool isDeflated, bool isEncapsulated)
    {
        TransferSyntax? syntax = TransferSyntax.Find(uid);

        Assert.NotNull(syntax);
        Assert.Equal((isExplicitVr, isBigEndian, isDeflated, isEncapsulated), (syntax.IsExplicitVr, syntax.IsBigEndian, syntax.IsDeflated, syntax.IsEncapsulated));
    }

    [Theory]
    [InlineData("1.2.840.113619.5.2")] // a vendor's
    [InlineData(Uids.XmlEncoding)]
    [InlineData(Uids.CtImageStorage)]
    [InlineData("")]
    public void TransferSyntax_Unknown_IsNull(string uid) => Assert.Null(TransferSyntax.Find(uid));

    [Fact]
    public void TransferSyntax_OfTheTable_EqualsItsProperty()
    {
        foreach (TransferSyntax syntax in new[] { TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian, TransferSyntax.DeflatedExplicitVrLittleEndian })
        {
            Assert.Contains(syntax, TransferSyntax.All);
        }
    }

    private static Tag TagOf(string text)
    {
        Assert.True(Tag.TryParse(text, out Tag tag));
        return tag;
    }
}
