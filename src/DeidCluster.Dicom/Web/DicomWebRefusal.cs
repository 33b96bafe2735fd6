namespace DeidCluster.Dicom;

/// <summary>A request cannot be served; the provider turns it into its answer. The reason names no identifier.</summary>
internal sealed class DicomWebRefusal(int status, string reason) : Exception(reason)
{
    public const int BadRequest = 400;
    public const int NotFound = 404;
    public const int NotAcceptable = 406;
    public const int UnsupportedMediaType = 415;

    public int Status { get; } = status;
}
