namespace DeidCluster.Dicom;

/// <summary>One instance that a C-MOVE or C-GET sends.</summary>
/// <param name="SopClassUid">Its SOP class.</param>
/// <param name="SopInstanceUid">Its UID.</param>
/// <param name="TransferSyntaxes">The encodings that it can be given in, the preferred first: as it is stored.</param>
/// <param name="Open">Opens the data set in one of them, without file meta information; the stream's Length and Position tell how long it is.</param>
public sealed record RetrieveInstance(string SopClassUid, string SopInstanceUid, IReadOnlyList<TransferSyntax> TransferSyntaxes, Func<TransferSyntax, Stream> Open)
{
    private static readonly TransferSyntax[] Uncompressed = [TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian];

    /// <summary>An instance in <paramref name="transferSyntax"/> and no other.</summary>
    public RetrieveInstance(string sopClassUid, string sopInstanceUid, TransferSyntax transferSyntax, Func<Stream> open)
        : this(sopClassUid, sopInstanceUid, [transferSyntax], _ => open()) { }

    /// <summary>
    /// The instance in a file whose encoding is <paramref name="transferSyntax"/> and which <paramref name="openFile"/> opens: it leaves as it lies there from
    /// <paramref name="dataSetOffset"/> on, and where its pixels are not compressed also in the uncompressed little-endian encodings, encoded anew while it is sent.
    /// </summary>
    public static RetrieveInstance FromFile(string sopClassUid, string sopInstanceUid, TransferSyntax transferSyntax, long dataSetOffset, Func<ByteSource> openFile) => new(
        sopClassUid, sopInstanceUid,
        [transferSyntax, .. transferSyntax.IsEncapsulated ? [] : Uncompressed.Where(other => other.Uid != transferSyntax.Uid)],
        wanted => wanted.Uid == transferSyntax.Uid ? OpenAsItLies(openFile(), dataSetOffset) : OpenIn(wanted, openFile()));

    private static LeasedStream OpenAsItLies(ByteSource source, long offset) => new(SegmentList.Of(source, offset, source.Length - offset).OpenRead(), source);

    private static LeasedStream OpenIn(TransferSyntax wanted, ByteSource source)
    {
        DicomFile file = DicomFile.Read(source);
        try
        {
            if (Transcoder.Obstacle(file, wanted) is string obstacle)
            {
                throw new IOException($"An instance cannot be sent in {wanted.Name}: {obstacle}.");
            }

            SegmentList segments = Transcoder.Segments(file, wanted);
            return new LeasedStream(segments.OpenRead(), segments, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A stream that releases what it reads from when it is closed.</summary>
    private sealed class LeasedStream(Stream inner, params IDisposable[] leased) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => inner.Position = value; }

        public override int Read(Span<byte> buffer) => inner.Read(buffer);

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken ct = default) => inner.ReadAsync(buffer, ct);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken ct) => inner.ReadAsync(buffer, offset, count, ct);

        public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

        public override void Flush() { }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
                Array.ForEach(leased, lease => lease.Dispose());
            }

            base.Dispose(disposing);
        }
    }
}
