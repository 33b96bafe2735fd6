using System.Text.Json;
using System.Text.Json.Serialization;

namespace DeidCluster.Engine;

/// <summary>
/// The registered names of commands, events, replies and states, and their JSON. A name outlives the class that carries it: it
/// stands in journals for ever and is never given to something else.
/// </summary>
public sealed class MessageTypes
{
    /// <summary>The longest JSON of one message. A study of the largest inventory fits; what does not fit is a mistake of the sender.</summary>
    public const int BodyCharsMax = 32 * 1024 * 1024;

    // Defaults are written: a property that has another initial value than its type's default would come back changed.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Dictionary<string, Type> typeByKind = [];
    private readonly Dictionary<Type, string> kindByType = [];

    /// <summary>Registers <typeparamref name="T"/> under <paramref name="kind"/>; each may be registered once.</summary>
    public MessageTypes Add<T>(string kind)
    {
        typeByKind.Add(kind, typeof(T));
        kindByType.Add(typeof(T), kind);
        return this;
    }

    /// <summary>True when <paramref name="kind"/> is known; a newer release may have written one that is not.</summary>
    public bool Knows(string kind) => typeByKind.ContainsKey(kind);

    /// <summary>True when messages of <paramref name="kind"/> are events.</summary>
    public bool IsEvent(string kind) => typeByKind.TryGetValue(kind, out Type? type) && type.IsAssignableTo(typeof(IEvent));

    /// <summary>All registered kinds.</summary>
    public IReadOnlyCollection<string> Kinds => typeByKind.Keys;

    /// <summary>The registered kind and the JSON of <paramref name="message"/>.</summary>
    public MessageBody Write(object message)
    {
        if (!kindByType.TryGetValue(message.GetType(), out string? kind))
        {
            throw new InvalidOperationException($"{message.GetType().Name} is not a registered message.");
        }

        string json = JsonSerializer.Serialize(message, message.GetType(), Json);
        return json.Length <= BodyCharsMax
            ? new MessageBody(kind, json)
            : throw new InvalidOperationException($"A {kind} of {json.Length} characters is longer than {BodyCharsMax}.");
    }

    /// <summary>The message that <see cref="Write"/> wrote.</summary>
    public object Read(MessageBody body) =>
        JsonSerializer.Deserialize(body.Json, typeByKind[body.Kind], Json)
        ?? throw new InvalidOperationException($"The body of a {body.Kind} is null.");

    /// <summary>The JSON of an actor's state, for a snapshot.</summary>
    internal static string WriteState<TState>(TState state) where TState : class => JsonSerializer.Serialize(state, Json);

    /// <summary>The state that <see cref="WriteState"/> wrote.</summary>
    internal static TState ReadState<TState>(string json) where TState : class =>
        JsonSerializer.Deserialize<TState>(json, Json) ?? throw new InvalidOperationException("The body of a snapshot is null.");
}
