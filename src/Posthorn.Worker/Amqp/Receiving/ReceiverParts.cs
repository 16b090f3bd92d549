using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Transactions;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>What all links of receivers share.</summary>
internal sealed partial class ReceiverParts(SqliteBroker broker, string queue, Settler settler, TransactionBook transactions, TimeProvider clock, ILogger<ReceiverParts> logger)
{
    /// <summary>What messages are received from.</summary>
    public SqliteBroker Broker { get; } = broker;

    /// <summary>The queue's name.</summary>
    public string Queue { get; } = queue;

    /// <summary>What settles them.</summary>
    public Settler Settler { get; } = settler;

    /// <summary>The transactions that are open.</summary>
    public TransactionBook Transactions { get; } = transactions;

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; } = clock;

    /// <summary>Notes that the queue is away.</summary>
    [LoggerMessage(93, LogLevel.Error, "No messages can be given out over AMQP: {Cause}", EventName = "AmqpNotGivenOut")]
    public partial void LogUnavailable(string cause);

    /// <summary>Notes a fault of ours.</summary>
    [LoggerMessage(94, LogLevel.Critical, "A receiver's link crashed; it was ended", EventName = "AmqpReceiverCrashed")]
    public partial void LogCrashed(Exception bug);
}
