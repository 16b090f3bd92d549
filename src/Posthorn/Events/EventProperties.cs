using System.Globalization;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.Events;

/// <summary>An event on a queue, on its way to become an envelope for each endpoint: the body is its data, the rest are properties.</summary>
public static class EventProperties
{
    /// <summary>The form's version, <c>1</c>: what tells an event from an envelope.</summary>
    public const string Version = "event_version";

    /// <summary>The endpoint up to which it has been sent already.</summary>
    public const string SentUpTo = "sent_up_to";

    /// <summary><c>1</c> for an event about endpoints and deliveries.</summary>
    public const string Operational = "operational";

    /// <summary>Whether a message is an event.</summary>
    public static bool Describes(QueueMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Properties.ContainsKey(Version);
    }

    /// <summary>The message of an event.</summary>
    /// <param name="webhookEvent">The event.</param>
    /// <param name="fingerprint">A digest of what its producer said.</param>
    /// <param name="step">0, and then how often it was put back because it has more endpoints than one transaction takes.</param>
    public static QueueMessage Write(WebhookEvent webhookEvent, ReadOnlyMemory<byte> fingerprint, int step = 0)
    {
        ArgumentNullException.ThrowIfNull(webhookEvent);
        var properties = new Dictionary<string, string>(8, StringComparer.Ordinal)
        {
            [Version] = "1",
            [EnvelopeProperties.Id] = webhookEvent.Id,
            [EnvelopeProperties.Type] = webhookEvent.Type,
            [EnvelopeProperties.Time] = webhookEvent.Time,
        };
        Add(EnvelopeProperties.Tenant, webhookEvent.Tenant);
        Add(EnvelopeProperties.Subject, webhookEvent.Subject);
        Add(EnvelopeProperties.Profile, webhookEvent.Profile);
        Add(SentUpTo, webhookEvent.SentUpTo);
        Add(Operational, webhookEvent.IsOperational ? "1" : null);
        return new QueueMessage
        {
            MessageId = step == 0 ? MessageIds.Event(webhookEvent.Id) : MessageIds.EventStep(webhookEvent.Id, step),
            Body = webhookEvent.Data,
            ContentType = "application/json",
            Properties = properties,
            Fingerprint = fingerprint,
        };

        void Add(string name, string? value)
        {
            if (value is not null) properties[name] = value;
        }
    }

    /// <summary>The event of a message; null, with what is wrong, when it is not one.</summary>
    public static WebhookEvent? Read(QueueMessage message, ICollection<EnvelopeError> errors)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(errors);
        var properties = message.Properties;
        var before = errors.Count;
        var notes = new FieldNotes(errors);
        if (properties[Version] != "1") notes.Add($"$.{Version}", properties[Version], "1");
        notes.CheckId("$.id", properties.GetValueOrDefault(EnvelopeProperties.Id, ""));
        notes.CheckType("$.type", properties.GetValueOrDefault(EnvelopeProperties.Type));
        if (notes.Time("$.time", properties.GetValueOrDefault(EnvelopeProperties.Time, "")) is null && errors.Count == before) return null;
        CheckData(message.Body, errors);
        if (errors.Count > before) return null;
        return new WebhookEvent
        {
            Id = properties[EnvelopeProperties.Id],
            Type = properties[EnvelopeProperties.Type],
            Time = properties[EnvelopeProperties.Time],
            Tenant = properties.GetValueOrDefault(EnvelopeProperties.Tenant),
            Subject = properties.GetValueOrDefault(EnvelopeProperties.Subject),
            Profile = properties.GetValueOrDefault(EnvelopeProperties.Profile),
            SentUpTo = properties.GetValueOrDefault(SentUpTo),
            IsOperational = properties.GetValueOrDefault(Operational) == "1",
            Data = message.Body,
        };
    }

    /// <summary>Whoever writes on the queue may send what the API refuses: it is judged alike.</summary>
    private static void CheckData(ReadOnlyMemory<byte> data, ICollection<EnvelopeError> errors)
    {
        if (data.Length > EnvelopeV1.MaxBytes)
        {
            errors.Add(new EnvelopeError("$.data", $"is {data.Length} bytes; an event has at most {EnvelopeV1.MaxBytes}", DeadLetterReason.PayloadTooLarge));
            return;
        }

        var faults = new List<EnvelopeError>();
        StrictJson.Check(data.Span, "an event's data", faults);
        foreach (var fault in faults) errors.Add(fault with { Path = $"$.data{fault.Path[1..]}" });
    }

    /// <summary>How many steps a message's sending has taken, by its id.</summary>
    public static int StepOf(QueueMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var last = message.MessageId[(message.MessageId.LastIndexOf('.') + 1)..].Split(':')[0]; // A replay or a postponement stands after a colon.
        return int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : 0;
    }
}
