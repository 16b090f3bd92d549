using System.Buffers;
using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Signing;

namespace Posthorn.Client;

/// <summary>Writes what the API reads: snake_case, without what is null. This is the one place where secrets are written in clear.</summary>
internal static class ProducerJson
{
    public static ReadOnlyMemory<byte> Of(NotificationEnvelope envelope, string id) => Write(writer => Add(writer, envelope, id));

    public static ReadOnlyMemory<byte> Of(WebhookEvent webhookEvent, string id) => Write(writer => Add(writer, webhookEvent, id));

    public static ReadOnlyMemory<byte> Of(IReadOnlyList<NotificationEnvelope> envelopes, IReadOnlyList<string> ids) => WriteArray(envelopes, ids, Add);

    public static ReadOnlyMemory<byte> Of(IReadOnlyList<WebhookEvent> webhookEvents, IReadOnlyList<string> ids) => WriteArray(webhookEvents, ids, Add);

    private static ReadOnlyMemory<byte> WriteArray<T>(IReadOnlyList<T> items, IReadOnlyList<string> ids, Action<Utf8JsonWriter, T, string> add) => Write(writer =>
    {
        writer.WriteStartArray();
        for (var i = 0; i < items.Count; i++) add(writer, items[i], ids[i]);
        writer.WriteEndArray();
    });

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        return buffer.WrittenMemory;
    }

    private static void Add(Utf8JsonWriter writer, NotificationEnvelope envelope, string id)
    {
        writer.WriteStartObject();
        Text(writer, "id", id);
        Text(writer, "type", envelope.Type);
        Text(writer, "profile", envelope.Profile);
        Text(writer, "tenant", envelope.Tenant);
        Text(writer, "subject", envelope.Subject);
        Time(writer, "time", envelope.Time);
        Time(writer, "deliver_after", envelope.DeliverAfter);
        Time(writer, "expires_at", envelope.ExpiresAt);
        Text(writer, "ordering_key", envelope.OrderingKey);
        Add(writer, envelope.Destination);
        Text(writer, "content_type", envelope.ContentType);
        Data(writer, envelope.Data);
        if (envelope.Binary is { } binary) writer.WriteBase64String("data_base64", binary.Span);
        writer.WriteEndObject();
    }

    private static void Add(Utf8JsonWriter writer, NotificationDestination destination)
    {
        writer.WriteStartObject("destination");
        Text(writer, "url", destination.Url.OriginalString);
        Secret(writer, "secret", destination.Secret);
        Text(writer, "secret_ref", destination.SecretRef);
        Secret(writer, "bearer_token", destination.BearerToken);
        Text(writer, "bearer_token_ref", destination.BearerTokenRef);
        if (destination.Headers is { } headers)
        {
            writer.WriteStartObject("headers");
            foreach (var (name, value) in headers) writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void Add(Utf8JsonWriter writer, WebhookEvent webhookEvent, string id)
    {
        writer.WriteStartObject();
        Text(writer, "id", id);
        Text(writer, "type", webhookEvent.Type);
        Text(writer, "tenant", webhookEvent.Tenant);
        Text(writer, "subject", webhookEvent.Subject);
        Time(writer, "time", webhookEvent.Time);
        Text(writer, "profile", webhookEvent.Profile);
        Data(writer, webhookEvent.Data);
        writer.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null) writer.WriteString(name, value);
    }

    private static void Time(Utf8JsonWriter writer, string name, DateTimeOffset? value) => Text(writer, name, value is { } time ? Rfc3339.Format(time) : null);

    private static void Secret(Utf8JsonWriter writer, string name, SigningSecret? value) => Text(writer, name, value?.Reveal());

    private static void Data(Utf8JsonWriter writer, JsonData? value)
    {
        if (value is null) return;
        writer.WritePropertyName("data");
        writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }
}

/// <summary>Ids for what brings none: UUIDv7, as the worker makes them.</summary>
internal static class NewId
{
    public static string At(TimeProvider clock) => Guid.CreateVersion7(clock.GetUtcNow()).ToString();

    public static IReadOnlyList<string> Each<T>(IReadOnlyList<T> items, Func<T, string?> idOf, TimeProvider clock) => [.. items.Select(item => idOf(item) ?? At(clock))];
}
