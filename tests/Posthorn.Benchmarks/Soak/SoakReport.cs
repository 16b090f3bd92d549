using System.Text.Json.Serialization;

namespace Posthorn.Benchmarks.Soak;

/// <summary>The counts of a soak: <c>accepted = delivered + dead + pending + lost</c>.</summary>
internal sealed record SoakReport
{
    public required int Accepted { get; init; }

    public required int Delivered { get; init; }

    public required int Dead { get; init; }

    public required int Pending { get; init; }

    public required int Lost { get; init; }

    /// <summary>Successful deliveries beyond the first of an id.</summary>
    public required int Duplicates { get; init; }

    /// <summary>Requests that came to the receivers, whatever they were answered.</summary>
    public required int Requests { get; init; }

    /// <summary>Ids that arrived or died and were never sent.</summary>
    public required int Strange { get; init; }

    /// <summary>Requests whose body is not what was sent.</summary>
    public required int Altered { get; init; }

    /// <summary>Requests without the right signature.</summary>
    public required int BadSignatures { get; init; }

    /// <summary>Times the worker died without a warning, by kill -9 or at a fail point.</summary>
    public int Kills { get; init; }

    /// <summary>Those of them that were at a fail point.</summary>
    public int AtFailPoints { get; init; }

    /// <summary>Times the worker got SIGTERM.</summary>
    public int Terminations { get; init; }

    public int Seed { get; init; }

    public int Seconds { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(SoakReport))]
internal sealed partial class SoakJson : JsonSerializerContext;
