namespace DeidCluster.Deid;

/// <summary>An action of the profile before the attribute's type is known: either settled, or one that a type decides.</summary>
internal readonly record struct ProfileOutcome(Treatment Settled, ProfileAction? Open)
{
    /// <summary>One that no type changes.</summary>
    public static ProfileOutcome Of(Treatment treatment) => new(treatment, null);

    /// <summary>One that protects, in the way that the type decides.</summary>
    public static ProfileOutcome Of(ProfileAction action) => new(default, action);

    /// <summary>
    /// The weakest way to protect that leaves the IOD valid (PS3.15 table E.1-1a): what the IOD does not have at the place goes; what it
    /// wants is never taken out and, with a value, never emptied, whatever the table says of the attribute in general (E.1.1: dummy
    /// values may be necessary for type 1).
    /// </summary>
    public Treatment Resolve(AttributeType? type) => Open is not { } action ? Settled : (action, type) switch
    {
        (ProfileAction.Keep, _) => Treatment.Keep,
        (ProfileAction.Uid, _) => Treatment.Uid,
        (_, null) => Treatment.Remove,
        (ProfileAction.RemoveOrEmptyOrUid, AttributeType.Required) => Treatment.Uid,
        (_, AttributeType.Required) => Treatment.Dummy,
        (ProfileAction.Dummy, _) => Treatment.Dummy,
        (ProfileAction.RemoveOrDummy, AttributeType.MayBeEmpty) => Treatment.Dummy,
        (_, AttributeType.MayBeEmpty) => Treatment.Empty,
        (ProfileAction.Empty or ProfileAction.EmptyOrDummy, _) => Treatment.Empty,
        _ => Treatment.Remove,
    };
}
