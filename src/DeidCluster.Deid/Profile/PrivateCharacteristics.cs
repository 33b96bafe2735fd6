using DeidCluster.Dicom;

namespace DeidCluster.Deid;

/// <summary>What the instance itself says of a private element.</summary>
internal enum PrivateStatus
{
    /// <summary>Nothing: the table decides.</summary>
    Unsaid,

    /// <summary>It holds no identity.</summary>
    Safe,

    /// <summary>It identifies, or its block does as a whole.</summary>
    Unsafe,
}

/// <summary>Private Data Element Characteristics Sequence (0008,0300) of an instance (PS3.3 C.12.1.1.7).</summary>
internal sealed class PrivateCharacteristics
{
    private readonly Dictionary<(ushort Group, string Creator), (string Status, HashSet<int> Safe, HashSet<int> Unsafe)> blocks = [];

    /// <summary>As <paramref name="instance"/> says.</summary>
    public PrivateCharacteristics(DataSet instance)
    {
        foreach (DataSet item in instance.Items(Tags.PrivateDataElementCharacteristicsSequence))
        {
            if (item.GetInt(Tags.PrivateGroupReference) is not { } group || item.GetString(Tags.PrivateCreatorReference)?.Trim() is not { } creator)
            {
                continue;
            }

            HashSet<int> identifying = [.. item.Items(Tags.DeidentificationActionSequence).SelectMany(action => action.GetInts(Tags.IdentifyingPrivateElements))];
            blocks[((ushort)group, creator)] = (item.GetString(Tags.BlockIdentifyingInformationStatus) ?? "", [.. item.GetInts(Tags.NonidentifyingPrivateElements)], identifying);
        }
    }

    /// <summary>What is said of <paramref name="tag"/> in a block of <paramref name="creator"/>. What was said twice, or half, is unsafe.</summary>
    public PrivateStatus Of(string creator, Tag tag)
    {
        if (blocks.Count == 0 || !blocks.TryGetValue((tag.Group, creator.Trim()), out var block))
        {
            return PrivateStatus.Unsaid;
        }

        int number = (byte)tag.ElementNumber;
        return block.Unsafe.Contains(number) ? PrivateStatus.Unsafe
            : block.Status switch
            {
                "SAFE" => PrivateStatus.Safe,
                "MIXED" => block.Safe.Contains(number) ? PrivateStatus.Safe : PrivateStatus.Unsafe,
                _ => PrivateStatus.Unsafe,
            };
    }
}
