using DeidCluster.Dicom;

namespace DeidCluster.Console.Dicom;

/// <summary>Writes a result beside its name and moves it there: it is whole or not there, and may replace its own source.</summary>
internal static class WholeFile
{
    public static async Task WriteAsync(string path, SegmentList bytes, CancellationToken cancellation)
    {
        string part = $"{path}.{Guid.NewGuid():N}.part";
        try
        {
            await using (FileStream stream = new(part, FileMode.CreateNew, FileAccess.Write))
            {
                await bytes.WriteToAsync(stream, cancellation);
            }

            File.Move(part, path, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }
}
