using Posthorn.Queues;

namespace Posthorn.DeadLetters.Replaying;

/// <summary>How far a replay has come.</summary>
/// <param name="Stage">What it does now.</param>
/// <param name="Run">Its counts.</param>
/// <param name="Remains">What of it has not left the queue, as it was seen a moment ago.</param>
/// <param name="SeenDone">How many were put back at that moment.</param>
public sealed record ReplayProgress(ReplayStage Stage, DeadLetterRun Run, RunRemains Remains, long SeenDone)
{
    /// <summary>How many are delivered; among them the few that a profile's rules dropped.</summary>
    public long Delivered => Math.Max(0, SeenDone - Remains.Waiting - FailedAgain);

    /// <summary>How many have failed again: dead, or waiting for another attempt.</summary>
    public long FailedAgain => Remains.Retrying + Remains.DeadAgain;
}

/// <summary>What a replay does.</summary>
public enum ReplayStage
{
    /// <summary>It waits for the verdicts on the first few.</summary>
    Canary,

    /// <summary>It puts dead letters back.</summary>
    Replaying,

    /// <summary>It waits to see whether too many fail again.</summary>
    Paused,

    /// <summary>All are put back; it waits for verdicts.</summary>
    Watching,

    /// <summary>It is over.</summary>
    Ended,
}
