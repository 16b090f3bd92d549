namespace Posthorn.Recovery;

/// <summary>One run that sends an endpoint what it missed: its dead letters, and the events of a time in which it got none.</summary>
public sealed record RecoveryRun
{
    /// <summary><c>rec_</c> and 24 lower-case letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>The endpoint.</summary>
    public required string EndpointId { get; init; }

    /// <summary>From when.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Until when.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>The most messages put on the queue a second.</summary>
    public required int Rate { get; init; }

    /// <summary>Where it stands.</summary>
    public required RecoveryState State { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Detail { get; init; }

    /// <summary>How far it has come among the dead letters; null when it is through with them.</summary>
    public long? DeadLetterCursor { get; init; }

    /// <summary>How far it has come among the events.</summary>
    public long EventCursor { get; init; }

    /// <summary>How many dead letters and events it has looked at.</summary>
    public int Examined { get; init; }

    /// <summary>How many dead letters it has put back.</summary>
    public int Replayed { get; init; }

    /// <summary>How many events it has sent that the endpoint never got.</summary>
    public int Sent { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last went on.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Where a recovery stands.</summary>
public enum RecoveryState
{
    /// <summary>It goes on, or waits for a worker that goes on with it.</summary>
    Running,

    /// <summary>It is done.</summary>
    Completed,

    /// <summary>It cannot be done, as the endpoint is gone.</summary>
    Failed,
}
