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
    private const string Release = "release ";

    /// <summary>Asks for a look at a time.</summary>
    public static ServiceBusMessage LookAt(string sessionId, DateTimeOffset time) => new()
    {
        MessageId = $"note.{Guid.NewGuid():N}",
        SessionId = sessionId,
        ScheduledEnqueueTime = time,
        ApplicationProperties = { [WireProperties.Note] = Look },
    };

    /// <summary>Tells that a dead head no longer holds its key; null of a dead letter that holds none.</summary>
    public static ServiceBusMessage? ReleaseOf(ServiceBusReceivedMessage letter) => !Holds(letter) ? null : new ServiceBusMessage
    {
        MessageId = $"note.{Guid.NewGuid():N}",
        SessionId = letter.SessionId,
        ApplicationProperties = { [WireProperties.Note] = $"{Release}{MessageReader.Message(letter).MessageId}" },
    };

    /// <summary>Whether a message is one.</summary>
    public static bool IsOne(ServiceBusReceivedMessage message) => MessageReader.Text(message, WireProperties.Note) is not null;

    /// <summary>The head that is to be let go of; null when it is another note.</summary>
    public static string? Released(ServiceBusReceivedMessage message) =>
        MessageReader.Text(message, WireProperties.Note) is { } note && note.StartsWith(Release, StringComparison.Ordinal) ? note[Release.Length..] : null;

    private static bool Holds(ServiceBusReceivedMessage letter) =>
        !string.IsNullOrEmpty(letter.SessionId) && letter.ApplicationProperties.TryGetValue(WireProperties.DeadHolds, out var holds) && holds is true;
}
