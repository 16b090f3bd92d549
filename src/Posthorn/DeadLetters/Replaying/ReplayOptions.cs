using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Queues;

namespace Posthorn.DeadLetters.Replaying;

/// <summary>How dead letters are put back. Kept with the run, so that it goes on in the same way.</summary>
public sealed record ReplayOptions
{
    /// <summary>The most put back a second. Default: as many as there can be.</summary>
    public double? Rate { get; init; }

    /// <summary>The most put back in all. Default: all that match.</summary>
    public long? Limit { get; init; }

    /// <summary>Where they go instead of their own destinations.</summary>
    public Elsewhere? To { get; init; }

    /// <summary>Whether each gets a fresh deadline, as its profile gives to what is accepted now.</summary>
    public bool ResetExpiry { get; init; }

    /// <summary>How many are put back first, and must not fail again before the others follow. Default: none.</summary>
    public int Canary { get; init; }

    /// <summary>How long their verdicts are waited for. Default: 1 min.</summary>
    public TimeSpan CanaryWait { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The run stops when more than this share of what it put back failed again, from 0 to 1; null never. Default: 0.2.</summary>
    public double? StopAt { get; init; } = 0.2;

    /// <summary>How long verdicts are waited for when all are put back. Default: not at all.</summary>
    [JsonIgnore]
    public TimeSpan Wait { get; init; }

    /// <summary>What is sent in place of the one dead letter that is replayed. It is not kept: such a run is one step.</summary>
    [JsonIgnore]
    public QueueMessage? Instead { get; init; }

    /// <summary>As it is kept.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ReplayOptionsJson.Default.ReplayOptions);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    public static ReplayOptions FromJson(string json) => JsonSerializer.Deserialize(json, ReplayOptionsJson.Default.ReplayOptions) ?? new ReplayOptions();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(ReplayOptions))]
internal sealed partial class ReplayOptionsJson : JsonSerializerContext;
