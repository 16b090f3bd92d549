using System.Buffers;
using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;

namespace Posthorn.History;

/// <summary>Makes of accepted events the entries of the status API: one for each event whose profile follows an entity.</summary>
public sealed class StatusProjection(ProfileCatalog profiles)
{
    private const int MaxData = 64 * 1024;
    private const int MaxField = 2 * 1024;

    /// <summary>The entry of an event; null when nothing follows what it is about.</summary>
    public StatusEntry? Of(WebhookEvent accepted, DateTimeOffset acceptedAt)
    {
        ArgumentNullException.ThrowIfNull(accepted);
        if (accepted.IsOperational) return null;
        var profile = accepted.Profile is { } name && profiles.TryGet(name, out var named) ? named : profiles.FamilyOf([accepted.Type]);
        if (profile is null || EventData.Entity(profile, accepted.Data) is not { } entity) return null;
        return new StatusEntry
        {
            Entity = entity,
            Tenant = accepted.Tenant,
            EventId = accepted.Id,
            Type = accepted.Type,
            Profile = profile.Name,
            Time = Rfc3339.TryParse(accepted.Time, out var time) ? time : acceptedAt,
            AcceptedAt = acceptedAt,
            Data = Bounded(accepted.Data),
        };
    }

    /// <summary>The data if it is small; else an object of its small top-level fields.</summary>
    private static ReadOnlyMemory<byte> Bounded(ReadOnlyMemory<byte> data)
    {
        if (data.Length <= MaxData) return data;
        using var document = JsonDocument.Parse(data);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var field in document.RootElement.EnumerateObject().Where(field => field.Value.GetRawText().Length <= MaxField).Take(MaxData / MaxField)) field.WriteTo(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }
}
