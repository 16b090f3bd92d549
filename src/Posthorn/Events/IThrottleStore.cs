namespace Posthorn.Events;

/// <summary>
/// Remembers which events went to an endpoint lately, for all processes. Asked again for the same event, as after a crash, it loses
/// none: what was to go out now goes out at the end of its window, and a milestone stays with the event that holds it. Every member may throw <see cref="StoreUnavailableException"/>.
/// </summary>
public interface IThrottleStore
{
    /// <summary>
    /// Decides about one event of a stream of which only the newest goes out in each window. In one atomic step: an event older than
    /// the newest seen is <see cref="ThrottleAnswer.Superseded"/>; else it becomes the newest, and is sent now, which opens a new
    /// window of that length, when no window is open; otherwise it is to ask again when the window ends.
    /// </summary>
    /// <param name="key">The stream: endpoint, type and entity; up to 500 characters.</param>
    /// <param name="rank">Which of two events is the newer.</param>
    /// <param name="window">How long a window is.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    Task<ThrottleAnswer> AdmitAsync(string key, EventRank rank, TimeSpan window, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Claims the milestones that an event is at or past: each goes to the first event that asks. In one atomic step.
    /// </summary>
    /// <param name="key">The stream, as above.</param>
    /// <param name="passed">The milestones at or below the event's progress.</param>
    /// <param name="eventId">The event.</param>
    /// <param name="forgetAt">When the claim may be forgotten.</param>
    /// <param name="cancellationToken">Stops the asking.</param>
    /// <returns>Whether the event holds the claim of at least one of them.</returns>
    Task<bool> ClaimMilestonesAsync(string key, IReadOnlyList<double> passed, string eventId, DateTimeOffset forgetAt, CancellationToken cancellationToken);

    /// <summary>Forgets streams whose window ended, or whose claims may be forgotten, before a time, some at a time.</summary>
    /// <returns>How many rows went; less than <paramref name="max"/> means that there are no more.</returns>
    Task<int> PruneAsync(DateTimeOffset before, int max, CancellationToken cancellationToken);
}

/// <summary>Which of two events is the newer: the later time, then the later acceptance.</summary>
/// <param name="Time">The event's time.</param>
/// <param name="Sequence">The queue's number of the event.</param>
public sealed record EventRank(DateTimeOffset Time, long Sequence);

/// <summary>What becomes of one event of a throttled stream.</summary>
public abstract record ThrottleAnswer
{
    private ThrottleAnswer()
    {
    }

    /// <summary>It goes out now.</summary>
    public sealed record Send : ThrottleAnswer;

    /// <summary>It asks again at the end of the window.</summary>
    /// <param name="Until">When that is.</param>
    public sealed record Hold(DateTimeOffset Until) : ThrottleAnswer;

    /// <summary>A newer one goes out instead.</summary>
    public sealed record Superseded : ThrottleAnswer;
}
