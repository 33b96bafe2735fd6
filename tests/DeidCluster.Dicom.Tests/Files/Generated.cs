namespace DeidCluster.Dicom.Tests.Files;

/// <summary>Data sets made from a seed.</summary>
internal static class Generated
{
    private static readonly Vr[] Vrs = [.. Enum.GetValues<Vr>().Where(vr => vr != Vr.SQ)];

    private static readonly Tag[] Sequences = [.. DicomDictionary.All.Where(entry => entry.Vr == Vr.SQ).Select(entry => entry.Tag)];

    /// <summary>A data set with nested sequences of both kinds of length; values are random bytes, whatever their VR.</summary>
    public static Dicom.DataSet DataSet(Random random, int depth = 0)
    {
        const int DepthMax = 3;
        Dicom.DataSet dataSet = new() { UndefinedLength = random.Next(2) == 0 };
        for (int i = random.Next(1, 7); i > 0; i--)
        {
            Tag tag = RandomTag(random);
            if (depth < DepthMax && random.Next(4) == 0 || DicomDictionary.Find(tag)?.Vr == Vr.SQ)
            {
                IReadOnlyList<Dicom.DataSet> items = depth < DepthMax ? [.. Enumerable.Range(0, random.Next(3)).Select(_ => DataSet(random, depth + 1))] : [];
                dataSet.Add(new SequenceElement(Sequences[random.Next(Sequences.Length)], Vr.SQ, items, random.Next(2) == 0));
            }
            else
            {
                byte[] value = new byte[random.Next(20) * 2];
                random.NextBytes(value);
                dataSet.Add(new ValueElement(tag, DicomDictionary.Find(tag) is { } entry ? entry.Vr : Vrs[random.Next(Vrs.Length)], value));
            }
        }

        return dataSet;
    }

    private static Tag RandomTag(Random random) => random.Next(3) == 0
        ? new Tag((ushort)((random.Next(4, 100) * 2) + 1), (ushort)random.Next(0x1000, 0xFFFF))
        : DicomDictionary.All[random.Next(200, 5000)].Tag is { Group: > 2 } known ? known : Tags.PatientName;
}
