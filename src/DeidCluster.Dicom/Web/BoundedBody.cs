namespace DeidCluster.Dicom;

/// <summary>Reads a body whole that is known to be small.</summary>
internal static class BoundedBody
{
    /// <summary>Everything in <paramref name="body"/>; more than <paramref name="bytesMax"/> is a <see cref="DicomFormatException"/>.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream body, int bytesMax, CancellationToken ct)
    {
        const int FirstBytes = 16 * 1024;
        byte[] buffer = new byte[FirstBytes];
        int length = 0;
        while (await body.ReadAsync(buffer.AsMemory(length), ct).ConfigureAwait(false) is int read and > 0)
        {
            length += read;
            if (length > bytesMax)
            {
                throw new DicomFormatException("a body is longer than is taken", length);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }

        return buffer.AsMemory(0, length);
    }
}
