using DeidCluster.Studies;

namespace DeidCluster.Pipeline;

/// <summary>Configured things by name. One that is asked for and missing is the configuration's fault, and an operator is told its name.</summary>
public sealed class Configured<T>(string what, IEnumerable<T> all, Func<T, string> nameOf)
{
    private readonly Dictionary<string, T> thingByName = all.ToDictionary(nameOf, StringComparer.Ordinal);

    /// <summary>All of them.</summary>
    public IReadOnlyCollection<T> All => thingByName.Values;

    /// <summary>The one called <paramref name="name"/>.</summary>
    /// <exception cref="EffectFailedException">There is none: Misconfigured.</exception>
    public T this[string name] => thingByName.TryGetValue(name, out T? found)
        ? found
        : throw new EffectFailedException(FailureKind.Misconfigured, $"{what} '{name}' is not configured");
}
