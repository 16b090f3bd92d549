namespace Posthorn.Worker.Api.Answers;

/// <summary>What one worker has done since it started, and has at hand.</summary>
public sealed record StatsAnswer
{
    /// <summary>Deliveries that arrived.</summary>
    public required long Delivered { get; init; }

    /// <summary>Attempts that failed and are made again.</summary>
    public required long Retried { get; init; }

    /// <summary>Messages that were dead-lettered.</summary>
    public required long DeadLettered { get; init; }

    /// <summary>Deliveries that were dropped.</summary>
    public required long Dropped { get; init; }

    /// <summary>The median duration of the last attempts, in milliseconds.</summary>
    public double? P50Ms { get; init; }

    /// <summary>The 99th percentile of it.</summary>
    public double? P99Ms { get; init; }

    /// <summary>Messages that are leased.</summary>
    public required int InFlight { get; init; }

    /// <summary>Destinations that are remembered.</summary>
    public required int Lanes { get; init; }

    /// <summary>Those of them whose circuit is open.</summary>
    public required int OpenCircuits { get; init; }

    /// <summary>Dead letters by reason.</summary>
    public required IReadOnlyDictionary<string, long> DeadLetters { get; init; }

    /// <summary>Destinations whose last request met trouble; those with an open circuit first.</summary>
    public required IReadOnlyList<TroubleAnswer> Trouble { get; init; }
}

/// <summary>A destination in trouble.</summary>
/// <param name="Lane">The endpoint's id, or scheme, host and port.</param>
/// <param name="Cause">What its last request met.</param>
/// <param name="CircuitOpen">Whether its mail waits.</param>
public sealed record TroubleAnswer(string Lane, string Cause, bool CircuitOpen);
