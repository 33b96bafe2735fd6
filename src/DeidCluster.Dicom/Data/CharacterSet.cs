using System.Collections.Concurrent;
using System.Text;

namespace DeidCluster.Dicom;

/// <summary>
/// What Specific Character Set (0008,0005) says (PS3.3 C.12.1.1.2, PS3.5 6.1.2): one set without code extensions, several between
/// which escape sequences switch (ISO 2022), or UTF-8, GB18030 or GBK. Decoding never fails.
/// </summary>
public sealed class CharacterSet
{
    private const int CacheEntriesMax = 256;
    private const byte EscapeByte = 0x1B;

    private static readonly ConcurrentDictionary<string, CharacterSet> Cache = new(StringComparer.Ordinal);

    /// <summary>The encoding of the sets that ISO 2022 does not govern; null for the others.</summary>
    private readonly Encoding? encoding;

    /// <summary>The sets that the terms name, in their order.</summary>
    private readonly IReadOnlyList<CodedSet> declared;

    private readonly CodedSet initialG0;
    private readonly CodedSet? initialG1;

    private CharacterSet(IReadOnlyList<string> terms)
    {
        Terms = terms;
        encoding = terms.Count == 0 ? null : Normalize(terms[0]) switch
        {
            "192" => Encoding.UTF8,
            "GB18030" => CodedSet.CodePage(54936),
            "GBK" => CodedSet.CodePage(936),
            _ => null,
        };
        IReadOnlyList<CodedSet?> named = encoding is null ? [.. terms.Select((term, i) => Named(term, isFirst: i == 0))] : [];
        declared = [.. named.OfType<CodedSet>()];
        IsKnown = declared.Count == named.Count;
        initialG0 = declared is [{ Number: "13" }, ..] ? CodedSet.Romaji : CodedSet.Ascii; // ISO-IR 13 has ISO-IR 14 as its G0 (PS3.3 table C.12-2)
        initialG1 = declared is [{ IsG1: true } g1, ..] ? g1 : null;
    }

    /// <summary>The default repertoire, ISO-IR 6 (ASCII). Bytes above 7FH, which it lacks, are read as Latin-1.</summary>
    public static CharacterSet Default { get; } = new([]);

    /// <summary>UTF-8 (ISO_IR 192).</summary>
    public static CharacterSet Utf8 { get; } = new(["ISO_IR 192"]);

    /// <summary>The defined terms, without padding.</summary>
    public IReadOnlyList<string> Terms { get; }

    /// <summary>False when a term is none of the standard's: text is then read as Latin-1, and its true characters are unknown.</summary>
    public bool IsKnown { get; }

    /// <summary>True when text is UTF-8 as it stands.</summary>
    internal bool IsUtf8 => encoding is UTF8Encoding;

    /// <summary>The character set of a value of (0008,0005).</summary>
    public static CharacterSet Parse(ReadOnlySpan<byte> value)
    {
        string text = Encoding.Latin1.GetString(value).TrimEnd(' ', '\0');
        if (Cache.TryGetValue(text, out CharacterSet? known))
        {
            return known;
        }

        CharacterSet parsed = Parse(text.Split('\\'));
        if (Cache.Count < CacheEntriesMax)
        {
            Cache.TryAdd(text, parsed);
        }

        return parsed;
    }

    /// <summary>The character set of the defined <paramref name="terms"/>; none are the default repertoire.</summary>
    public static CharacterSet Parse(params IReadOnlyList<string> terms) =>
        terms is [] or [""] ? Default : new CharacterSet([.. terms.Select(term => term.Trim(' ', '\0'))]);

    /// <summary>The text in <paramref name="bytes"/>, padding included. What delimits values and name components resets code extensions (PS3.5 6.1.2.5.3).</summary>
    public string Decode(ReadOnlySpan<byte> bytes, Vr vr)
    {
        TryDecode(bytes, vr, out string text);
        return text;
    }

    /// <summary>
    /// The text as <see cref="Decode"/> gives it; false when that is a guess: bytes that the declared sets do not have, an unknown escape sequence, or an unknown
    /// term and more than ASCII.
    /// </summary>
    public bool TryDecode(ReadOnlySpan<byte> bytes, Vr vr, out string text)
    {
        if (encoding is not null)
        {
            text = encoding.GetString(bytes);
            return !text.Contains('\uFFFD', StringComparison.Ordinal);
        }

        if (initialG1 is null && !bytes.Contains(EscapeByte))
        {
            text = Encoding.Latin1.GetString(bytes);
            return Ascii.IsValid(bytes);
        }

        bool isExact = true;
        StringBuilder characters = new(bytes.Length);
        (CodedSet g0, CodedSet? g1) = (initialG0, initialG1);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte code = bytes[i];
            if (code == EscapeByte && Invoked(bytes[i..]) is { } set)
            {
                (g0, g1) = set.IsG1 ? (g0, set) : (set, g1);
                i += set.Escape.Length - 1;
                continue;
            }

            CodedSet? current = code < 0x80 ? g0 : g1;
            char character;
            if (current is { BytesPerCharacter: 2 } && (code & 0x7F) is >= 0x21 and <= 0x7E && i + 1 < bytes.Length && (bytes[i + 1] & 0x7F) is >= 0x21 and <= 0x7E)
            {
                character = current.Decode(code, bytes[++i]);
                characters.Append(character);
                isExact &= character != CodedSet.Missing;
                continue;
            }

            character = current is { BytesPerCharacter: 1 } ? current.Decode(code) : (char)code;
            characters.Append(character);
            bool isControlOrSpace = code is <= 0x20 and not EscapeByte;
            isExact &= isControlOrSpace || (current is { BytesPerCharacter: 1 } && character != CodedSet.Missing && code != EscapeByte);
            if (IsDelimiter(character, vr))
            {
                (g0, g1) = (initialG0, initialG1);
            }
        }

        text = characters.ToString();
        return isExact && IsKnown;
    }

    /// <summary>The bytes of <paramref name="text"/>, not padded; null when no declared set has one of its characters.</summary>
    public byte[]? TryEncode(string text, Vr vr)
    {
        byte[] bytes = Encode(text, vr, out bool complete);
        return complete ? bytes : null;
    }

    /// <summary>
    /// The same where loss is allowed: a character that no declared set has becomes '?'. For what was read in this set and goes back into it, whose uncertain letters were
    /// a guess when they were read.
    /// </summary>
    public byte[] EncodeOrSubstitute(string text, Vr vr) => Encode(text, vr, out _);

    /// <summary>True when every character of <paramref name="text"/> can be written.</summary>
    public bool CanEncode(string text) => TryEncode(text, Vr.UT) is not null;

    /// <inheritdoc/>
    public override string ToString() => Terms.Count == 0 ? "ISO_IR 6" : string.Join('\\', Terms);

    private byte[] Encode(string text, Vr vr, out bool complete)
    {
        complete = true;
        if (encoding is not null)
        {
            byte[] encoded = encoding.GetBytes(text);
            complete = encoding.GetString(encoded) == text;
            return encoded;
        }

        List<byte> bytes = new(text.Length + 8);
        Span<byte> code = stackalloc byte[2];
        (CodedSet g0, CodedSet? g1) = (initialG0, initialG1);
        foreach (char character in text)
        {
            CodedSet? set = SetOf(character, g0, g1, code, out int length);
            if (set is null)
            {
                complete = false;
                set = g0.BytesPerCharacter == 1 ? g0 : initialG0;
                code[0] = (byte)'?';
                length = 1;
            }

            if (set != (set.IsG1 ? g1 : g0))
            {
                bytes.AddRange(set.Escape);
                (g0, g1) = set.IsG1 ? (g0, set) : (set, g1);
            }

            bytes.AddRange(code[..length]);
            if (IsDelimiter(character, vr))
            {
                (g0, g1) = (initialG0, initialG1);
            }
        }

        if (g0 != initialG0)
        {
            bytes.AddRange(initialG0.Escape); // a value ends in its initial G0 set (PS3.5 6.1.2.5.3)
        }

        return [.. bytes];
    }

    /// <summary>A set that has <paramref name="character"/>: one in use if possible, else a declared one when code extensions may switch.</summary>
    private CodedSet? SetOf(char character, CodedSet g0, CodedSet? g1, Span<byte> code, out int length)
    {
        if ((length = g0.TryEncode(character, code)) > 0)
        {
            return g0;
        }

        if (g1 is not null && (length = g1.TryEncode(character, code)) > 0)
        {
            return g1;
        }

        if ((length = initialG0.TryEncode(character, code)) > 0)
        {
            return initialG0;
        }

        foreach (CodedSet set in declared.Count > 1 ? declared : [])
        {
            if ((length = set.TryEncode(character, code)) > 0)
            {
                return set;
            }
        }

        return null;
    }

    private static CodedSet? Invoked(ReadOnlySpan<byte> bytes)
    {
        foreach (CodedSet set in CodedSet.All)
        {
            if (bytes.StartsWith(set.Escape))
            {
                return set;
            }
        }

        return null;
    }

    private static bool IsDelimiter(char character, Vr vr) => character is '\r' or '\n' or '\f' or '\t'
        || (character == '\\' && !vr.IsSingleText())
        || (character is '^' or '=' && vr == Vr.PN);

    /// <summary>The set that <paramref name="term"/> names; an empty first term is the default repertoire (PS3.3 C.12.1.1.2).</summary>
    private static CodedSet? Named(string term, bool isFirst)
    {
        string number = term.Length == 0 && isFirst ? "6" : Normalize(term);
        return CodedSet.All.FirstOrDefault(set => set.Number == number);
    }

    /// <summary>
    /// The registration number in "ISO_IR 100" and "ISO 2022 IR 100", also as misspelt in the field ("ISO-IR 100", "ISO IR 100", "iso_ir_100", "ISO_IR100"); else the term.
    /// </summary>
    private static string Normalize(string term)
    {
        string spaced = term.Replace('_', ' ').Replace('-', ' ').Trim().ToUpperInvariant();
        int at = spaced.LastIndexOf("IR", StringComparison.Ordinal);
        return spaced.StartsWith("ISO", StringComparison.Ordinal) && at > 0 ? spaced[(at + 2)..].Trim()
            : spaced is "UTF 8" or "UTF8" ? "192" // no term of the standard, but unmistakable
            : spaced;
    }
}

/// <summary>Text cannot be written in the character set that its data set declares. The message holds no letter of it.</summary>
public sealed class CharacterSetException(Tag tag, CharacterSet characterSet)
    : ArgumentException($"{tag} has a character that {characterSet} lacks; the data set must go over to UTF-8 first")
{
    /// <summary>Which element.</summary>
    public Tag Tag { get; } = tag;

    /// <summary>The set that was declared.</summary>
    public CharacterSet CharacterSet { get; } = characterSet;
}
