using System.Buffers.Binary;
using System.Text;

namespace DeidCluster.Console.Demo;

/// <summary>
/// Looks for planted identifiers in every byte of files, whatever the bytes mean: in UTF-8 and in Latin-1, upper and lower case of
/// ASCII letters alike. It knows nothing of DICOM, so that it shares no mistake with what it checks.
/// </summary>
internal sealed class LeakSearch
{
    private const int BlockBytes = 1 << 20;
    private const int PrefixBytes = sizeof(uint);
    private readonly Dictionary<uint, List<byte[]>> tokensByPrefix = [];
    private readonly int longest = PrefixBytes;

    /// <summary>A search for <paramref name="identifiers"/>, each of at least four bytes.</summary>
    public LeakSearch(IEnumerable<string> identifiers)
    {
        foreach (string identifier in identifiers.Distinct())
        {
            foreach (byte[] token in Forms(identifier))
            {
                if (token.Length < PrefixBytes)
                {
                    throw new ArgumentException("An identifier of less than four bytes occurs in anything.", nameof(identifiers));
                }

                uint prefix = BinaryPrimitives.ReadUInt32LittleEndian(token);
                if (!tokensByPrefix.TryGetValue(prefix, out List<byte[]>? tokens))
                {
                    tokensByPrefix.Add(prefix, tokens = []);
                }

                tokens.Add(token);
                longest = Math.Max(longest, token.Length);
            }
        }
    }

    /// <summary>How often an identifier stands in the file at <paramref name="path"/>.</summary>
    public async Task<int> CountAsync(string path, CancellationToken cancellation)
    {
        await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: true);
        byte[] buffer = new byte[BlockBytes + longest];
        int found = 0;
        int kept = 0;
        while (true)
        {
            int read = await file.ReadAtLeastAsync(buffer.AsMemory(kept), buffer.Length - kept, throwOnEndOfStream: false, cancellation);
            bool last = kept + read < buffer.Length;
            Span<byte> block = buffer.AsSpan(0, kept + read);
            Fold(block[kept..]);

            // A token that begins in the last bytes of a block is found in the next one, which begins with them.
            int starts = last ? block.Length : block.Length - longest + 1;
            found += Count(block, starts);
            if (last)
            {
                return found;
            }

            kept = longest - 1;
            block[^kept..].CopyTo(buffer);
        }
    }

    private int Count(ReadOnlySpan<byte> block, int starts)
    {
        int found = 0;
        for (int i = 0; i < starts && i + PrefixBytes <= block.Length; i++)
        {
            if (tokensByPrefix.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(block[i..]), out List<byte[]>? tokens))
            {
                foreach (byte[] token in tokens)
                {
                    found += block[i..].StartsWith(token) ? 1 : 0;
                }
            }
        }

        return found;
    }

    private static IEnumerable<byte[]> Forms(string identifier)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(identifier);
        Fold(utf8);
        yield return utf8;
        if (identifier.All(letter => letter <= 0xFF) && !identifier.All(char.IsAscii))
        {
            byte[] latin = Encoding.Latin1.GetBytes(identifier);
            Fold(latin);
            yield return latin;
        }
    }

    private static void Fold(Span<byte> bytes)
    {
        foreach (ref byte value in bytes)
        {
            value = value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;
        }
    }
}
