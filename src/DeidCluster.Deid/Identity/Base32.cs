namespace DeidCluster.Deid;

/// <summary>Text of bytes, five bits a character, in letters and digits that people do not mix up (RFC 4648 6, another alphabet).</summary>
internal static class Base32
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>The characters of <paramref name="bytes"/>; bits that fill no character are left out.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[bytes.Length * 8 / 5];
        for (int i = 0; i < text.Length; i++)
        {
            int bit = i * 5;
            int pair = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[(bit / 8) + 1] : 0);
            text[i] = Alphabet[(pair >> (11 - (bit % 8))) & 31];
        }

        return new string(text);
    }
}
