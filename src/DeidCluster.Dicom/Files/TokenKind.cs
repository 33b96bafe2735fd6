namespace DeidCluster.Dicom;

/// <summary>What <see cref="DataSetTokens"/> stands at.</summary>
public enum TokenKind
{
    /// <summary>Nothing was read yet, or the data set has ended.</summary>
    None,

    /// <summary>An element with a value of its own.</summary>
    Element,

    /// <summary>The head of a sequence of items (PS3.5 7.5), also of one that was written as UN.</summary>
    SequenceStart,

    /// <summary>The head of an item.</summary>
    ItemStart,

    /// <summary>The end of an item, whether its length was defined or a delimitation item ended it.</summary>
    ItemEnd,

    /// <summary>The end of a sequence, whether its length was defined or a delimitation item ended it.</summary>
    SequenceEnd,

    /// <summary>The head of encapsulated pixel data (PS3.5 A.4).</summary>
    FragmentsStart,

    /// <summary>One item of encapsulated pixel data; the first is the basic offset table.</summary>
    Fragment,

    /// <summary>The sequence delimitation item behind encapsulated pixel data.</summary>
    FragmentsEnd,
}
