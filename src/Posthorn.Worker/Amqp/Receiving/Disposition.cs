using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Messages;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>What a receiver makes of a message.</summary>
/// <param name="How">How it is settled.</param>
/// <param name="Changes">Application properties that it gets; null for none.</param>
internal sealed record Disposition(Settlement How, AmqpMap? Changes)
{
    private const string DeadLetterCondition = "com.microsoft:dead-letter";

    /// <summary>What nobody said anything of: whoever had it is gone.</summary>
    public static DeliveryState GivenUp { get; } = new DeliveryState.Modified(DeliveryFailed: true, UndeliverableHere: false, Annotations: null);

    /// <summary>The disposition of an outcome ("AMQP 1.0 in Azure Service Bus protocol guide", transfers); null of what is none.</summary>
    public static Disposition? Of(DeliveryState outcome) => outcome switch
    {
        DeliveryState.Accepted => new Disposition(new Settlement.Complete(), Changes: null),
        DeliveryState.Released => new Disposition(new Settlement.Release(), Changes: null), // AMQP 1.0 §3.4.4: the delivery count does not grow.
        DeliveryState.Modified { UndeliverableHere: true } modified => new Disposition(new Settlement.Defer(), Named(modified.Annotations)),
        DeliveryState.Modified modified => new Disposition(new Settlement.Abandon(), Named(modified.Annotations)),
        DeliveryState.Rejected(var error) => OfRejected(error),
        _ => null,
    };

    /// <summary>That of a dead letter.</summary>
    public static Settlement.DeadLetter Dead(string? reason, string? description) => new(new DeadLetterReason(DeadLetterReason.Bounded(reason ?? "")), DeadLetterReason.Bounded(description ?? ""));

    /// <summary>Reason, description and changes are in the error's map; a client of another make says no more than its error.</summary>
    private static Disposition OfRejected(AmqpError? error)
    {
        var isServiceBus = error?.Condition.Value == DeadLetterCondition;
        var (reason, description, changes) = ((string?)null, (string?)null, new AmqpMap());
        foreach (var (name, value) in Named(error?.Info))
        {
            if (name is OutgoingMessage.DeathReason) reason = value as string;
            else if (name is OutgoingMessage.DeathDescription) description = value as string;
            else changes[name] = value;
        }

        return new Disposition(Dead(reason ?? (isServiceBus ? null : error?.Condition.Value), description ?? error?.Description), changes);
    }

    /// <summary>The names of such maps are symbols, those of application properties texts.</summary>
    private static AmqpMap Named(AmqpMap? map)
    {
        var named = new AmqpMap();
        foreach (var (key, value) in map ?? [])
            if ((key is Symbol symbol ? symbol.Value : key as string) is { } name) named[name] = value;
        return named;
    }
}
