using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.DeadLetters;

namespace Posthorn.Sql.DeadLetters;

/// <summary>A row of <c>dead_letter_runs</c>.</summary>
internal sealed record DeadLetterRunRow
{
    public required string Id { get; init; }

    public required string Kind { get; init; }

    public required string State { get; init; }

    public string? Detail { get; init; }

    public required string Operator { get; init; }

    public required string Filter { get; init; }

    public required string Options { get; init; }

    public required long Matched { get; init; }

    public required long Done { get; init; }

    public required long Skipped { get; init; }

    public required long Failed { get; init; }

    public required long LastSequence { get; init; }

    public required long Cursor { get; init; }

    public required string Intent { get; init; }

    public required long StartedAt { get; init; }

    public required long UpdatedAt { get; init; }

    public required string Owner { get; init; }

    public static DeadLetterRunRow Of(DeadLetterRun run) => new()
    {
        Id = run.Id,
        Kind = SqlName<RunKind>.Of(run.Kind),
        State = SqlName<RunState>.Of(run.State),
        Detail = run.Detail,
        Operator = run.Operator,
        Filter = run.Filter,
        Options = run.Options,
        Matched = run.Matched,
        Done = run.Done,
        Skipped = run.Skipped,
        Failed = run.Failed,
        LastSequence = run.LastSequence,
        Cursor = run.Cursor,
        Intent = JsonSerializer.Serialize(run.Intent, NumbersContext.Default.IReadOnlyListInt64),
        StartedAt = SqlTime.Of(run.StartedAt),
        UpdatedAt = SqlTime.Of(run.UpdatedAt),
        Owner = run.Owner,
    };

    public DeadLetterRun ToRun() => new()
    {
        Id = Id,
        Kind = SqlName<RunKind>.Read(Kind),
        State = SqlName<RunState>.Read(State),
        Detail = Detail,
        Operator = Operator,
        Filter = Filter,
        Options = Options,
        Matched = Matched,
        Done = Done,
        Skipped = Skipped,
        Failed = Failed,
        LastSequence = LastSequence,
        Cursor = Cursor,
        Intent = JsonSerializer.Deserialize(Intent, NumbersContext.Default.IReadOnlyListInt64) ?? [],
        StartedAt = SqlTime.Read(StartedAt),
        UpdatedAt = SqlTime.Read(UpdatedAt),
        Owner = Owner,
    };
}

[JsonSerializable(typeof(IReadOnlyList<long>))]
internal sealed partial class NumbersContext : JsonSerializerContext;
