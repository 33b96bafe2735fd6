using System.Text;

namespace DeidCluster.Dicom.Tests.Data;

/// <summary>The encoded representations that PS3.5 2026c prints in annexes H, I, J and K, byte for byte and both ways where the standard's bytes are what its rules give.</summary>
public class CharacterSetExampleTests
{
    private static readonly string Lines = "The first line includes{0}.\r\nThe second line includes{0}, too.\r\nThe third line.\r\n";

    /// <summary>Clause, VR, terms, text, value field.</summary>
    public static TheoryData<string, string, string, string, string> Examples => new()
    {
        {
            "H.3.1", "PN", @"\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう",
            "59 61 6D 61 64 61 5E 54 61 72 6F 75 3D 1B 24 42 3B 33 45 44 1B 28 42 5E 1B 24 42 42 40 4F 3A 1B 28 42 3D 1B 24 42 24 64 24 5E 24 40 1B 28 42 5E 1B 24 42 24 3F 24 6D 24 26 1B 28 42"
        },
        {
            "H.3.2", "PN", @"ISO 2022 IR 13\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう",
            "D4 CF C0 DE 5E C0 DB B3 3D 1B 24 42 3B 33 45 44 1B 28 4A 5E 1B 24 42 42 40 4F 3A 1B 28 4A 3D 1B 24 42 24 64 24 5E 24 40 1B 28 4A 5E 1B 24 42 24 3F 24 6D 24 26 1B 28 4A"
        },
        {
            "I.2", "PN", @"\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동",
            "48 6F 6E 67 5E 47 69 6C 64 6F 6E 67 3D 1B 24 29 43 FB F3 5E 1B 24 29 43 D1 CE D4 D7 3D 1B 24 29 43 C8 AB 5E 1B 24 29 43 B1 E6 B5 BF"
        },
        { "J.1", "PN", "ISO_IR 192", "Wang^XiaoDong=王^小東=", "57 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D E7 8E 8B 5E E5 B0 8F E6 9D B1 3D" },
        { "J.2", "LT", "ISO_IR 192", string.Format(null, Lines, "中文"), Hex(Lines, "E4 B8 AD E6 96 87") },
        { "J.3", "PN", "GB18030", "Wang^XiaoDong=王^小东=", "57 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D CD F5 5E D0 A1 B6 AB 3D" },
        { "J.4", "LT", "GB18030", string.Format(null, Lines, "中文"), Hex(Lines, "D6 D0 CE C4") },
        { "J.3 as GBK", "PN", "GBK", "Wang^XiaoDong=王^小东=", "57 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D CD F5 5E D0 A1 B6 AB 3D" },
        {
            "K.2", "PN", @"\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东=",
            "5A 68 61 6E 67 5E 58 69 61 6F 44 6F 6E 67 3D 1B 24 29 41 D5 C5 5E 1B 24 29 41 D0 A1 B6 AB 3D 20"
        },
        {
            "K.3", "LT", @"\ISO 2022 IR 58", "1.第一行文字。\r\n2.第二行文字。\r\n3.第三行文字。\r\n",
            "31 2E 1B 24 29 41 B5 DA D2 BB D0 D0 CE C4 D7 D6 A1 A3 0D 0A 32 2E 1B 24 29 41 B5 DA B6 FE D0 D0 CE C4 D7 D6 A1 A3 0D 0A "
            + "33 2E 1B 24 29 41 B5 DA C8 FD D0 D0 CE C4 D7 D6 A1 A3 0D 0A"
        },
    };

    [Theory, MemberData(nameof(Examples))]
    public void Example_IsRead(string clause, string vr, string terms, string text, string hex)
    {
        DataSet dataSet = Declaring(terms);
        dataSet.SetBytes(TagOf(vr), Enum.Parse<Vr>(vr), Bytes(hex));
        Assert.True(dataSet.GetString(TagOf(vr)) == text, clause);
        Assert.True(dataSet.TryToUtf8(out DataSet utf8), clause);
        Assert.Equal(text, Encoding.UTF8.GetString(utf8.GetBytes(TagOf(vr)).Span).TrimEnd(' '));
    }

    [Theory, MemberData(nameof(Examples))]
    public void Example_IsWritten(string clause, string vr, string terms, string text, string hex)
    {
        DataSet dataSet = Declaring(terms);
        dataSet.SetString(TagOf(vr), text);
        Assert.True(clause.Length > 0);
        Assert.Equal(Convert.ToHexString(Bytes(hex)).TrimEnd(' '), Convert.ToHexString(dataSet.GetBytes(TagOf(vr)).Span)[..(2 * Bytes(hex).Length)]);
    }

    /// <summary>I.3 invokes the Korean set at the head of each line; we invoke it before its first letter, which is the same to a reader.</summary>
    [Fact]
    public void KoreanText_WithItsEscapeAtTheHeadOfALine_IsRead()
    {
        const string Escape = "\u001B$)C";
        byte[] hangul = [0xC7, 0xD1, 0xB1, 0xDB]; // 한글
        byte[] bytes =
        [
            .. Encoding.ASCII.GetBytes($"{Escape}The first line includes "), .. hangul, .. ".\r\n"u8,
            .. Encoding.ASCII.GetBytes($"{Escape}The second line includes "), .. hangul, .. ", too.\r\n"u8, .. "The third line"u8,
        ];
        const string Text = "The first line includes 한글.\r\nThe second line includes 한글, too.\r\nThe third line";
        DataSet dataSet = Declaring(@"\ISO 2022 IR 149");
        dataSet.SetBytes(Tags.ImageComments, Vr.LT, bytes);
        Assert.Equal(Text, dataSet.GetString(Tags.ImageComments));
        dataSet.SetString(Tags.ImageComments, Text);
        Assert.Equal(Text, dataSet.GetString(Tags.ImageComments));
    }

    [Theory]
    [InlineData("", Vr.PN, "Müller")]
    [InlineData("ISO_IR 100", Vr.LO, "王")]
    [InlineData("ISO_IR 192", Vr.CS, "Ä")] // a VR of the default repertoire, whatever is declared
    [InlineData(@"\ISO 2022 IR 87", Vr.PN, "홍")]
    public void Text_ThatTheSetLacks_IsRefused_AndWrittenOnceTheDataSetIsUtf8(string terms, Vr vr, string text)
    {
        DataSet dataSet = Declaring(terms);
        dataSet.SetString(Tags.PatientID, "kept");
        CharacterSetException refusal = Assert.Throws<CharacterSetException>(() => dataSet.SetString(new Tag(0x0009, 0x1001), vr, text));
        Assert.DoesNotContain(text, refusal.Message, StringComparison.Ordinal);
        Assert.False(dataSet.Contains(new Tag(0x0009, 0x1001)));
        if (vr != Vr.CS)
        {
            Assert.True(dataSet.TryToUtf8(out DataSet utf8));
            utf8.SetString(new Tag(0x0009, 0x1001), vr, text);
            Assert.Equal(text, utf8.GetString(new Tag(0x0009, 0x1001)));
            Assert.Equal("kept", utf8.GetString(Tags.PatientID));
        }
    }

    private static DataSet Declaring(string terms)
    {
        DataSet dataSet = new();
        dataSet.SetString(Tags.SpecificCharacterSet, terms.Split('\\'));
        return dataSet;
    }

    private static Tag TagOf(string vr) => vr == "PN" ? Tags.PatientName : Tags.ImageComments;

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    /// <summary>The bytes of <paramref name="lines"/> with <paramref name="letters"/> in its places.</summary>
    private static string Hex(string lines, string letters) =>
        string.Join(letters.Replace(" ", "", StringComparison.Ordinal), lines.Split("{0}").Select(part => Convert.ToHexString(Encoding.ASCII.GetBytes(part))));
}
