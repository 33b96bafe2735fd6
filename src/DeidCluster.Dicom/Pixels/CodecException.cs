namespace DeidCluster.Dicom;

/// <summary>Why a frame could not be decoded or encoded.</summary>
public enum CodecFailure
{
    /// <summary>No codec here knows the transfer syntax, or the codec that knows it cannot take pixels of this kind.</summary>
    Unsupported,

    /// <summary>A codec for it exists and is not installed on this machine.</summary>
    NotInstalled,

    /// <summary>The codestream is malformed, or contradicts the data set.</summary>
    Refused,

    /// <summary>The process that worked on the frame ended.</summary>
    Died,

    /// <summary>The frame took longer than it may; the process that worked on it was ended.</summary>
    TimedOut,

    /// <summary>What came back is no answer to what was asked; the process was ended.</summary>
    Nonsense,

    /// <summary>What was encoded does not decode to the same pixels.</summary>
    NotLossless,
}

/// <summary>A frame could not be decoded or encoded. The next frame is not concerned. The message never holds a value of the data set.</summary>
public sealed class CodecException(CodecFailure failure, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public CodecFailure Failure { get; } = failure;
}
