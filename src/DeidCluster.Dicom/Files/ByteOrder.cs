namespace DeidCluster.Dicom;

/// <summary>The order of bytes in binary values (PS3.5 7.3).</summary>
internal static class ByteOrder
{
    /// <summary>A copy of <paramref name="bytes"/> in which each whole word of <paramref name="unitBytes"/> is reversed.</summary>
    public static byte[] Reversed(ReadOnlySpan<byte> bytes, int unitBytes)
    {
        byte[] reversed = bytes.ToArray();
        Reverse(reversed, unitBytes);
        return reversed;
    }

    /// <summary>Reverses each whole word of <paramref name="unitBytes"/> in place.</summary>
    public static void Reverse(Span<byte> bytes, int unitBytes)
    {
        for (int at = 0; at + unitBytes <= bytes.Length; at += unitBytes)
        {
            bytes.Slice(at, unitBytes).Reverse();
        }
    }
}
