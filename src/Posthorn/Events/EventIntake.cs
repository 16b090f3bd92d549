using Posthorn.Envelopes;
using Posthorn.Profiles;

namespace Posthorn.Events;

/// <summary>The way in for events: a producer's JSON becomes a message for the queue, or every error found.</summary>
public sealed class EventIntake(ProfileCatalog profiles, IEventValidator validator, TimeProvider clock)
{
    /// <summary>Reads one event, and holds its data against the schema of its type.</summary>
    /// <param name="utf8">Its JSON.</param>
    /// <param name="tenant">The tenant that the producer is confined to; null is none.</param>
    public IntakeResult Read(ReadOnlyMemory<byte> utf8, string? tenant)
    {
        var errors = new List<EnvelopeError>();
        var fields = JsonFields.Read(utf8, "an event", ReadFields, errors);
        if (fields is null) return IntakeResult.Refused(errors);
        if (!TenantScope.Allows(tenant, fields.Tenant, errors)) return IntakeResult.Refused(errors, IntakeRefusal.Forbidden);
        if (Judge(fields with { Tenant = fields.Tenant ?? tenant }, errors) is not { } webhookEvent) return IntakeResult.Refused(errors);
        if (validator.Validate(webhookEvent.Type, webhookEvent.Data) is { Count: > 0 } broken) return IntakeResult.Refused(broken, IntakeRefusal.BreaksSchema);
        return new IntakeResult { Id = webhookEvent.Id, Event = webhookEvent, Message = EventProperties.Write(webhookEvent, FingerprintOf(webhookEvent)) };
    }

    /// <summary>What the producer said, as a digest.</summary>
    public static byte[] FingerprintOf(WebhookEvent webhookEvent)
    {
        ArgumentNullException.ThrowIfNull(webhookEvent);
        return Fingerprint.Of([webhookEvent.Type, webhookEvent.Tenant, webhookEvent.Subject, webhookEvent.Profile, webhookEvent.HasOwnTime ? webhookEvent.Time : null], webhookEvent.Data.Span);
    }

    private WebhookEvent? Judge(Fields fields, List<EnvelopeError> errors)
    {
        var notes = new FieldNotes(errors);
        notes.CheckId("$.id", fields.Id);
        notes.CheckType("$.type", fields.Type);
        if (fields.Type is { } type && OperationalTypes.All.Contains(type)) notes.Add("$.type", $"'{type}' is published by Posthorn alone");
        notes.CheckLabel("$.tenant", fields.Tenant);
        notes.CheckLabel("$.subject", fields.Subject);
        notes.Time("$.time", fields.Time);
        if (fields.Profile is { } profile && !profiles.TryGet(profile, out _)) notes.Add("$.profile", profile, profiles.Names, Queues.DeadLetterReason.UnknownProfile);
        if (fields.Data is null) notes.Add("$.data", "is required: any JSON but null");
        if (errors.Count > 0) return null;

        var now = clock.GetUtcNow();
        return new WebhookEvent
        {
            Id = fields.Id ?? WebhookEvent.NewId(now),
            Type = fields.Type ?? "",
            Tenant = fields.Tenant,
            Subject = fields.Subject,
            Time = fields.Time ?? TemplateValues.Iso(now),
            HasOwnTime = fields.Time is not null,
            Profile = fields.Profile,
            Data = fields.Data.GetValueOrDefault(),
        };
    }

    private static Fields ReadFields(JsonFields fields)
    {
        fields.AcceptOnly("id", "type", "tenant", "subject", "time", "profile", "data");
        return new Fields(fields.Text("id"), fields.Text("type"), fields.Text("tenant"), fields.Text("subject"), fields.Text("time"), fields.Text("profile"), fields.Raw("data"));
    }

    private sealed record Fields(string? Id, string? Type, string? Tenant, string? Subject, string? Time, string? Profile, ReadOnlyMemory<byte>? Data);
}
