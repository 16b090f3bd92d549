using System.Text.Json.Serialization;
using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.DeadLetters;

/// <summary>A run as scripts see it.</summary>
internal sealed record RunLine
{
    /// <summary>Its id; null when nothing was to be done, and there is no run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required string? Run { get; init; }

    public required long Matched { get; init; }

    /// <summary>How many were put back; not of a purge.</summary>
    public long? Replayed { get; init; }

    /// <summary>How many were deleted; of a purge only.</summary>
    public long? Purged { get; init; }

    public required long Skipped { get; init; }

    public required long Failed { get; init; }

    /// <summary>Of those put back: delivered, or dropped by their profile's rules.</summary>
    public long? Delivered { get; init; }

    /// <summary>Of those put back: dead again, or waiting for another attempt.</summary>
    public long? FailedAgain { get; init; }

    /// <summary>Of those put back: on the queue, and not tried yet.</summary>
    public long? Waiting { get; init; }

    /// <summary><c>running</c>, <c>interrupted</c>, <c>completed</c> or <c>stopped</c>; or <c>dry_run</c>.</summary>
    public required string Status { get; init; }

    /// <summary><c>replay</c> or <c>purge</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Why it is not completed.</summary>
    public string? Detail { get; init; }

    public string? Operator { get; init; }

    /// <summary>The filter, as it would be written on a command line.</summary>
    public string? Filter { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>Where the export is that a purge wrote.</summary>
    public string? Export { get; init; }

    /// <summary>A run, with what of it has not left the queue.</summary>
    public static RunLine Of(DeadLetterRun run, RunRemains? remains, DateTimeOffset now)
    {
        var isReplay = run.Kind == RunKind.Replay;
        var again = remains is null ? (long?)null : remains.Retrying + remains.DeadAgain;
        return new RunLine
        {
            Run = run.Id,
            Kind = Names.Of(run.Kind),
            Status = Names.Of(RunOwner.StateOf(run, now)),
            Detail = run.Detail,
            StartedAt = run.StartedAt,
            UpdatedAt = run.UpdatedAt,
            Operator = run.Operator,
            Filter = DeadLetterFilter.FromJson(run.Filter).ToString(),
            Matched = run.Matched,
            Replayed = isReplay ? run.Done : null,
            Purged = isReplay ? null : run.Done,
            Skipped = run.Skipped,
            Failed = run.Failed,
            Waiting = remains?.Waiting,
            FailedAgain = again,
            Delivered = remains is null ? null : Math.Max(0, run.Done - remains.Waiting - (again ?? 0)),
        };
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RunLine))]
internal sealed partial class RunJson : JsonSerializerContext;
