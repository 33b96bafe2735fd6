namespace DeidCluster.Dicom;

/// <summary>Copies small values behind one another into arrays that they share: a data set has hundreds of them, and each array costs.</summary>
internal sealed class ValueArena
{
    private const int FirstBytes = 1024;
    private const int BytesMax = 16 * 1024;

    private byte[] array = [];
    private int used;
    private int size = FirstBytes;

    /// <summary>A copy of <paramref name="value"/>.</summary>
    public Memory<byte> Copy(ReadOnlySpan<byte> value)
    {
        if (value.Length > size / 2)
        {
            return value.ToArray();
        }

        if (value.Length > array.Length - used)
        {
            array = GC.AllocateUninitializedArray<byte>(size);
            used = 0;
            size = Math.Min(size * 2, BytesMax);
        }

        Memory<byte> copy = array.AsMemory(used, value.Length);
        value.CopyTo(copy.Span);
        used += value.Length;
        return copy;
    }
}
