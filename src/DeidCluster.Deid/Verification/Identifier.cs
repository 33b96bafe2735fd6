namespace DeidCluster.Deid;

/// <summary>Something in the source by which the patient can be recognised, in the form in which text is searched for it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The words after <see cref="SearchText.Normalize"/>.</param>
/// <param name="WholeValueOnly">True when it is too short or too common a word to be searched for inside text.</param>
internal readonly record struct Identifier(FindingKind Kind, string Text, bool WholeValueOnly)
{
    /// <summary>Redacted.</summary>
    public override string ToString() => $"{Kind} (redacted)";
}
