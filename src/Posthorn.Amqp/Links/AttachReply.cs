using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Links;

/// <summary>What a host answers to an attach. What it leaves null is answered as the peer asked.</summary>
public abstract record AttachReply
{
    private AttachReply()
    {
    }

    /// <summary>The source that is used.</summary>
    public Source? Source { get; init; }

    /// <summary>The target that is used.</summary>
    public Target? Target { get; init; }

    /// <summary>The link's properties.</summary>
    public AmqpMap? Properties { get; init; }

    /// <summary>What we can do.</summary>
    public IReadOnlyList<Symbol> OfferedCapabilities { get; init; } = [];

    /// <summary>The peer may send.</summary>
    public sealed record Receive(IReceivingLinkHandler Handler) : AttachReply
    {
        /// <summary>How many messages may be on their way or in the handler's hands. 100.</summary>
        public int Credit { get; init; } = 100;

        /// <summary>Which end settles first (AMQP 1.0 §2.8.3); null for what the peer asked.</summary>
        public ReceiverSettleMode? ReceiverSettleMode { get; init; }

        /// <summary>The largest message, in bytes; 0 for <see cref="AmqpLimits.MaxMessageSize"/>, above which it cannot be.</summary>
        public int MaxMessageSize { get; init; }
    }

    /// <summary>The peer may receive.</summary>
    public sealed record Send(ISendingLinkHandler Handler) : AttachReply;

    /// <summary>The peer may begin and end transactions.</summary>
    public sealed record Coordinate(ITransactionCoordinator Coordinator) : AttachReply;

    /// <summary>The link is refused: attached without a terminus and detached at once (AMQP 1.0 §2.6.3).</summary>
    public sealed record Refuse(AmqpError Error) : AttachReply;
}
