using System.Globalization;

namespace DeidCluster.Deid;

/// <summary>The keys of a project's pixel rules.</summary>
internal static class PixelLanguage
{
    private const int PixelsMax = ushort.MaxValue;

    /// <summary>The pixel rules of <paramref name="project"/>, in order.</summary>
    public static IReadOnlyList<PixelRule> Read(YamlMap project) => [.. project.OptionalMaps("pixels").Select(ReadRule)];

    private static PixelRule ReadRule(YamlMap map)
    {
        PixelRule rule = new()
        {
            SopClassUids = SelectionLanguage.ReadSopClasses(map, "sop-classes"),
            Modalities = SelectionLanguage.ReadModalities(map, "modalities"),
            Manufacturer = map.OptionalString("manufacturer"),
            Model = map.OptionalString("model"),
            Rows = map.Has("rows") ? map.RequiredInt("rows", 1, PixelsMax) : null,
            Columns = map.Has("columns") ? map.RequiredInt("columns", 1, PixelsMax) : null,
            Boxes = [.. map.OptionalMaps("blank").Select(ReadBox)],
            KeepUltrasoundRegionsOnly = map.OptionalBool("keep-ultrasound-regions-only", false),
        };
        bool noText = map.OptionalBool("no-text", false);
        if ((rule.Boxes.Count > 0 ? 1 : 0) + (rule.KeepUltrasoundRegionsOnly ? 1 : 0) + (noText ? 1 : 0) != 1)
        {
            map.Fail("a pixel rule has one of 'blank', 'keep-ultrasound-regions-only: true' and 'no-text: true'");
        }

        return rule;
    }

    private static PixelBox ReadBox(YamlMap map)
    {
        PixelBox box = new(
            map.RequiredInt("left", 0, PixelsMax),
            map.RequiredInt("top", 0, PixelsMax),
            map.RequiredInt("right", 0, PixelsMax),
            map.RequiredInt("bottom", 0, PixelsMax));
        if (box.Left > box.Right || box.Top > box.Bottom)
        {
            map.Fail("a box needs left <= right and top <= bottom; all four edges are blanked");
        }

        return map.OptionalScalar("frames") is { } frames ? box with { Frames = ReadFrames(frames) } : box;
    }

    /// <summary>"3", "2-5" or "2-" for all from the second on; frames count from 1.</summary>
    private static FrameRange ReadFrames(YamlScalar scalar)
    {
        string[] ends = scalar.Text.Split('-');
        bool isFirst = int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first);
        int last = first;
        bool isLast = ends is [_] or [_, ""] || (ends is [_, string end] && int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out last));
        if (isFirst && isLast && first > 0 && first <= last)
        {
            return new FrameRange(first, ends is [_, ""] ? int.MaxValue : last);
        }

        scalar.Fail("frames are a number, 'first-last' or 'first-', counted from 1");
        return FrameRange.All;
    }
}
