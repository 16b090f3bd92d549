namespace Posthorn.Client;

/// <summary>
/// The way to have a webhook delivered. A call that returns was accepted; what is accepted is delivered at least once, and always
/// under the same id. Safe to use from several threads.
/// </summary>
public interface IPosthornClient
{
    /// <summary>Hands over one notification.</summary>
    /// <returns>Its id: its own, or the one made for it.</returns>
    /// <exception cref="PosthornRejectedException">It is not accepted as it is; every fault is named.</exception>
    /// <exception cref="PosthornUnavailableException">Nobody could be asked; whether it was accepted is not known.</exception>
    /// <exception cref="PosthornUndeliverableException">In direct mode: it could not be delivered.</exception>
    Task<string> EnqueueAsync(NotificationEnvelope envelope, CancellationToken cancellationToken = default);

    /// <summary>Hands over several notifications: all are accepted, or none. A worker takes up to 50,000 of them, of 10 MiB together.</summary>
    /// <returns>Their ids, in order.</returns>
    /// <inheritdoc cref="EnqueueAsync(NotificationEnvelope, CancellationToken)"/>
    Task<IReadOnlyList<string>> EnqueueAsync(IReadOnlyList<NotificationEnvelope> envelopes, CancellationToken cancellationToken = default);

    /// <summary>Tells of one event, which goes to every endpoint that subscribed to its type.</summary>
    /// <returns>The event's id: its own, or the one made for it.</returns>
    /// <inheritdoc cref="EnqueueAsync(NotificationEnvelope, CancellationToken)"/>
    Task<string> PublishAsync(WebhookEvent webhookEvent, CancellationToken cancellationToken = default);

    /// <summary>Tells of several events: all are accepted, or none.</summary>
    /// <returns>Their ids, in order.</returns>
    /// <inheritdoc cref="EnqueueAsync(NotificationEnvelope, CancellationToken)"/>
    Task<IReadOnlyList<string>> PublishAsync(IReadOnlyList<WebhookEvent> webhookEvents, CancellationToken cancellationToken = default);
}
