using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>All that decides the elements of one instance.</summary>
internal sealed record InstanceContext
{
    /// <summary>PS3.15 E.1-1 of the project's edition.</summary>
    public required ProfileTable Table { get; init; }

    /// <summary>Options that are on, those of the dates included.</summary>
    public required IReadOnlySet<ProfileOption> Options { get; init; }

    /// <summary>The rules whose conditions hold for the instance, in order.</summary>
    public required IReadOnlyList<Rule> Rules { get; init; }

    /// <summary>The IOD of the instance's SOP class.</summary>
    public required Iod Iod { get; init; }

    /// <summary>The modules of it that the instance is bound to.</summary>
    public required IodView View { get; init; }

    /// <summary>The subject's identity.</summary>
    public required Identity Identity { get; init; }

    /// <summary>Keyed UIDs and hashes.</summary>
    public required IdentityDeriver Deriver { get; init; }

    /// <summary>Source Study Instance UIDs that leave under a common one.</summary>
    public required IReadOnlyDictionary<string, string> CombinedUids { get; init; }

    /// <summary>The file's bytes, for values that were not read into memory.</summary>
    public required ByteSource Source { get; init; }

    /// <summary>The UID that stands for <paramref name="uid"/>; UIDs that the standard registers identify nobody and stay (PS3.6 annex A).</summary>
    public string MapUid(string uid) =>
        UidDictionary.Find(uid) is not null ? uid
        : CombinedUids.TryGetValue(uid, out string? combined) ? combined
        : Deriver.Uid(uid);
}
