namespace DeidCluster.Deid;

/// <summary>
/// How strictly an IOD wants an attribute (PS3.5 7.4), weakest first. Conditional types count as their base: what is present in
/// the source is taken to be required.
/// </summary>
public enum AttributeType
{
    /// <summary>Type 3: may be left out.</summary>
    Optional,

    /// <summary>Type 2 and 2C: must be there, may be empty.</summary>
    MayBeEmpty,

    /// <summary>Type 1 and 1C: must be there with a value.</summary>
    Required,
}
