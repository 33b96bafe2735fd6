using DeidCluster.Dicom.Tests.Files;

namespace DeidCluster.Dicom.Tests.Hostile;

/// <summary>
/// Generated data sets, whole, cut and mutated. Only a <see cref="DicomFormatException"/> may come out; a failure names its seed.
/// </summary>
public class DataSetFuzzTests
{
    private const int Seeds = 100;
    private const int MutantsPerSeed = 40;
    private const int HeadBytes = 8;

    private static readonly TransferSyntax[] Syntaxes = [TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian];

    [Fact]
    public void Parse_WhatWasWritten_IsWrittenTheSame() => ForEachSeed((random, syntax) =>
    {
        byte[] bytes = DataSetWriter.ToBytes(Generated.DataSet(random), syntax);
        Assert.Equal(bytes, DataSetWriter.ToBytes(DataSetReader.Parse(bytes, syntax), syntax));
    });

    [Fact]
    public void Parse_CutAnywhere_IsRefusedUnlessBetweenElements() => ForEachSeed((random, syntax) =>
    {
        DataSet dataSet = Generated.DataSet(random);
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
        byte[] whole = DataSetWriter.ToBytes(Generated.DataSet(random), syntax);
        for (int i = 0; i < MutantsPerSeed; i++)
        {
            byte[] mutant = Mutate(whole, random);
            IsRead(mutant, syntax);
            IsRead(mutant, TransferSyntax.ExplicitVrBigEndian);
            IsFile(mutant);
            IsFile([.. new byte[128], .. "DICM"u8, .. mutant]);
        }
    });

    [Fact]
    public void Tokens_HeadsChanged_AreTheSameThroughAWindow_AndTranscodeOrAreRefused() => ForEachSeed((random, syntax) =>
    {
        byte[] whole = DataSetWriter.ToBytes(Generated.DataSet(random), syntax);
        for (int i = 0; i < MutantsPerSeed / 4; i++)
        {
            byte[] mutant = ChangeHead(whole, syntax, random);
            DataSetTokens ofSpan = new(mutant, syntax);
            DataSetTokens throughWindow = new(new CopyingSource(mutant), 0, mutant.Length, syntax);
            Assert.Equal(Outcome(ref ofSpan), Outcome(ref throughWindow));
            IsFile([.. Head(syntax), .. mutant]);
        }
    });

    /// <summary>One head of an element, item or delimiter gets another length, tag or VR, or goes with its value.</summary>
    private static byte[] ChangeHead(byte[] bytes, TransferSyntax syntax, Random random)
    {
        List<int> heads = [];
        DataSetTokens tokens = new(bytes, syntax);
        while (tokens.Read())
        {
            if (tokens.Offset <= bytes.Length - HeadBytes) // the end of a defined length has no head
            {
                heads.Add((int)tokens.Offset);
            }
        }

        tokens.Dispose();
        if (heads.Count == 0)
        {
            return bytes;
        }

        byte[] mutant = [.. bytes];
        int at = heads[random.Next(heads.Count)];
        int other = heads[random.Next(heads.Count)];
        Span<byte> head = mutant.AsSpan(at, Math.Min(12, mutant.Length - at));
        switch (random.Next(5))
        {
            case 0:
                head[random.Next(4, HeadBytes)] += (byte)random.Next(1, 4);
                break;
            case 1 when head.Length == 12:
                head[8..].Fill(0xFF);
                break;
            case 2:
                ((ReadOnlySpan<byte>)(random.Next(3) switch { 0 => "SQ"u8, 1 => "UN"u8, _ => "OW"u8 })).CopyTo(head[4..]);
                break;
            case 3:
                bytes.AsSpan(other, 4).CopyTo(head);
                break;
            default:
                mutant = [.. mutant[..Math.Min(at, other)], .. mutant[Math.Max(at, other)..]];
                break;
        }

        return mutant;
    }

    private static string Outcome(ref DataSetTokens tokens)
    {
        int count = 0;
        try
        {
            while (tokens.Read())
            {
                count += tokens.Kind == TokenKind.Element ? tokens.GetValue().Length : 1;
            }

            return $"{count}";
        }
        catch (DicomFormatException refusal)
        {
            return $"{count} {refusal.Message}";
        }
        finally
        {
            tokens.Dispose();
        }
    }

    private static byte[] Head(TransferSyntax syntax)
    {
        using SegmentList head = DicomFileWriter.Segments(FileMetaInformation.Build(Uids.CtImageStorage, "1.2.3", syntax.Uid), new DataSet(), TransferSyntax.ExplicitVrLittleEndian, null);
        return head.ToArray();
    }

    /// <summary>Bytes that are handed out as copies, like those of a file.</summary>
    private sealed class CopyingSource(byte[] bytes) : ByteSource
    {
        public override long Length => bytes.Length;

        public override int Read(long offset, Span<byte> destination)
        {
            int count = (int)Math.Clamp(bytes.Length - offset, 0, destination.Length);
            bytes.AsSpan((int)offset, count).CopyTo(destination);
            return count;
        }
    }

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
            using SegmentList segments = DicomFileWriter.Segments(file.FileMeta, file.DataSet, file.TransferSyntax, file.Source);
            segments.ComputeSha256();
            foreach (TransferSyntax target in Syntaxes.Where(target => Transcoder.Obstacle(file, target) is null))
            {
                using SegmentList transcoded = Transcoder.FileSegments(file, target);
                transcoded.ComputeSha256();
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
}
