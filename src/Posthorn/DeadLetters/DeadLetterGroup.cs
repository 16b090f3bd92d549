using System.Text.Json.Serialization;

namespace Posthorn.DeadLetters;

/// <summary>Dead letters that have something in common, with the field names that scripts rely on; what they are not grouped by is left out.</summary>
public sealed record DeadLetterGroup
{
    /// <summary>Why they are dead.</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP status of their last attempts.</summary>
    public int? Status { get; init; }

    /// <summary>The kind of error of their last attempts.</summary>
    public string? Error { get; init; }

    /// <summary>Where they went: scheme, host and port, or the whole URL.</summary>
    public string? Destination { get; init; }

    /// <summary>Their profile.</summary>
    public string? Profile { get; init; }

    /// <summary>Their event type.</summary>
    public string? Type { get; init; }

    /// <summary>Whose they are.</summary>
    public string? Tenant { get; init; }

    /// <summary>The registered endpoint they were for.</summary>
    public string? EndpointId { get; init; }

    /// <summary>How many.</summary>
    public required long Count { get; init; }

    /// <summary>When the first of them died.</summary>
    public required DateTimeOffset Oldest { get; init; }

    /// <summary>When the last of them died.</summary>
    public required DateTimeOffset Newest { get; init; }
}

/// <summary>Writes groups for scripts.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeadLetterGroup))]
public sealed partial class DeadLetterGroupJson : JsonSerializerContext;
