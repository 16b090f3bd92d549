namespace Posthorn.Benchmarks.Drain;

/// <summary>How much is drained.</summary>
internal sealed record DrainOptions
{
    /// <summary>Messages of one backlog.</summary>
    public int Messages { get; init; } = 100_000;

    /// <summary>The bytes of a body.</summary>
    public int Payload { get; init; } = 1024;

    /// <summary>Destinations, each a host of its own, that the messages are for in turn.</summary>
    public int Destinations { get; init; } = 1;

    /// <summary>The most requests that the worker has in flight to one destination; null leaves its own default, or what <see cref="IsTuned"/> says.</summary>
    public int? PerDestination { get; init; }

    /// <summary>Whether the bare loop finds out first how many in flight it does best with, which the worker may then have, too.</summary>
    public bool IsTuned { get; init; }

    /// <summary>Backlogs that are drained before it counts.</summary>
    public int WarmUps { get; init; } = 3;

    /// <summary>The most messages of one of them. The runtime still compiles the worker anew, with what it has learnt of it, until some 100,000 have gone through.</summary>
    public int WarmUp { get; init; } = 40_000;

    /// <summary>Rounds, each with a backlog and with the bare loop.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Whether the receiver closes the connection after each answer.</summary>
    public bool IsClosing { get; init; }

    /// <summary>Whether the processor's time is sampled, which costs some of it.</summary>
    public bool IsProfiled { get; init; }

    /// <summary>Just enough to see that it works.</summary>
    public DrainOptions Quick() => this with { Messages = Math.Min(Messages, 5000), WarmUps = 1, WarmUp = 1000, Rounds = 1 };
}
