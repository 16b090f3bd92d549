using System.Text.Json;

namespace Posthorn.Worker.Api.Answers;

/// <summary>An event type that is known by name.</summary>
public sealed record EventTypeAnswer
{
    /// <summary>The type's name.</summary>
    public required string Name { get; init; }

    /// <summary>What it tells.</summary>
    public string? Description { get; init; }

    /// <summary>The JSON Schema of its data; absent takes any data.</summary>
    public JsonElement? Schema { get; init; }

    /// <summary>Whether it comes with the product.</summary>
    public required bool BuiltIn { get; init; }

    /// <summary>When it was registered or last changed; absent of a built-in one.</summary>
    public string? UpdatedAt { get; init; }
}

/// <summary>All event types that are known by name.</summary>
/// <param name="EventTypes">The types, by name.</param>
public sealed record EventTypesAnswer(IReadOnlyList<EventTypeAnswer> EventTypes);
