namespace DeidCluster.Dicom.Tests.Data;

public class DataSetTests
{
    [Fact]
    public void Set_NewTags_StandInTheStandardsOrder()
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.PatientID, "1");
        dataSet.SetString(Tags.Modality, "CT");
        dataSet.SetString(Tags.PatientName, "A^B");

        Assert.Equal([Tags.Modality, Tags.PatientName, Tags.PatientID], dataSet.Select(element => element.Tag));
    }

    [Fact]
    public void Set_DuplicateTag_LeavesNoOther()
    {
        DataSet dataSet = new([Text(Tags.PatientName, Vr.PN, "A "), Text(Tags.PatientID, Vr.LO, "1 "), Text(Tags.PatientName, Vr.PN, "B ")]);
        Assert.Equal("A", dataSet.GetString(Tags.PatientName));

        dataSet.SetString(Tags.PatientName, "X");

        Assert.Equal([Tags.PatientName, Tags.PatientID], dataSet.Select(element => element.Tag));
        Assert.Equal("X", dataSet.GetString(Tags.PatientName));
    }

    [Fact]
    public void Find_ManyElementsInAnyOrder_FindsEach()
    {
        Tag[] tags = [.. Enumerable.Range(1, 200).Select(i => new Tag(0x0008, (ushort)(i * 7)))];
        DataSet ascending = new(tags.Select(tag => Text(tag, Vr.LO, "x ")));
        DataSet shuffled = new(tags.Reverse().Select(tag => Text(tag, Vr.LO, "x ")));

        Assert.All(tags, tag => Assert.True(ascending.Contains(tag) && shuffled.Contains(tag)));
        Assert.False(ascending.Contains(new Tag(0x0008, 8)) || shuffled.Contains(new Tag(0x0008, 8)));
        Assert.True(ascending.Remove(tags[3]) && !ascending.Contains(tags[3]) && ascending.Contains(tags[4]));
    }

    [Theory]
    [InlineData("UI", "1.2.3\0", "1.2.3")]
    [InlineData("LO", " A B ", "A B")]
    [InlineData("PN", "A^B ", "A^B")]
    [InlineData("LT", "  indented ", "  indented")]
    [InlineData("DS", " 1.5 ", "1.5")]
    [InlineData("SH", "X\0", "X")]
    [InlineData("CS", "  ", null)]
    [InlineData("CS", "", null)]
    public void GetString_Padding_IsNoPartOfTheValue(string vr, string value, string? expected) =>
        Assert.Equal(expected, new DataSet([Text(new Tag(0x0009, 0x1001), Enum.Parse<Vr>(vr), value)]).GetString(new Tag(0x0009, 0x1001)));

    [Fact]
    public void GetStrings_OfSingleTextVr_DoesNotSplit()
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.ImageComments, @"C:\a\b");
        dataSet.SetString(Tags.ImageType, "ORIGINAL", "", "AXIAL");

        Assert.Equal([@"C:\a\b"], dataSet.GetStrings(Tags.ImageComments));
        Assert.Equal(["ORIGINAL", "", "AXIAL"], dataSet.GetStrings(Tags.ImageType));
    }

    [Fact]
    public void Numbers_SetAndGot_AreEqual()
    {
        DataSet dataSet = new();
        dataSet.SetInt(Tags.Rows, 512);
        dataSet.SetInt(Tags.InstanceNumber, -3);
        dataSet.SetDouble(Tags.PixelSpacing, 0.5, 1.0 / 3);
        dataSet.SetDouble(Tags.EventTimeOffset, 2.25);
        dataSet.SetUshort(Tags.SmallestImagePixelValue, 65535);
        dataSet.SetUint(Tags.SimpleFrameList, 1, 4_000_000_000);

        Assert.Equal(512, dataSet.GetInt(Tags.Rows));
        Assert.Equal(-3, dataSet.GetInt(Tags.InstanceNumber));
        Assert.Equal(0.5, dataSet.GetDouble(Tags.PixelSpacing));
        Assert.All(dataSet.GetStrings(Tags.PixelSpacing), text => Assert.True(text.Length <= 16));
        Assert.Equal(2.25, dataSet.GetDouble(Tags.EventTimeOffset));
        Assert.Equal(["1", "4000000000"], dataSet.GetStrings(Tags.SimpleFrameList));
        Assert.Empty(dataSet.GetInts(Tags.SimpleFrameList)); // does not fit
        Assert.Null(dataSet.GetInt(Tags.PatientName));
        Assert.Equal("65535", dataSet.GetString(Tags.SmallestImagePixelValue));
    }

    [Fact]
    public void CharacterSet_OfAnItem_IsItsOwnOrTheEnclosingOne()
    {
        DataSet inherits = new();
        DataSet own = new();
        DataSet dataSet = new();
        dataSet.SetItems(Tags.OtherPatientIDsSequence, inherits, own);
        dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
        own.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        inherits.SetString(Tags.PatientName, "Müller");
        own.SetString(Tags.PatientName, "Müller");

        Assert.Equal(8, inherits.GetBytes(Tags.PatientName).Length); // 7 bytes of UTF-8 and a space
        Assert.Equal(6, own.GetBytes(Tags.PatientName).Length);
        Assert.Equal("Müller", inherits.GetString(Tags.PatientName));
        Assert.Equal("Müller", own.GetString(Tags.PatientName));
    }

    [Fact]
    public void DeepCopy_Changed_LeavesTheOriginal()
    {
        DataSet item = new();
        item.SetString(Tags.PatientID, "1");
        DataSet original = new();
        original.SetItems(Tags.OtherPatientIDsSequence, item);

        DataSet copy = original.DeepCopy();
        copy.Items(Tags.OtherPatientIDsSequence)[0].SetString(Tags.PatientID, "2");

        Assert.Equal("1", original.Items(Tags.OtherPatientIDsSequence)[0].GetString(Tags.PatientID));
    }

    [Fact]
    public void SetString_PrivateTagWithoutVr_IsRefused() => Assert.Throws<ArgumentException>(() => new DataSet().SetString(new Tag(0x0009, 0x1001), "x"));

    [Fact]
    public void GetString_KnownAttributeWrittenAsUnknown_IsUnderstood() =>
        Assert.Equal("A^B", new DataSet([Text(Tags.PatientName, Vr.UN, "A^B ")]).GetString(Tags.PatientName));

    [Fact]
    public void PersonName_ThreeGroups_AreParted()
    {
        PersonName name = PersonName.Parse("Yamada^Tarou^^Dr.=山田^太郎=やまだ^たろう");

        Assert.Equal(new PersonNameGroup("Yamada", "Tarou", "", "Dr.", ""), name.Alphabetic);
        Assert.Equal(("山田", "たろう"), (name.Ideographic!.FamilyName, name.Phonetic!.GivenName));
        Assert.Equal("Yamada^Tarou^^Dr.=山田^太郎=やまだ^たろう", name.ToValue());
        Assert.DoesNotContain("Yamada", name.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void PersonName_WithoutGroups_IsEmpty() => Assert.Empty(PersonName.Parse("==").Groups);

    [Fact]
    public void Compare_ChangesAtEachDepth_AreNamedByPath()
    {
        DataSet before = Nested("1", "A^B");
        DataSet after = Nested("2", "A^B");
        after.SetString(Tags.PatientSex, "O");
        after.Remove(Tags.PatientName);

        IReadOnlyList<Difference> differences = DataSetDiff.Compare(before, after);

        Assert.Equal(
            [
                new Difference("(0010,0010)", DifferenceKind.Removed, "A^B", null),
                new Difference("(0010,0040)", DifferenceKind.Added, null, "O"),
                new Difference("(0010,1002)[0].(0010,0020)", DifferenceKind.Changed, "1", "2"),
            ],
            differences);
        Assert.Empty(DataSetDiff.Compare(before, before.DeepCopy()));
    }

    [Fact]
    public void Dump_NestedDataSet_IsOneLineAnElement()
    {
        StringWriter text = new() { NewLine = "\n" };
        DataSetText.Dump(Nested("1", "A\nB"), text);

        Assert.Equal("""
            (0010,0010) PN 4 PatientName A\x0AB
            (0010,1002) SQ sq OtherPatientIDsSequence 1 item
            (0010,1002)[0].(0010,0020) LO 2 PatientID 1

            """.ReplaceLineEndings("\n"), text.ToString());
    }

    private static DataSet Nested(string patientId, string name)
    {
        DataSet item = new();
        item.SetString(Tags.PatientID, patientId);
        DataSet dataSet = new();
        dataSet.SetString(Tags.PatientName, name);
        dataSet.SetItems(Tags.OtherPatientIDsSequence, item);
        return dataSet;
    }

    private static ValueElement Text(Tag tag, Vr vr, string value) => new(tag, vr, System.Text.Encoding.Latin1.GetBytes(value));
}
