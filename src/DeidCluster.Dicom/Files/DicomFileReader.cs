using System.Buffers.Binary;

namespace DeidCluster.Dicom;

/// <summary>Finds the parts of a file: preamble, meta information and data set, also where the first two are missing.</summary>
internal static class DicomFileReader
{
    private const int PrefixOffset = DicomFileWriter.PreambleBytes;
    private const int PrefixBytes = 4;
    private const int TagAndLengthBytes = 8;
    private const ushort MetaGroup = 0x0002;

    /// <summary>The syntax and the UIDs are read whatever the caller's limit for values in memory. Bytes.</summary>
    private const int MetaValueBytesMax = 4096;

    /// <summary>Reads <paramref name="source"/>.</summary>
    public static DicomFile Read(ByteSource source, ReadOptions options)
    {
        using ByteWindow window = new(source);
        ReadOnlyMemory<byte>? preamble = ReadPreamble(window);
        long metaOffset = preamble is null ? 0 : PrefixOffset + PrefixBytes;
        DataSet meta = ReadMeta(window, metaOffset, options, out long dataSetOffset);
        if (dataSetOffset >= source.Length)
        {
            throw new DicomFormatException("no data set", dataSetOffset);
        }

        TransferSyntax? named = NamedSyntax(meta, metaOffset);
        TransferSyntax transferSyntax = named
            ?? ShownSyntax(window, dataSetOffset)
            ?? throw new DicomFormatException("neither file meta information nor a data set", dataSetOffset);
        if (!transferSyntax.IsDeflated)
        {
            DataSet dataSet = DataSetReader.Read(window, dataSetOffset, source.Length, transferSyntax, options, out bool isPartial);
            return new DicomFile(source, source, preamble, meta, transferSyntax, dataSet, dataSetOffset) { IsSyntaxGuessed = named is null, IsPartial = isPartial };
        }

        ByteSource inflated = options.StopAt is null
            ? Inflation.Inflate(source, dataSetOffset, options)
            : new InflatingSource(source, dataSetOffset, options);
        try
        {
            using ByteWindow inflatedWindow = new(inflated);
            DataSet dataSet = DataSetReader.Read(inflatedWindow, 0, inflated.Length, transferSyntax, options, out bool isPartial);
            return new DicomFile(source, inflated, preamble, meta, transferSyntax, dataSet, dataSetOffset) { IsPartial = isPartial };
        }
        catch
        {
            inflated.Dispose();
            throw;
        }
    }

    /// <summary>The preamble before the prefix; null when there is none. The letters of the prefix may also stand in a value of a file without preamble.</summary>
    private static ReadOnlyMemory<byte>? ReadPreamble(ByteWindow window)
    {
        ReadOnlySpan<byte> head = window.At(0, PrefixOffset + PrefixBytes + 2, window.Source.Length);
        if (head.Length < PrefixOffset + PrefixBytes || !head.Slice(PrefixOffset, PrefixBytes).SequenceEqual("DICM"u8))
        {
            return null;
        }

        byte[] preamble = head[..PrefixOffset].ToArray();
        ReadOnlySpan<byte> behind = head[(PrefixOffset + PrefixBytes)..];
        bool isFollowedByMeta = behind.Length >= 2 && BinaryPrimitives.ReadUInt16LittleEndian(behind) == MetaGroup;
        if (!isFollowedByMeta && ShownSyntax(window, 0) is not null)
        {
            return null;
        }

        return preamble;
    }

    /// <summary>
    /// The elements of group 0002, always explicit little endian (PS3.10 7.1). Its group length is often wrong, so the group itself
    /// tells where it ends; the length only decides before a deflated data set, whose bytes tell nothing.
    /// </summary>
    private static DataSet ReadMeta(ByteWindow window, long offset, ReadOptions options, out long end)
    {
        ReadOptions wholeValues = options.InlineValueBytesMax >= MetaValueBytesMax ? options : options with { InlineValueBytesMax = MetaValueBytesMax };
        DataSetParser parser = new(window, offset, window.Source.Length, DataSetEncoding.ExplicitLittleEndian, wholeValues, MetaGroup);
        try
        {
            DataSet meta = new();
            while (!(parser.Position == DeclaredEnd(meta, offset) && IsDeflated(meta)) && parser.ReadNext(meta))
            {
            }

            end = parser.Position;
            return meta;
        }
        finally
        {
            parser.Dispose();
        }
    }

    private static bool IsDeflated(DataSet meta) =>
        meta.GetString(Tags.TransferSyntaxUID) is { } uid && TransferSyntax.Find(uid) is { IsDeflated: true };

    private static long DeclaredEnd(DataSet meta, long offset)
    {
        const int GroupLengthElementBytes = 12;
        return meta.GetBytes(Tags.FileMetaInformationGroupLength) is { Length: 4 } length
            ? offset + GroupLengthElementBytes + BinaryPrimitives.ReadUInt32LittleEndian(length.Span)
            : -1;
    }

    private static TransferSyntax? NamedSyntax(DataSet meta, long metaOffset) => meta.GetString(Tags.TransferSyntaxUID) is { } uid
        ? TransferSyntax.Find(uid) ?? throw new DicomFormatException("unknown transfer syntax", metaOffset, Tags.TransferSyntaxUID.ToString())
        : null;

    /// <summary>
    /// The syntax that the first element shows when none is named: its tag must be one of the standard in that byte order, followed by
    /// a VR of the standard (explicit) or by a length that fits (implicit). Null when it shows none.
    /// </summary>
    private static TransferSyntax? ShownSyntax(ByteWindow window, long offset)
    {
        ReadOnlySpan<byte> head = window.At(offset, TagAndLengthBytes, window.Source.Length);
        if (head.Length >= TagAndLengthBytes)
        {
            bool hasLetters = VrFacts.TryParse(head[4], head[5], out _);
            if (hasLetters && IsFirstTag(BinaryPrimitives.ReadUInt16LittleEndian(head), BinaryPrimitives.ReadUInt16LittleEndian(head[2..])))
            {
                return TransferSyntax.ExplicitVrLittleEndian;
            }

            if (hasLetters && IsFirstTag(BinaryPrimitives.ReadUInt16BigEndian(head), BinaryPrimitives.ReadUInt16BigEndian(head[2..])))
            {
                return TransferSyntax.ExplicitVrBigEndian;
            }

            if (IsFirstTag(BinaryPrimitives.ReadUInt16LittleEndian(head), BinaryPrimitives.ReadUInt16LittleEndian(head[2..]))
                && BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) <= window.Source.Length - offset - TagAndLengthBytes)
            {
                return TransferSyntax.ImplicitVrLittleEndian;
            }
        }

        return null;
    }

    /// <summary>True for a tag that can begin a data set: of a low group, which the other byte order would turn into a high one.</summary>
    private static bool IsFirstTag(ushort group, ushort element) => group is > MetaGroup and <= 0xFF && DicomDictionary.Find(new Tag(group, element)) is not null;
}
