using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.Receiving.Sessions;

/// <summary>
/// A message to whoever holds the session, not to a receiver of webhooks: look whether the head is still there, or let go of a head whose
/// dead letter was deleted. A session without active messages is never given out, so it needs them.
/// </summary>
internal static class SessionNote
{
    private const string Look = "look";

    /// <summary>Asks for a look at a time.</summary>
    public static ServiceBusMessage LookAt(string sessionId, DateTimeOffset time) => new()
    {
        MessageId = $"note.{Guid.NewGuid():N}",
        SessionId = sessionId,
        ScheduledEnqueueTime = time,
        ApplicationProperties = { [WireProperties.Note] = Look },
    };

    /// <summary>Tells that a dead head is no more.</summary>
    public static ServiceBusMessage Release(string sessionId, string head) => new()
    {
        MessageId = $"note.{Guid.NewGuid():N}",
        SessionId = sessionId,
        ApplicationProperties = { [WireProperties.Note] = $"release {head}" },
    };

    /// <summary>Whether a message is one.</summary>
    public static bool IsOne(ServiceBusReceivedMessage message) => MessageReader.Text(message, WireProperties.Note) is not null;

    /// <summary>The head that is to be let go of; null when it is another note.</summary>
    public static string? Released(ServiceBusReceivedMessage message) =>
        MessageReader.Text(message, WireProperties.Note) is { } note && note.StartsWith("release ", StringComparison.Ordinal) ? note["release ".Length..] : null;
}
