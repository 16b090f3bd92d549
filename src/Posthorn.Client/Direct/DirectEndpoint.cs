using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Signing;

namespace Posthorn.Client.Direct;

/// <summary>Someone who wants to be told of events.</summary>
public sealed record DirectEndpoint
{
    /// <summary>An absolute https URL, or what the options allow.</summary>
    public required Uri Url { get; init; }

    /// <summary>The event types it wants: exact ones, <c>prefix.*</c> for all below a prefix, or <c>*</c>. Default: all.</summary>
    public IReadOnlyList<string> Events { get; init; } = [EventPattern.All];

    /// <summary>The wire contract it expects. Default: the event's, else <c>standard</c>.</summary>
    public string? Profile { get; init; }

    /// <summary>The signing secret. Either this or <see cref="SecretRef"/>.</summary>
    public SigningSecret? Secret { get; init; }

    /// <summary>Where the signing secret is kept: <c>config:NAME</c>, the configuration's <c>secrets:NAME</c>.</summary>
    public string? SecretRef { get; init; }

    /// <summary>The URL as it may be shown.</summary>
    public override string ToString() => Url.IsAbsoluteUri ? Destination.DisplayOf(Url) : "(a relative URL)";

    /// <summary>Whether it wants events of a type.</summary>
    internal bool Wants(string type) => Events.Any(pattern => EventPattern.Takes(pattern, type, isOperational: false));

    /// <summary>The notification that an event is to it.</summary>
    internal NotificationEnvelope NotificationOf(WebhookEvent webhookEvent) => new()
    {
        Type = webhookEvent.Type,
        Profile = Profile ?? webhookEvent.Profile,
        Tenant = webhookEvent.Tenant,
        Subject = webhookEvent.Subject,
        Time = webhookEvent.Time,
        Destination = new NotificationDestination { Url = Url, Secret = Secret, SecretRef = SecretRef },
        Data = webhookEvent.Data,
    };
}
