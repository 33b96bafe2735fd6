namespace DeidCluster.Console.Files;

/// <summary>Shows the shape of a value instead of it, for screens that others see.</summary>
internal static class ValueMask
{
    /// <summary>Letters become x or X, digits 9; what joins them stays.</summary>
    public static string Of(string value) => string.Create(value.Length, value, static (mask, text) =>
    {
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = char.IsDigit(text[i]) ? '9' : char.IsUpper(text[i]) ? 'X' : char.IsLetter(text[i]) || char.IsSurrogate(text[i]) ? 'x' : text[i];
        }
    });
}
