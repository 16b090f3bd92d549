using Posthorn.Queues;

namespace Posthorn.DeadLetters.Replaying;

/// <summary>Watches what becomes of what a run puts back, from when it began or was resumed.</summary>
internal sealed class ReplayWatch(IDeadLetterQueue letters, string run, ReplayOptions options, TimeProvider clock)
{
    /// <summary>So many verdicts are needed before a share of them says something.</summary>
    private const int Telling = 20;

    private const int Rest = 10; // Of so many parts of the time, one may go into looking.
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);
    private long _failedBefore;
    private long _doneBefore;
    private TimeSpan _took;
    private long _lookedAt = long.MinValue / 2;

    /// <summary>What has not left the queue, as it was seen last.</summary>
    public RunRemains Remains { get; private set; } = new(0, 0, 0);

    /// <summary>How many were put back when that was seen.</summary>
    public long Done { get; private set; }

    /// <summary>Whether all has a verdict; what waited before it began, too, as it is not to be told apart.</summary>
    public bool IsSettled => Remains.Waiting == 0;

    /// <summary>How many more have failed than when it began.</summary>
    public long Failing => Failed - _failedBefore;

    private long Failed => Remains.Retrying + Remains.DeadAgain;

    /// <summary>Begins: what has failed by now is an earlier leg's.</summary>
    /// <param name="done">How many the run has put back by now, as in all that follows.</param>
    /// <param name="cancellationToken">Stops the looking.</param>
    public async Task BeginAsync(long done, CancellationToken cancellationToken)
    {
        await LookAsync(done, cancellationToken);
        (_failedBefore, _doneBefore, _lookedAt) = (Failed, done, long.MinValue / 2); // Of what is put back now nothing was seen yet.
    }

    /// <summary>Looks now.</summary>
    public async Task LookAsync(long done, CancellationToken cancellationToken)
    {
        Done = done;
        var started = clock.GetTimestamp();
        Remains = await letters.FollowAsync(run, cancellationToken);
        _failedBefore = Math.Min(_failedBefore, Failed); // An earlier failure that is delivered now outweighs no new one.
        _lookedAt = clock.GetTimestamp();
        _took = clock.GetElapsedTime(started, _lookedAt);
    }

    /// <summary>Looks, unless it has just looked.</summary>
    public ValueTask GlanceAsync(long done, CancellationToken cancellationToken) =>
        clock.GetElapsedTime(_lookedAt) is var since && (since < Every || since < Rest * _took) ? ValueTask.CompletedTask : new ValueTask(LookAsync(done, cancellationToken));

    /// <summary>Waits a little, and looks again.</summary>
    public async Task WaitAsync(long done, CancellationToken cancellationToken)
    {
        await Task.Delay(Every, clock, cancellationToken);
        await LookAsync(done, cancellationToken);
    }

    /// <summary>Whether too many of those put back since have failed again.</summary>
    public bool IsTooMuch => options.StopAt is { } share && Done - _doneBefore - Remains.Waiting is var verdicts && verdicts >= Telling && Failing > share * verdicts;
}
