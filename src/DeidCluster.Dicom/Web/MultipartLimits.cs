namespace DeidCluster.Dicom;

/// <summary>How much of a multipart message a reader takes before it refuses it.</summary>
public sealed record MultipartLimits
{
    /// <summary>A boundary's letters. RFC 2046 5.1.1 says 70; Orthanc as a user sends 73.</summary>
    public const int BoundaryLettersMax = 200;

    /// <summary>All header lines of one part. Bytes.</summary>
    public const int HeaderBytesMax = 16 * 1024;

    /// <summary>Header fields of one part.</summary>
    public const int HeadersMax = 64;

    /// <summary>What may stand before the first part. Bytes.</summary>
    public const int PreambleBytesMax = 64 * 1024;

    /// <summary>White space between a boundary and the end of its line. Bytes.</summary>
    public const int PaddingBytesMax = 256;

    /// <summary>The body of one part. Bytes.</summary>
    public long PartBytesMax { get; init; } = 64L * 1024 * 1024 * 1024;

    /// <summary>Parts of one message.</summary>
    public int PartsMax { get; init; } = 1_000_000;

    /// <summary>The limits that fit an archive.</summary>
    public static MultipartLimits Default { get; } = new();
}
