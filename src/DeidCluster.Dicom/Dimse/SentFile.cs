namespace DeidCluster.Dicom;

/// <summary>What became of one file that was to be sent.</summary>
public enum SendOutcome
{
    /// <summary>The peer has it; a warning status counts too (PS3.4 B.2.3).</summary>
    Sent,

    /// <summary>The peer answered with a failure status.</summary>
    Refused,

    /// <summary>The peer takes its SOP class in no encoding that it can be given.</summary>
    NotAccepted,

    /// <summary>It is no DICOM instance that can be sent, or it could not be read.</summary>
    Unreadable,

    /// <summary>The association failed.</summary>
    Failed,
}

/// <summary>One file's end.</summary>
/// <param name="Path">The file.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Status">The peer's answer; null where there was none.</param>
/// <param name="TransferSyntax">The encoding in which it left; null where it did not.</param>
/// <param name="Problem">Why it was not sent, without a value of its data set; null when it was.</param>
public sealed record SentFile(string Path, SendOutcome Outcome, DimseStatus? Status = null, TransferSyntax? TransferSyntax = null, string? Problem = null);
