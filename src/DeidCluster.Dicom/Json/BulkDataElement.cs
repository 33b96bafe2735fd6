namespace DeidCluster.Dicom;

/// <summary>
/// An element whose value is elsewhere, as DICOM JSON refers to it by a BulkDataURI (PS3.18 F.2.6). It cannot be written to a binary
/// data set before somebody fetched the value and put a <see cref="ValueElement"/> in its place.
/// </summary>
public sealed class BulkDataElement(Tag tag, Vr vr, string uri) : Element(tag, vr)
{
    /// <summary>Where the value is, as it was written: absolute, or relative to what the JSON was read from.</summary>
    public string Uri { get; } = uri;
}
