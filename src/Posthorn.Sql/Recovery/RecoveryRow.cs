using Posthorn.Recovery;

namespace Posthorn.Sql.Recovery;

/// <summary>A row of <c>recoveries</c>.</summary>
internal sealed record RecoveryRow
{
    public required string Id { get; init; }

    public required string EndpointId { get; init; }

    public required long Since { get; init; }

    public required long Until { get; init; }

    public required long Rate { get; init; }

    public required string State { get; init; }

    public string? Detail { get; init; }

    public long? DeadLetterCursor { get; init; }

    public required long EventCursor { get; init; }

    public required long Examined { get; init; }

    public required long Replayed { get; init; }

    public required long Sent { get; init; }

    public required long CreatedAt { get; init; }

    public required long UpdatedAt { get; init; }

    /// <summary>Who saves it.</summary>
    public string? Owner { get; init; }

    /// <summary>Until when the owner holds it.</summary>
    public long? OwnedUntil { get; init; }

    public static RecoveryRow Of(RecoveryRun run) => new()
    {
        Id = run.Id,
        EndpointId = run.EndpointId,
        Since = SqlTime.Of(run.Since),
        Until = SqlTime.Of(run.Until),
        Rate = run.Rate,
        State = SqlName<RecoveryState>.Of(run.State),
        Detail = run.Detail,
        DeadLetterCursor = run.DeadLetterCursor,
        EventCursor = run.EventCursor,
        Examined = run.Examined,
        Replayed = run.Replayed,
        Sent = run.Sent,
        CreatedAt = SqlTime.Of(run.CreatedAt),
        UpdatedAt = SqlTime.Of(run.UpdatedAt),
    };

    public RecoveryRun ToRun() => new()
    {
        Id = Id,
        EndpointId = EndpointId,
        Since = SqlTime.Read(Since),
        Until = SqlTime.Read(Until),
        Rate = (int)Rate,
        State = SqlName<RecoveryState>.Read(State),
        Detail = Detail,
        DeadLetterCursor = DeadLetterCursor,
        EventCursor = EventCursor,
        Examined = (int)Examined,
        Replayed = (int)Replayed,
        Sent = (int)Sent,
        CreatedAt = SqlTime.Read(CreatedAt),
        UpdatedAt = SqlTime.Read(UpdatedAt),
    };
}
