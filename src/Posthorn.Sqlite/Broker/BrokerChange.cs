using Posthorn.Queues;

namespace Posthorn.Sqlite.Broker;

/// <summary>One thing that a client wants done, alone or with others in a transaction.</summary>
public abstract record BrokerChange
{
    private BrokerChange()
    {
    }

    /// <summary>Messages come onto the queue, now or at their due time; those whose id came within the duplicate window are dropped.</summary>
    public sealed record Send(IReadOnlyList<QueueMessage> Messages) : BrokerChange;

    /// <summary>A message under lock is settled.</summary>
    public sealed record Settle(BrokerEntity Entity, LockToken Lock, Settlement How) : BrokerChange;
}

/// <summary>What a receiver makes of a message that it holds.</summary>
public abstract record Settlement
{
    private Settlement()
    {
    }

    /// <summary>All properties that the message has from now on; null leaves those it has.</summary>
    public IReadOnlyDictionary<string, string>? Properties { get; init; }

    /// <summary>It is done, and gone.</summary>
    public sealed record Complete : Settlement;

    /// <summary>It may be received again at once; one that is deferred stays so.</summary>
    public sealed record Abandon : Settlement;

    /// <summary>As <see cref="Abandon"/>, and its delivery does not count: it was not looked at.</summary>
    public sealed record Release : Settlement;

    /// <summary>It waits until it is asked for by its number.</summary>
    public sealed record Defer : Settlement;

    /// <summary>It goes to the dead letters, from where there is no such way.</summary>
    public sealed record DeadLetter(DeadLetterReason Reason, string Description) : Settlement;
}
