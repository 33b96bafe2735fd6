using System.Buffers.Binary;

namespace DeidCluster.Dicom;

/// <summary>One directory record (PS3.3 F.3.2.2) and those below it.</summary>
/// <param name="Type">Directory Record Type: PATIENT, STUDY, SERIES, IMAGE ...; empty when the record names none.</param>
/// <param name="IsInUse">False for a record that its writer has marked as deleted (Record In-use Flag 0000H).</param>
/// <param name="FileId">The components of Referenced File ID, the file's path on the medium; empty when the record names no file.</param>
/// <param name="Keys">The whole record.</param>
/// <param name="Children">The records of the lower-level directory entity, in order.</param>
public sealed record DirectoryRecord(string Type, bool IsInUse, IReadOnlyList<string> FileId, DataSet Keys, IReadOnlyList<DirectoryRecord> Children)
{
    /// <summary>Referenced SOP Instance UID in File; null when there is none.</summary>
    public string? SopInstanceUid => Keys.GetString(Tags.ReferencedSOPInstanceUIDInFile);

    /// <summary>Referenced SOP Class UID in File; null when there is none.</summary>
    public string? SopClassUid => Keys.GetString(Tags.ReferencedSOPClassUIDInFile);

    /// <summary>This record and all below it, each before those below.</summary>
    public IEnumerable<DirectoryRecord> All()
    {
        Stack<DirectoryRecord> open = new([this]);
        while (open.TryPop(out DirectoryRecord? record))
        {
            yield return record;
            for (int child = record.Children.Count - 1; child >= 0; child--)
            {
                open.Push(record.Children[child]);
            }
        }
    }
}

/// <summary>
/// A DICOMDIR (PS3.10 8.6, PS3.3 annex F): the tree of patients, studies, series and instances on a medium. Records point to one another by
/// offsets in the file; a record that is pointed to twice, or an offset at which none begins, is a <see cref="DicomFormatException"/>.
/// </summary>
public sealed class DicomDirectory
{
    /// <summary>The standard knows four levels, and a few more for private records; deeper trees are refused. Levels.</summary>
    public const int DepthMax = 32;

    private DicomDirectory(string? fileSetId, IReadOnlyList<DirectoryRecord> records, int unlinkedRecords) =>
        (FileSetId, Records, UnlinkedRecords) = (fileSetId, records, unlinkedRecords);

    /// <summary>File-set ID, the medium's own name; null when it has none.</summary>
    public string? FileSetId { get; }

    /// <summary>The records of the root directory entity, in order.</summary>
    public IReadOnlyList<DirectoryRecord> Records { get; }

    /// <summary>Records of the file that the tree does not reach: some writers leave deleted ones so.</summary>
    public int UnlinkedRecords { get; }

    /// <summary>All records of the tree, each before those below it.</summary>
    public IEnumerable<DirectoryRecord> All() => Records.SelectMany(record => record.All());

    /// <summary>Reads the DICOMDIR at <paramref name="path"/>.</summary>
    public static DicomDirectory Read(string path) => Read(new FileSource(path));

    /// <summary>Reads <paramref name="source"/> and disposes it.</summary>
    public static DicomDirectory Read(ByteSource source)
    {
        using DicomFile file = DicomFile.Read(source);
        if (file.DataSet.Find(Tags.DirectoryRecordSequence) is not SequenceElement sequence)
        {
            throw new DicomFormatException("no directory records: this is no DICOMDIR", file.DataSetOffset, Tags.DirectoryRecordSequence.ToString());
        }

        Links links = new(sequence, OffsetsOf(file));
        IReadOnlyList<DirectoryRecord> records = links.Entity(file.DataSet, Tags.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, depth: 0);
        return new DicomDirectory(file.DataSet.GetString(Tags.FileSetID), records, sequence.Items.Count - links.Reached);
    }

    /// <summary>Where each item of the Directory Record Sequence begins: offsets count from the begin of the file (PS3.3 F.3.2.2).</summary>
    private static List<long> OffsetsOf(DicomFile file)
    {
        List<long> offsets = [];
        DataSetTokens tokens = new(file.Source, file.DataSetOffset, file.Source.Length, file.TransferSyntax);
        try
        {
            while (tokens.Read())
            {
                if (tokens is { Kind: TokenKind.ItemStart, Depth: 0 } && tokens.Tag == Tags.DirectoryRecordSequence)
                {
                    offsets.Add(tokens.Offset);
                }
            }
        }
        finally
        {
            tokens.Dispose();
        }

        return offsets;
    }

    /// <summary>Follows the offsets.</summary>
    private sealed class Links(SequenceElement sequence, List<long> offsets)
    {
        private readonly Dictionary<long, int> itemByOffset = offsets.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        private readonly HashSet<int> reached = [];

        public int Reached => reached.Count;

        /// <summary>The records of the directory entity whose first one <paramref name="pointer"/> of <paramref name="owner"/> names.</summary>
        public List<DirectoryRecord> Entity(DataSet owner, Tag pointer, int depth)
        {
            List<DirectoryRecord> records = [];
            for (long at = OffsetIn(owner, pointer); at != 0;)
            {
                if (!itemByOffset.TryGetValue(at, out int item))
                {
                    throw new DicomFormatException("no directory record begins where an offset says", at, pointer.ToString());
                }

                string path = $"{Tags.DirectoryRecordSequence}[{item}]";
                if (!reached.Add(item))
                {
                    throw new DicomFormatException("a directory record is reached twice", at, path);
                }

                if (depth >= DepthMax)
                {
                    throw new DicomFormatException($"directory records nest deeper than {DepthMax} levels", at, path);
                }

                DataSet keys = sequence.Items[item];
                records.Add(new DirectoryRecord(
                    keys.GetString(Tags.DirectoryRecordType) ?? "", keys.GetInt(Tags.RecordInUseFlag) != 0, [.. keys.GetStrings(Tags.ReferencedFileID).Where(part => part.Length > 0)],
                    keys, Entity(keys, Tags.OffsetOfReferencedLowerLevelDirectoryEntity, depth + 1)));
                pointer = Tags.OffsetOfTheNextDirectoryRecord;
                at = OffsetIn(keys, pointer);
            }

            return records;
        }

        private static long OffsetIn(DataSet owner, Tag pointer) =>
            owner.GetBytes(pointer) is { Length: sizeof(uint) } bytes ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span) : 0;
    }
}
