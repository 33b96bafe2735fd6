using System.Text;

namespace DeidCluster.Dicom.Tests.Json;

/// <summary>Generated data sets of every representation, through JSON and back. A failure names its seed.</summary>
public class DicomJsonRoundTripTests
{
    private const int Seeds = 300;
    private const int DepthMax = 3;

    private static readonly Vr[] Vrs = [.. Enum.GetValues<Vr>()];

    [Fact]
    public void Parse_WhatWasWritten_IsTheSameDataSet() => ForEachSeed((random, dataSet) =>
    {
        DataSet read = DicomJson.Parse(DicomJson.ToBytes(dataSet));
        Assert.Empty(DataSetDiff.Compare(dataSet, read).Select(difference => difference.Path));
    });

    [Fact]
    public void Parse_CutAnywhere_IsRefused() => ForEachSeed((random, dataSet) =>
    {
        byte[] json = DicomJson.ToBytes(dataSet);
        int length = random.Next(json.Length);
        DicomFormatException refusal = Assert.Throws<DicomFormatException>(() => DicomJson.Parse(json.AsSpan(0, length)));
        Assert.InRange(refusal.Offset, 0, length);
    });

    private static void ForEachSeed(Action<Random, DataSet> test)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            Random random = new(seed);
            DataSet dataSet = Generate(random, depth: 0);
            dataSet.SetString(Tags.SpecificCharacterSet, "ISO_IR 192");
            Exception? failure = Record.Exception(() => test(random, dataSet));
            Assert.True(failure is null, $"seed {seed}: {failure}");
        }
    }

    private static DataSet Generate(Random random, int depth)
    {
        DataSet dataSet = new();
        for (int i = random.Next(1, 12); i > 0; i--)
        {
            Tag tag = new((ushort)random.Next(0x0009, 0x7FDF), (ushort)random.Next(1, 0xFFFF));
            Vr vr = Vrs[random.Next(Vrs.Length)];
            if (vr != Vr.SQ)
            {
                dataSet.SetBytes(tag, vr, Value(random, vr));
            }
            else
            {
                dataSet.Set(new SequenceElement(tag, [.. Enumerable.Range(0, depth < DepthMax ? random.Next(3) : 0).Select(_ => Generate(random, depth + 1))]));
            }
        }

        return dataSet;
    }

    /// <summary>Values as a well-formed file has them: no padding but the last byte's, no text beyond the repertoire of its representation.</summary>
    private static byte[] Value(Random random, Vr vr)
    {
        if (!vr.IsText())
        {
            byte[] bytes = new byte[random.Next(4) * 8];
            random.NextBytes(bytes);
            return vr is Vr.FL or Vr.FD ? Numbers(random, vr, bytes) : bytes;
        }

        int count = vr.IsSingleText() ? 1 : random.Next(1, 4);
        return Encoding.UTF8.GetBytes(string.Join('\\', Enumerable.Range(0, count).Select(index => index == 0 || random.Next(4) > 0 ? Text(random, vr) : "")));
    }

    /// <summary>One NaN of the many: the others are not told apart.</summary>
    private static byte[] Numbers(Random random, Vr vr, byte[] bytes)
    {
        for (int at = 0; at < bytes.Length; at += vr.UnitBytes())
        {
            double number = random.Next(5) switch { 0 => double.NaN, 1 => double.NegativeInfinity, 2 => -0.0, 3 => 0.1, _ => random.NextDouble() * 1e30 };
            byte[] one = vr == Vr.FL ? BitConverter.GetBytes((float)number) : BitConverter.GetBytes(number);
            one.CopyTo(bytes, at);
        }

        return bytes;
    }

    private static string Text(Random random, Vr vr) => vr switch
    {
        Vr.DS => random.Next(3) switch { 0 => "+1.50", 1 => "-0", _ => "1e-5" },
        Vr.IS => random.Next(3) switch { 0 => "007", 1 => "-12", _ => "2147483647" },
        Vr.PN => random.Next(3) switch { 0 => "Doe^Jane", 1 => "Yamada^Tarou=山田^太郎=やまだ^たろう", _ => "=山田" },
        _ when vr.UsesCharacterSet() => random.Next(3) switch { 0 => "Größe \"<&>\" 王", 1 => "tab\tline\r\nend", _ => "😀 plain" },
        _ => "A1." + random.Next(100),
    };
}
