namespace DeidCluster.Dicom;

/// <summary>Planar Configuration (PS3.3 C.7.6.3.1.3): the same samples in the order of pixels or of planes.</summary>
public static class ColourPlanes
{
    /// <summary><paramref name="frame"/> in the order of pixels; itself when it is so already.</summary>
    public static NativeFrame ByPixel(NativeFrame frame) => frame.Description.IsPlanar
        ? new NativeFrame(Reordered(frame.Bytes.Span, frame.Description, toPlanes: false), frame.Description with { IsPlanar = false })
        : frame;

    /// <summary><paramref name="frame"/> in the order of planes; itself when it is so already, or has but one.</summary>
    public static NativeFrame ByPlane(NativeFrame frame) => frame.Description is { IsPlanar: false, SamplesPerPixel: > 1 }
        ? new NativeFrame(Reordered(frame.Bytes.Span, frame.Description, toPlanes: true), frame.Description with { IsPlanar = true })
        : frame;

    private static byte[] Reordered(ReadOnlySpan<byte> from, PixelDescription description, bool toPlanes)
    {
        int sampleBytes = description.SampleBytes;
        int samples = description.SamplesPerPixel;
        int pixels = (int)description.PixelCount;
        byte[] to = new byte[from.Length];
        for (int sample = 0; sample < samples; sample++)
        {
            int planar = sample * pixels * sampleBytes;
            for (int i = 0, mixed = sample * sampleBytes; i < pixels; i++, planar += sampleBytes, mixed += samples * sampleBytes)
            {
                (int source, int target) = toPlanes ? (mixed, planar) : (planar, mixed);
                for (int part = 0; part < sampleBytes; part++)
                {
                    to[target + part] = from[source + part];
                }
            }
        }

        return to;
    }
}
