using Posthorn.Endpoints;

namespace Posthorn.Sql.Endpoints;

/// <summary>A row of <c>event_types</c>.</summary>
internal sealed record EventTypeRow
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? Schema { get; init; }

    public required long UpdatedAt { get; init; }

    public static EventTypeRow Of(EventType eventType) => new()
    {
        Name = eventType.Name,
        Description = eventType.Description,
        Schema = eventType.Schema,
        UpdatedAt = SqlTime.Of(eventType.UpdatedAt),
    };

    public EventType ToEventType() => new() { Name = Name, Description = Description, Schema = Schema, UpdatedAt = SqlTime.Read(UpdatedAt) };
}
