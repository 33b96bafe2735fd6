using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// One character set that ISO 2022 can switch to (PS3.3 table C.12-3 and C.12-4): its registration number, the escape sequence
/// behind ESC, whether it is invoked as G1 (bytes from 80H) or as G0, and how many bytes make a character.
/// </summary>
internal sealed class CodedSet
{
    /// <summary>Stands for what a set does not have.</summary>
    public const char Missing = '\uFFFD';

    /// <summary>ISO 646, the default repertoire (PS3.5 6.1.2.1).</summary>
    public static readonly CodedSet Ascii = new("6", "(B", isG1: false, 1, 0);

    /// <summary>JIS X 0201 romaji: ASCII but for yen and overline, whose codes delimit values all the same.</summary>
    public static readonly CodedSet Romaji = new("14", "(J", isG1: false, 1, 0);

    /// <summary>Every set of PS3.3 tables C.12-3 and C.12-4. The last number is the code page of the framework that holds the characters.</summary>
    public static readonly IReadOnlyList<CodedSet> All =
    [
        Ascii,
        Romaji,
        new("13", ")I", isG1: true, 1, 0), // JIS X 0201 katakana
        new("100", "-A", isG1: true, 1, 28591),
        new("101", "-B", isG1: true, 1, 28592),
        new("109", "-C", isG1: true, 1, 28593),
        new("110", "-D", isG1: true, 1, 28594),
        new("144", "-L", isG1: true, 1, 28595),
        new("127", "-G", isG1: true, 1, 28596),
        new("126", "-F", isG1: true, 1, 28597),
        new("138", "-H", isG1: true, 1, 28598),
        new("148", "-M", isG1: true, 1, 28599),
        new("203", "-b", isG1: true, 1, 28605),
        new("166", "-T", isG1: true, 1, 874),
        new("87", "$B", isG1: false, 2, 20932),
        new("159", "$(D", isG1: false, 2, 20932),
        new("149", "$)C", isG1: true, 2, 51949),
        new("58", "$)A", isG1: true, 2, 51936),
    ];

    private readonly int codePage;
    private readonly Lazy<Encoding> encoding;
    private readonly Lazy<(char[] Characters, Dictionary<char, byte> Codes)> singleBytes;

    private CodedSet(string number, string escape, bool isG1, int bytesPerCharacter, int codePage)
    {
        (Number, Escape, IsG1, BytesPerCharacter) = (number, Encoding.ASCII.GetBytes("\u001B" + escape), isG1, bytesPerCharacter);
        this.codePage = codePage;
        encoding = new Lazy<Encoding>(() => CodePage(codePage));
        singleBytes = new Lazy<(char[], Dictionary<char, byte>)>(SingleBytes);
    }

    /// <summary>The number behind "ISO_IR" and "ISO 2022 IR".</summary>
    public string Number { get; }

    /// <summary>The escape sequence that invokes the set, ESC included.</summary>
    public byte[] Escape { get; }

    /// <summary>True for a set whose bytes have their high bit set.</summary>
    public bool IsG1 { get; }

    /// <summary>1, or 2 for the ideographic sets.</summary>
    public int BytesPerCharacter { get; }

    /// <summary>The encoding of a code page; characters it lacks vanish when written and become U+FFFD when read.</summary>
    public static Encoding CodePage(int codePage)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        return Encoding.GetEncoding(codePage, new EncoderReplacementFallback(""), new DecoderReplacementFallback("\uFFFD"));
    }

    /// <summary>The character of one byte.</summary>
    public char Decode(byte code) => IsG1 ? singleBytes.Value.Characters[code & 0x7F] : (char)code;

    /// <summary>The character of two bytes.</summary>
    public char Decode(byte first, byte second)
    {
        // JIS X 0212 shares its code page with JIS X 0208, apart by the high bit of the second byte.
        ReadOnlySpan<byte> pair = [(byte)(first | 0x80), Number == "159" ? (byte)(second & 0x7F) : (byte)(second | 0x80)];
        Span<char> character = stackalloc char[2];
        return encoding.Value.GetChars(pair, character) == 1 ? character[0] : Missing;
    }

    /// <summary>The one or two bytes of <paramref name="character"/>; 0 when the set lacks it.</summary>
    public int TryEncode(char character, Span<byte> code)
    {
        if (BytesPerCharacter == 1)
        {
            byte single = 0;
            bool found = IsG1 ? singleBytes.Value.Codes.TryGetValue(character, out single) : character < 0x80;
            code[0] = IsG1 ? single : (byte)character;
            return found ? 1 : 0;
        }

        Span<byte> pair = stackalloc byte[8];
        bool isSecondPlane = Number == "159";
        if (character < 0x80 || encoding.Value.GetBytes([character], pair) != 2 || pair[0] < 0xA1 || (pair[1] < 0x80) != isSecondPlane)
        {
            return 0;
        }

        int high = IsG1 ? 0x80 : 0;
        code[0] = (byte)((pair[0] & 0x7F) | high);
        code[1] = (byte)((pair[1] & 0x7F) | high);
        return (code[0] & 0x7F) >= 0x21 && (code[1] & 0x7F) is >= 0x21 and <= 0x7E ? 2 : 0;
    }

    private (char[] Characters, Dictionary<char, byte> Codes) SingleBytes()
    {
        char[] characters = new char[128];
        Dictionary<char, byte> codes = [];
        for (int i = 0; i < characters.Length; i++)
        {
            byte code = (byte)(i + 0x80);
            characters[i] = Number == "13"
                ? code is >= 0xA1 and <= 0xDF ? (char)(0xFF61 + (code - 0xA1)) : Missing
                : encoding.Value.GetChars([code]) is [char character] && !IsPrivateUse(character) ? character : Missing;
            if (characters[i] != Missing)
            {
                codes.TryAdd(characters[i], code);
            }
        }

        return (characters, codes);
    }

    /// <summary>The framework gives some codes that its code pages lack a character that has no meaning.</summary>
    private static bool IsPrivateUse(char character) => character is >= '\uE000' and <= '\uF8FF';

    /// <inheritdoc/>
    public override string ToString() => $"ISO-IR {Number} (code page {codePage})";
}
