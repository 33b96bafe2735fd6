namespace DeidCluster.Dicom.Tests.Web;

/// <summary>Gives bytes out as a network may: in pieces of the given sizes, used in turn.</summary>
internal sealed class ChoppedStream(byte[] bytes, params int[] pieces) : MemoryStream(bytes, writable: false)
{
    private int turn;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, pieces.Length == 0 ? buffer.Length : pieces[turn++ % pieces.Length])], cancellationToken);
}
