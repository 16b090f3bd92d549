namespace Posthorn.DeadLetters;

/// <summary>One run of an operator's over dead letters: what was asked for, how far it has come, and what came of it.</summary>
public sealed record DeadLetterRun
{
    /// <summary><c>run_</c> and 12 lower-case letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>What it does.</summary>
    public required RunKind Kind { get; init; }

    /// <summary>Where it stands, as it was last saved: a run whose process was killed still says that it is running.</summary>
    public required RunState State { get; init; }

    /// <summary>Why it is not complete, in one line.</summary>
    public string? Detail { get; init; }

    /// <summary>Who asked for it, as <c>user@host</c> unless they named themselves.</summary>
    public required string Operator { get; init; }

    /// <summary>The filter as JSON, see <see cref="DeadLetterFilter"/>.</summary>
    public required string Filter { get; init; }

    /// <summary>What else was asked for, as JSON; it holds no secret in clear.</summary>
    public required string Options { get; init; }

    /// <summary>How many dead letters matched when it began.</summary>
    public long Matched { get; init; }

    /// <summary>How many it has put back, or deleted.</summary>
    public long Done { get; init; }

    /// <summary>How many of those that matched it left where they are: gone before their turn, or not fit for it.</summary>
    public long Skipped { get; init; }

    /// <summary>How many could not be put back or deleted.</summary>
    public long Failed { get; init; }

    /// <summary>The last sequence number it looks at: what died after it began is not its own.</summary>
    public required long LastSequence { get; init; }

    /// <summary>The next sequence number it looks at.</summary>
    public long Cursor { get; init; }

    /// <summary>What it is about to put back: those of them that are gone after a crash are done.</summary>
    public IReadOnlyList<long> Intent { get; init; } = [];

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it was last saved.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Which process works on it: nobody else may save it. See <see cref="IDeadLetterRunStore.TakeOverAsync"/>.</summary>
    public required string Owner { get; init; }
}

/// <summary>What a run does.</summary>
public enum RunKind
{
    /// <summary>Puts dead letters back on the queue.</summary>
    Replay,

    /// <summary>Deletes them.</summary>
    Purge,
}

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>It goes on.</summary>
    Running,

    /// <summary>It was interrupted, and can be resumed.</summary>
    Interrupted,

    /// <summary>It is done.</summary>
    Completed,

    /// <summary>It stopped itself, as what it put back failed again; it can be resumed.</summary>
    Stopped,
}
