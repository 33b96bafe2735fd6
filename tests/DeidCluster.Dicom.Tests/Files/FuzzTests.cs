namespace DeidCluster.Dicom.Tests.Files;

/// <summary>
/// Generated data sets, whole, cut and mutated. Only a <see cref="DicomFormatException"/> may come out; a failure names its seed.
/// </summary>
public class FuzzTests
{
    private const int Seeds = 100;
    private const int MutantsPerSeed = 40;

    private static readonly Vr[] Vrs = [.. Enum.GetValues<Vr>().Where(vr => vr != Vr.SQ)];

    private static readonly Tag[] Sequences = [.. DicomDictionary.All.Where(entry => entry.Vr == Vr.SQ).Select(entry => entry.Tag)];

    private static readonly TransferSyntax[] Syntaxes = [TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian];

    [Fact]
    public void Parse_WhatWasWritten_IsWrittenTheSame() => ForEachSeed((random, syntax) =>
    {
        byte[] bytes = DataSetWriter.ToBytes(Generate(random, depth: 0), syntax);
        Assert.Equal(bytes, DataSetWriter.ToBytes(DataSetReader.Parse(bytes, syntax), syntax));
    });

    [Fact]
    public void Parse_CutAnywhere_IsRefusedUnlessBetweenElements() => ForEachSeed((random, syntax) =>
    {
        DataSet dataSet = Generate(random, depth: 0);
        byte[] bytes = DataSetWriter.ToBytes(dataSet, syntax);
        HashSet<long> ends = [0];
        for (int count = 1; count <= dataSet.Count; count++)
        {
            ends.Add(DataSetWriter.Segments(new DataSet(dataSet.Take(count)), syntax).Length);
        }

        for (int length = 0; length < bytes.Length; length += 1 + random.Next(3))
        {
            Assert.Equal(ends.Contains(length), IsRead(bytes.AsMemory(0, length), syntax));
        }
    });

    [Fact]
    public void Parse_Mutant_IsReadOrRefused() => ForEachSeed((random, syntax) =>
    {
        byte[] whole = DataSetWriter.ToBytes(Generate(random, depth: 0), syntax);
        for (int i = 0; i < MutantsPerSeed; i++)
        {
            byte[] mutant = Mutate(whole, random);
            IsRead(mutant, syntax);
            IsRead(mutant, TransferSyntax.ExplicitVrBigEndian);
            IsFile(mutant);
            IsFile([.. new byte[128], .. "DICM"u8, .. mutant]);
        }
    });

    private static void ForEachSeed(Action<Random, TransferSyntax> test)
    {
        for (int seed = 0; seed < Seeds; seed++)
        {
            foreach (TransferSyntax syntax in Syntaxes)
            {
                Exception? failure = Record.Exception(() => test(new Random(seed), syntax));
                Assert.True(failure is null, $"seed {seed}, {syntax.Name}: {failure}");
            }
        }
    }

    private static bool IsRead(ReadOnlyMemory<byte> bytes, TransferSyntax syntax)
    {
        try
        {
            Bytes.Dump(DataSetReader.Parse(bytes, syntax)); // values are decoded too
            return true;
        }
        catch (DicomFormatException)
        {
            return false;
        }
    }

    private static void IsFile(byte[] bytes)
    {
        try
        {
            using DicomFile file = DicomFile.Read(new MemorySource(bytes), ReadOptions.Default with { InflatedBytesMax = 1_000_000, InlineValueBytesMax = 16 });
            if (!file.TransferSyntax.IsBigEndian)
            {
                using SegmentList segments = DicomFileWriter.Segments(file.FileMeta, file.DataSet, file.TransferSyntax, file.Source);
                segments.ComputeSha256();
            }
        }
        catch (DicomFormatException)
        {
        }
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        byte[] mutant = [.. bytes];
        for (int changes = random.Next(1, 6); changes > 0 && mutant.Length > 0; changes--)
        {
            int at = random.Next(mutant.Length);
            switch (random.Next(4))
            {
                case 0:
                    mutant[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    mutant[at] = (byte)random.Next(256);
                    break;
                case 2: // a length or a delimiter where none was
                    byte[] word = random.Next(3) switch { 0 => [0xFF, 0xFF, 0xFF, 0xFF], 1 => [0xFE, 0xFF, 0x0D, 0xE0], _ => [0xFE, 0xFF, 0xDD, 0xE0] };
                    word.AsSpan(0, Math.Min(word.Length, mutant.Length - at)).CopyTo(mutant.AsSpan(at));
                    break;
                default: // a piece is lost
                    mutant = [.. mutant[..at], .. mutant[Math.Min(mutant.Length, at + random.Next(16))..]];
                    break;
            }
        }

        return mutant;
    }

    private static DataSet Generate(Random random, int depth)
    {
        const int DepthMax = 3;
        DataSet dataSet = new() { UndefinedLength = random.Next(2) == 0 };
        for (int i = random.Next(1, 7); i > 0; i--)
        {
            Tag tag = RandomTag(random);
            if (depth < DepthMax && random.Next(4) == 0 || DicomDictionary.Find(tag)?.Vr == Vr.SQ)
            {
                IReadOnlyList<DataSet> items = depth < DepthMax ? [.. Enumerable.Range(0, random.Next(3)).Select(_ => Generate(random, depth + 1))] : [];
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
