namespace Posthorn.ServiceBusDouble;

/// <summary>What a receiver makes of a message that it holds.</summary>
internal abstract record Settlement
{
    private static readonly Dictionary<string, object> None = [];

    private Settlement()
    {
    }

    /// <summary>Properties as the SDK sends them with a settlement.</summary>
    public static IReadOnlyDictionary<string, object> Changes(IDictionary<string, object>? properties) =>
        properties is null ? None : properties.ToDictionary(property => property.Key, property => AmqpValue.Settled(property.Value));

    /// <summary>It is done with.</summary>
    public sealed record Complete : Settlement;

    /// <summary>It is to be delivered again, at once.</summary>
    public sealed record Abandon(IReadOnlyDictionary<string, object> Properties) : Settlement;

    /// <summary>It waits until it is asked for by its number.</summary>
    public sealed record Defer(IReadOnlyDictionary<string, object> Properties) : Settlement;

    /// <summary>It goes to the dead letters.</summary>
    public sealed record DeadLetter(IReadOnlyDictionary<string, object> Properties, string? Reason, string? Description) : Settlement;
}
