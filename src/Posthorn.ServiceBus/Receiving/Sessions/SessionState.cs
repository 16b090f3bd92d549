using System.Text.Json;
using System.Text.Json.Serialization;
using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBus.Receiving.Sessions;

/// <summary>
/// What a session remembers of its order, as its state on the broker: the message that the others wait for, and those that were set
/// aside (deferred) meanwhile. At most 256 KB (Azure Service Bus Standard).
/// </summary>
internal sealed record SessionState
{
    /// <summary>How many may be set aside: their numbers have up to 20 characters.</summary>
    public const int MostDeferred = 10_000;

    /// <summary>The message id of the head, which failed and waits for another attempt, or is dead; null when the key is free.</summary>
    public string? Head { get; init; }

    /// <summary>When the head is due again, in Unix milliseconds.</summary>
    public long? DueAt { get; init; }

    /// <summary>Whether the head is a dead letter that holds its key.</summary>
    public bool IsDead { get; init; }

    /// <summary>The sequence numbers of those behind the head that were set aside, in order.</summary>
    public IReadOnlyList<long> Deferred { get; init; } = [];

    /// <summary>Reads a session's state; what cannot be read is none.</summary>
    public static async Task<SessionState> ReadAsync(ServiceBusSessionReceiver session)
    {
        try
        {
            return await session.GetSessionStateAsync() is { } state && state.ToMemory() is { IsEmpty: false } json
                ? JsonSerializer.Deserialize(json.Span, SessionStateContext.Default.SessionState) ?? new SessionState()
                : new SessionState();
        }
        catch (JsonException)
        {
            return new SessionState();
        }
    }

    /// <summary>Writes it; the broker keeps no state of a session that has nothing to remember.</summary>
    public Task WriteAsync(ServiceBusSessionReceiver session) => session.SetSessionStateAsync(
        Head is null && Deferred.Count == 0 ? null : new BinaryData(JsonSerializer.SerializeToUtf8Bytes(this, SessionStateContext.Default.SessionState)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(SessionState))]
internal sealed partial class SessionStateContext : JsonSerializerContext;
