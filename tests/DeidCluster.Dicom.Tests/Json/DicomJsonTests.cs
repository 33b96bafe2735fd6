using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Dicom.Tests.Json;

public class DicomJsonTests
{
    [Fact]
    public void Write_EachKindOfValue_IsTheStandardsForm()
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.SpecificCharacterSet, "", "ISO 2022 IR 87");
        dataSet.SetString(Tags.ImageType, "ORIGINAL", "", "AXIAL");
        dataSet.SetString(Tags.PatientName, "Yamada^Tarou=山田^太郎=やまだ^たろう");
        dataSet.SetEmpty(Tags.PatientID);
        dataSet.SetString(Tags.PatientWeight, "70.50");
        dataSet.SetString(Tags.PatientSize, "+1.7");
        dataSet.SetInt(Tags.InstanceNumber, 5);
        dataSet.SetInt(Tags.Rows, 512);
        dataSet.Set(new ValueElement(Tags.FrameIncrementPointer, Vr.AT, new byte[] { 0x18, 0, 0x63, 0x10 }));
        dataSet.SetItems(Tags.OtherPatientIDsSequence, new DataSet(), Item());
        dataSet.SetBytes(Tags.PixelData, Vr.OW, new byte[] { 1, 2, 3, 4 });
        dataSet.SetUint(new Tag(0x00080000), 4);
        Assert.Equal(
            """
            {"00080005":{"vr":"CS","Value":["ISO_IR 192"]},"00080008":{"vr":"CS","Value":["ORIGINAL",null,"AXIAL"]},
            "00100010":{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"山田^太郎","Phonetic":"やまだ^たろう"}]},
            "00100020":{"vr":"LO"},"00101002":{"vr":"SQ","Value":[{},{"00100020":{"vr":"LO","Value":["nested"]}}]},
            "00101020":{"vr":"DS","Value":["+1.7"]},"00101030":{"vr":"DS","Value":[70.50]},
            "00200013":{"vr":"IS","Value":[5]},"00280009":{"vr":"AT","Value":["00181063"]},"00280010":{"vr":"US","Value":[512]},
            "7FE00010":{"vr":"OW","InlineBinary":"AQIDBA=="}}
            """.ReplaceLineEndings(""),
            Encoding.UTF8.GetString(DicomJson.ToBytes(dataSet)));

        static DataSet Item()
        {
            DataSet item = new();
            item.SetString(Tags.PatientID, "nested");
            return item;
        }
    }

    [Theory]
    [InlineData("IS", "5", "5")]
    [InlineData("IS", "-2147483648", "-2147483648")]
    [InlineData("IS", "007", "\"007\"")]
    [InlineData("IS", "+5", "\"+5\"")]
    [InlineData("IS", "1.5", "\"1.5\"")]
    [InlineData("DS", "1.", "\"1.\"")]
    [InlineData("DS", ".5", "\".5\"")]
    [InlineData("DS", "-0.10", "-0.10")]
    [InlineData("DS", "1e-3", "1e-3")]
    [InlineData("DS", "1E+400", "\"1E+400\"")]
    [InlineData("DS", "1e", "\"1e\"")]
    [InlineData("DS", "-", "\"-\"")]
    [InlineData("DS", "NaN", "\"NaN\"")]
    [InlineData("DS", "0.30000000000000004", "\"0.30000000000000004\"")]
    public void Write_DecimalAndIntegerStrings_AreNumbersOnlyWhenJsonHasThem(string vr, string text, string expected)
    {
        Tag tag = vr == "IS" ? Tags.InstanceNumber : Tags.PatientWeight;
        DataSet dataSet = new();
        dataSet.SetString(tag, text);

        byte[] json = DicomJson.ToBytes(dataSet);

        Assert.Contains($"\"Value\":[{expected}]", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(text, DicomJson.Parse(json).GetString(tag));
    }

    [Fact]
    public void Write_Integers64Bits_AreStringsBeyond2To53()
    {
        DataSet dataSet = new();
        dataSet.SetBytes(Tags.SelectorSVValue, Vr.SV, Longs(1L << 53, (1L << 53) + 1, long.MinValue));
        dataSet.SetBytes(Tags.SelectorUVValue, Vr.UV, Longs(7, -1));

        string json = Encoding.UTF8.GetString(DicomJson.ToBytes(dataSet));

        Assert.Contains("[9007199254740992,\"9007199254740993\",\"-9223372036854775808\"]", json, StringComparison.Ordinal);
        Assert.Contains("[7,\"18446744073709551615\"]", json, StringComparison.Ordinal);
        AssertEqual(dataSet, DicomJson.Parse(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Write_NotFiniteNumbers_AreWordsAndComeBack()
    {
        DataSet dataSet = new();
        dataSet.SetDouble(Tags.SelectorFDValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.1);
        dataSet.SetDouble(Tags.SelectorFLValue, float.NaN, float.PositiveInfinity, 0.1f);

        string json = Encoding.UTF8.GetString(DicomJson.ToBytes(dataSet));

        Assert.Contains("[\"NaN\",\"inf\",\"-inf\",0.1]", json, StringComparison.Ordinal);
        AssertEqual(dataSet, DicomJson.Parse(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void Write_LongValue_AsksForItsUriByPath()
    {
        DataSet icon = new();
        icon.SetBytes(Tags.PixelData, Vr.OB, new byte[2000]);
        DataSet dataSet = new();
        dataSet.SetItems(Tags.IconImageSequence, new DataSet(), icon);
        dataSet.SetBytes(Tags.PixelData, Vr.OW, new byte[1000]);
        dataSet.Add(new FragmentsElement(new Tag(0x7FE10010), Vr.OB, new SourceRange(0, 8), []));
        List<BulkDataPlace> asked = [];

        byte[] json = DicomJson.ToBytes(dataSet, new DicomJsonWriteOptions
        {
            BulkDataUri = place =>
            {
                asked.Add(place);
                return "bulk/" + place.Path;
            },
        });

        Assert.Equal([("00880200/1/7FE00010", 2000), ("7FE10010", 8)], asked.Select(place => (place.Path, place.LengthBytes)));
        DataSet read = DicomJson.Parse(json);
        Assert.Equal("bulk/00880200/1/7FE00010", Assert.IsType<BulkDataElement>(read.Items(Tags.IconImageSequence)[1].Find(Tags.PixelData)).Uri);
        Assert.Equal(1000, read.GetBytes(Tags.PixelData).Length);
        Assert.Equal(json, DicomJson.ToBytes(read));
    }

    [Fact]
    public void Write_EncapsulatedWithoutUri_Fails()
    {
        DataSet dataSet = new();
        dataSet.Add(new FragmentsElement(Tags.PixelData, Vr.OB, new SourceRange(0, 8), []));

        Assert.Throws<InvalidOperationException>(() => DicomJson.ToBytes(dataSet));
    }

    [Fact]
    public void Write_HalfANumber_IsUnknownAndLosesNothing()
    {
        DataSet dataSet = new();
        dataSet.Add(new ValueElement(Tags.Rows, Vr.UL, new byte[] { 1, 2, 3, 4, 5, 6 }));

        Assert.Equal("{\"00280010\":{\"vr\":\"UN\",\"InlineBinary\":\"AQIDBAUG\"}}", Encoding.UTF8.GetString(DicomJson.ToBytes(dataSet)));
    }

    [Fact]
    public void Write_TextBeyondAsciiWithoutDeclaredSet_DeclaresUtf8()
    {
        DataSet dataSet = new();
        dataSet.SetBytes(Tags.PatientID, Vr.LO, new byte[] { 0xE9, 0x20 });

        DataSet read = DicomJson.Parse(DicomJson.ToBytes(dataSet));

        Assert.Equal("ISO_IR 192", read.GetString(Tags.SpecificCharacterSet));
        Assert.Equal("é", read.GetString(Tags.PatientID));
    }

    [Fact]
    public void Write_NestedCharacterSet_IsRespected()
    {
        DataSet item = new();
        item.SetString(Tags.SpecificCharacterSet, "ISO_IR 144");
        item.SetString(Tags.PatientName, "Люк");
        DataSet dataSet = new();
        dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        dataSet.SetString(Tags.PatientName, "Müller");
        dataSet.SetItems(Tags.OtherPatientIDsSequence, item);

        DataSet read = DicomJson.Parse(DicomJson.ToBytes(dataSet));

        Assert.Equal("Müller", read.GetString(Tags.PatientName));
        Assert.Equal("Люк", read.Items(Tags.OtherPatientIDsSequence)[0].GetString(Tags.PatientName));
    }

    [Fact]
    public void Write_UnorderedWithDuplicates_IsOrderedAndKeepsTheFirst()
    {
        DataSet dataSet = new();
        dataSet.Add(new ValueElement(Tags.PatientID, Vr.LO, "first "u8.ToArray()));
        dataSet.Add(new ValueElement(Tags.Modality, Vr.CS, "CT"u8.ToArray()));
        dataSet.Add(new ValueElement(Tags.PatientID, Vr.LO, "second"u8.ToArray()));

        Assert.Equal("{\"00080060\":{\"vr\":\"CS\",\"Value\":[\"CT\"]},\"00100020\":{\"vr\":\"LO\",\"Value\":[\"first\"]}}", Encoding.UTF8.GetString(DicomJson.ToBytes(dataSet)));
    }

    [Theory]
    [InlineData("""{"00100020":{"Value":["A"]}}""", "A", "no vr: the dictionary's")]
    [InlineData("""{"00100020":{"Value":["A"],"vr":"SH"}}""", "A", "vr behind the value")]
    [InlineData("""{"00200010":{"vr":"SH"},"00100020":{"vr":"LO","Value":["A"]}}""", "A", "unordered")]
    [InlineData("""{"00100020":{"vr":"LO","keyword":"PatientID","Value":["A"],"more":{"a":[1]}}}""", "A", "unknown members")]
    [InlineData("""{"00020010":{"vr":"UI","Value":["1.2"]},"00080000":{"vr":"UL","Value":[1]},"00100020":{"vr":"LO","Value":["A"]}}""", "A", "meta information, group length")]
    [InlineData("""{"00100020":{"vr":"LO","Value":["\u0041"]}}""", "A", "escaped")]
    [InlineData("""[{"00100020":{"vr":"LO","Value":["A"]}}]""", "A", "an array of one")]
    [InlineData("""{"00100020":{"vr":"LO","Value":[null]}}""", null, "null")]
    [InlineData("""{"00100020":{"vr":"LO","Value":[]}}""", null, "no values")]
    [InlineData("""{"00100020":{"vr":"LO","Value":null}}""", null, "null for the array")]
    public void Parse_FormsThatTheStandardAllowsOrPeersWrite_AreRead(string json, string? patientId, string why)
    {
        DataSet dataSet = DicomJson.Parse(Encoding.UTF8.GetBytes(json));

        Assert.True(dataSet.GetString(Tags.PatientID) == patientId, why);
        Assert.DoesNotContain(dataSet, element => element.Tag.Group == 2 || element.Tag.IsGroupLength);
    }

    [Theory]
    [InlineData("", "not well-formed")]
    [InlineData("[]", "no object")]
    [InlineData("[{},{}]", "more than one data set")]
    [InlineData("""{"00100020":{"vr":"LO","Value":["A"]}} x""", "not well-formed")]
    [InlineData("""{"00100020":{"vr":"LO","Value":["A"]}""", "not well-formed")]
    [InlineData("""{"PatientID":{"vr":"LO","Value":["A"]}}""", "no tag")]
    [InlineData("""{"FFFEE000":{"vr":"LO","Value":["A"]}}""", "no tag")]
    [InlineData("""{"00100020":["A"]}""", "no object")]
    [InlineData("""{"00100020":{"vr":"LO","Value":"A"}}""", "no array")]
    [InlineData("""{"00100020":{"vr":"ZZ","Value":["A"]}}""", "unknown or second value representation")]
    [InlineData("""{"00100020":{"vr":"LO","vr":"SH","Value":["A"]}}""", "unknown or second value representation")]
    [InlineData("""{"00100020":{"vr":"LO","Value":[5]}}""", "no value of LO")]
    [InlineData("""{"00100020":{"vr":"LO","Value":["\uD800"]}}""", "no Unicode")]
    [InlineData("""{"00280010":{"vr":"US","Value":[70000]}}""", "no value of US")]
    [InlineData("""{"00280010":{"vr":"US","Value":[1.5]}}""", "no value of US")]
    [InlineData("""{"00280010":{"vr":"US","Value":[1,null]}}""", "no value of US")]
    [InlineData("""{"00720074":{"vr":"FD","Value":[1e999]}}""", "no value of FD")]
    [InlineData("""{"00720076":{"vr":"FL","Value":[1e39]}}""", "no value of FL")]
    [InlineData("""{"00200013":{"vr":"IS","Value":[1.5]}}""", "a number that is none of IS")]
    [InlineData("""{"00100020":{"vr":"LO","Value":["A"]},"00100020":{"vr":"LO"}}""", "twice")]
    [InlineData("""{"00100020":{"vr":"LO"},"00100010":{"vr":"PN"},"00100020":{"vr":"LO"}}""", "twice")]
    [InlineData("""{"7FE00010":{"vr":"OB","InlineBinary":"A"}}""", "no base64")]
    [InlineData("""{"7FE00010":{"vr":"OB","Value":["AAAA"]}}""", "not InlineBinary")]
    [InlineData("""{"00100020":{"vr":"LO","InlineBinary":"AAAA"}}""", "no base64")]
    [InlineData("""{"7FE00010":{"vr":"OB","InlineBinary":"AAAA","BulkDataURI":"x"}}""", "more than one of")]
    [InlineData("""{"00091001":{"Value":["A"]}}""", "without a value representation")]
    [InlineData("""{"00104000":{"vr":"LT","Value":["A","B"]}}""", "more than one value of LT")]
    public void Parse_Malformed_IsRefusedWithItsPlaceAndWithoutItsValue(string json, string problem)
    {
        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DicomJson.Parse(Encoding.UTF8.GetBytes(json)));

        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.InRange(refusal.Offset, 0, json.Length);
    }

    [Fact]
    public void Parse_Malformed_NamesOffsetAndPath()
    {
        const string Json = """{"00081115":{"vr":"SQ","Value":[{},{"00280010":{"vr":"US","Value":["secret"]}}]}}""";

        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DicomJson.Parse(Encoding.UTF8.GetBytes(Json)));

        Assert.Equal(Json.IndexOf("\"secret", StringComparison.Ordinal), refusal.Offset);
        Assert.Equal("(0008,1115)[1].(0028,0010)", refusal.TagPath);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TooDeepOrTooMany_IsRefused()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"00081115":{"vr":"SQ","Value":[""", 65)) + "{}" + string.Concat(Enumerable.Repeat("]}}", 65));
        Assert.Contains("deeper than 64", Assert.Throws<DicomFormatException>(() => DicomJson.Parse(Encoding.UTF8.GetBytes(deep))).Message, StringComparison.Ordinal);
        string veryDeep = string.Concat(Enumerable.Repeat("""{"00081115":{"vr":"SQ","Value":[""", 10_000));
        Assert.Throws<DicomFormatException>(() => DicomJson.Parse(Encoding.UTF8.GetBytes(veryDeep)));
        Assert.Throws<DicomFormatException>(() => DicomJson.Parse("""{"00100010":{"vr":"PN"},"00100020":{"vr":"LO"}}"""u8, new DicomJsonReadOptions { ElementsMax = 1 }));
    }

    [Fact]
    public void Parse_DecimalNumberLongerThanDs_IsShortenedToItsNearest()
    {
        DataSet read = DicomJson.Parse("""{"00101030":{"vr":"DS","Value":[0.30000000000000004,-1.2345678901234567e-100]}}"""u8);

        Assert.All(read.GetStrings(Tags.PatientWeight), text => Assert.True(text.Length <= 16));
        Assert.Equal(0.3, read.GetDoubles(Tags.PatientWeight)[0], 1e-13);
    }

    private static byte[] Longs(params long[] values)
    {
        byte[] bytes = new byte[values.Length * 8];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * 8), values[i]);
        }

        return bytes;
    }

    private static void AssertEqual(DataSet expected, DataSet actual) => Assert.Empty(DataSetDiff.Compare(expected, actual).Select(difference => difference.Path));
}
