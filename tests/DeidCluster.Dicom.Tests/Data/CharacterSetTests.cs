namespace DeidCluster.Dicom.Tests.Data;

public class CharacterSetTests
{
    /// <summary>The examples of PS3.5 annexes H (Japanese), I (Korean), J and K (Chinese), and one name for each single-byte set.</summary>
    public static TheoryData<string, string, string> Names => new()
    {
        { "", "Adams^John", "4164616D735E4A6F686E" },
        { "ISO_IR 100", "Äneas^Rüdiger", "C46E6561735E52FC6469676572" },
        { "ISO_IR 101", "Wałęsa", "5761B3EA7361" },
        { "ISO_IR 109", "Ġorġ", "D56F72F5" },
        { "ISO_IR 110", "Ķēniņš", "D3BA6E69F1B9" },
        { "ISO_IR 144", "Люкceмбypг", "BBEEDA6365DCD17970D3" },
        { "ISO_IR 126", "Διονυσιος", "C4E9EFEDF5F3E9EFF2" },
        { "ISO_IR 127", "قباني^لنزار", "E2C8C7E6EA5EE4E6D2C7D1" },
        { "ISO_IR 138", "שרון^דבורה", "F9F8E5EF5EE3E1E5F8E4" },
        { "ISO_IR 148", "Çavuşoğlu", "C7617675FE6FF06C75" },
        { "ISO_IR 166", "นาม", "B9D2C1" },
        { "ISO_IR 203", "Œuvre€", "BC75767265A4" },
        { "ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ", "D4CFC0DE5EC0DBB3" },
        { "ISO_IR 192", "Wang^XiaoDong=王^小东", "57616E675E5869616F446F6E673DE78E8B5EE5B08FE4B89C" },
        { "GB18030", "Wang^XiaoDong=王^小东", "57616E675E5869616F446F6E673DCDF55ED0A1B6AB" },
        { "GBK", "Wang^XiaoDong=王^小东", "57616E675E5869616F446F6E673DCDF55ED0A1B6AB" },
        {
            @"\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう",
            "59616D6164615E5461726F753D1B24423B3345441B28425E1B244242404F3A1B28423D1B24422464245E24401B28425E1B2442243F246D24261B2842"
        },
        {
            @"ISO 2022 IR 13\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
            "D4CFC0DE5EC0DBB33D1B24423B3345441B284A5E1B244242404F3A1B284A3D1B24422464245E24401B284A5E1B2442243F246D24261B284A"
        },
        {
            @"\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동",
            "486F6E675E47696C646F6E673D1B242943FBF35E1B242943D1CED4D73D1B242943C8AB5E1B242943B1E6B5BF"
        },
        { @"\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东", "5A68616E675E5869616F446F6E673D1B242941D5C55E1B242941D0A1B6AB" },
        { @"\ISO 2022 IR 87\ISO 2022 IR 159", "丄^山", "1B24284430221B28425E1B24423B331B2842" },
        { @"ISO 2022 IR 100\ISO 2022 IR 144", "Rüdiger^Люк", "52FC64696765725E1B2D4CBBEEDA" },
    };

    [Theory, MemberData(nameof(Names))]
    public void Decode_ExampleOfTheStandard_IsItsText(string terms, string name, string hex)
    {
        CharacterSet characterSet = CharacterSet.Parse(terms.Split('\\'));

        Assert.True(characterSet.IsKnown);
        Assert.Equal(name, characterSet.Decode(Convert.FromHexString(hex), Vr.PN));
    }

    [Theory, MemberData(nameof(Names))]
    public void Encode_ExampleOfTheStandard_IsItsBytes(string terms, string name, string hex)
    {
        CharacterSet characterSet = CharacterSet.Parse(terms.Split('\\'));

        Assert.True(characterSet.CanEncode(name));
        Assert.Equal(hex, Convert.ToHexString(characterSet.TryEncode(name, Vr.PN)!));
    }

    [Theory]
    [InlineData("ISO IR 100")]
    [InlineData("ISO-IR 100")]
    [InlineData("ISO_IR_100")]
    [InlineData("ISO 2022 IR 100")]
    [InlineData("iso_ir 100")]
    [InlineData("ISO_IR100")]
    [InlineData(" ISO-2022-IR-100 ")]
    public void Parse_MisspeltTerm_IsUnderstood(string term) => Assert.Equal("é", CharacterSet.Parse(term).Decode([0xE9], Vr.LO));

    [Fact]
    public void Parse_UnknownTerm_IsReadAsLatin1AndSaidUnknown()
    {
        CharacterSet characterSet = CharacterSet.Parse("KLINGON");

        Assert.False(characterSet.IsKnown);
        Assert.Equal("é", characterSet.Decode([0xE9], Vr.LO));
    }

    [Fact]
    public void Encode_CharacterThatTheSetLacks_IsRefused_OrSubstitutedWhereThatIsAskedFor()
    {
        CharacterSet latin1 = CharacterSet.Parse("ISO_IR 100");

        Assert.False(latin1.CanEncode("王"));
        Assert.Null(latin1.TryEncode("王", Vr.LO));
        Assert.Equal("?"u8.ToArray(), latin1.EncodeOrSubstitute("王", Vr.LO));
        Assert.False(CharacterSet.Default.CanEncode("é"));
    }

    [Theory]
    [InlineData("GB18030", "81 5C 5C 41", 2)] // 81 5C is one character; the second 5C delimits
    [InlineData(@"\ISO 2022 IR 87", "1B 24 42 3F 5C 1B 28 42 5C 41", 2)] // 3F 5C is one character
    [InlineData("ISO_IR 100", "41 5C 42 5C 43", 3)]
    public void GetStrings_BackslashInsideACharacter_DoesNotDelimit(string terms, string hex, int count)
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.SpecificCharacterSet, terms.Split('\\'));
        dataSet.SetBytes(Tags.OtherPatientNames, Vr.PN, Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

        Assert.Equal(count, dataSet.GetStrings(Tags.OtherPatientNames).Count);
    }

    [Fact]
    public void Decode_AnyBytes_NeverFails()
    {
        Random random = new(7);
        byte[] bytes = new byte[64];
        foreach (string terms in Names.Select(row => (string)row[0]))
        {
            CharacterSet characterSet = CharacterSet.Parse(terms.Split('\\'));
            for (int i = 0; i < 500; i++)
            {
                random.NextBytes(bytes);
                bytes[random.Next(40)] = 0x1B;
                Assert.NotNull(characterSet.Decode(bytes.AsSpan(0, random.Next(bytes.Length)), Vr.PN));
            }
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void TryDecode_ExampleOfTheStandard_IsExact(string terms, string name, string hex)
    {
        Assert.True(CharacterSet.Parse(terms.Split('\\')).TryDecode(Convert.FromHexString(hex), Vr.PN, out string text));
        Assert.Equal(name, text);
    }

    [Theory]
    [InlineData("", "E9", "bytes that ASCII lacks")]
    [InlineData("ISO_IR 192", "C3", "half a character")]
    [InlineData("GB18030", "81", "half a character")]
    [InlineData("ISO_IR 109", "A5", "a code without a character")]
    [InlineData("ISO_IR 100", "411B2D5A42", "an unknown escape sequence")]
    [InlineData(@"\ISO 2022 IR 87", "E9", "no G1 set")]
    [InlineData(@"\ISO 2022 IR 87", "1B24423B", "half a character")]
    [InlineData("KLINGON", "E9", "an unknown term")]
    public void TryDecode_WhatTheSetDoesNotHave_IsAGuessAndSaidSo(string terms, string hex, string why) =>
        Assert.False(CharacterSet.Parse(terms.Split('\\')).TryDecode(Convert.FromHexString(hex), Vr.LO, out _), why);

    [Theory]
    [InlineData("^")]
    [InlineData("=")]
    [InlineData("\\")]
    [InlineData("\r\n")]
    [InlineData("\t")]
    public void Decode_Delimiter_ResetsToTheFirstSet(string delimiter)
    {
        CharacterSet russian = CharacterSet.Parse("ISO 2022 IR 100", "ISO 2022 IR 144");
        byte[] bytes = [0x1B, 0x2D, 0x4C, 0xBB, .. System.Text.Encoding.ASCII.GetBytes(delimiter), 0xE9];

        Assert.Equal($"Л{delimiter}é", russian.Decode(bytes, Vr.PN));
    }

    [Fact]
    public void TryToUtf8_NestedSets_GiveTheSameTextEverywhere()
    {
        DataSet inherits = new();
        inherits.SetBytes(Tags.PatientName, Vr.PN, new byte[] { 0xE9, 0x20 });
        DataSet own = new();
        own.SetString(Tags.SpecificCharacterSet, "ISO_IR 144");
        own.SetString(Tags.PatientName, "Люк");
        DataSet dataSet = new();
        dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 100");
        dataSet.SetString(Tags.PatientName, "Müller");
        dataSet.SetItems(Tags.OtherPatientIDsSequence, inherits, own);

        Assert.True(dataSet.TryToUtf8(out DataSet utf8));

        Assert.Equal("Müller", utf8.GetString(Tags.PatientName));
        Assert.Equal(["é", "Люк"], utf8.Items(Tags.OtherPatientIDsSequence).Select(item => item.GetString(Tags.PatientName)));
        Assert.True(utf8.CharacterSet.CanEncode("山田"));
        Assert.Equal("Müller", dataSet.GetString(Tags.PatientName));
        DataSet read = DataSetReader.Parse(DataSetWriter.ToBytes(utf8, TransferSyntax.ExplicitVrLittleEndian), TransferSyntax.ExplicitVrLittleEndian);
        Assert.Equal("Люк", read.Items(Tags.OtherPatientIDsSequence)[1].GetString(Tags.PatientName));
    }

    [Fact]
    public void TryToUtf8_UncertainText_IsSaid()
    {
        DataSet dataSet = new();
        dataSet.SetBytes(Tags.PatientName, Vr.PN, new byte[] { 0xE9, 0x20 });

        Assert.False(dataSet.TryToUtf8(out _));
    }
}
