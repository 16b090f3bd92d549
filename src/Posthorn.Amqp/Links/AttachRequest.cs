using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Sessions;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Links;

/// <summary>What a peer asks for with an attach (AMQP 1.0 §2.6.3).</summary>
public sealed class AttachRequest
{
    private readonly Attach _attach;

    internal AttachRequest(AmqpSession session, Attach attach) => (Session, _attach) = (session, attach);

    /// <summary>The connection.</summary>
    public AmqpConnection Connection => Session.Connection;

    /// <summary>The session.</summary>
    public AmqpSession Session { get; }

    /// <summary>The link's name.</summary>
    public string Name => _attach.Name;

    /// <summary>Which end the peer is: a <see cref="Role.Sender"/> is answered with <see cref="AttachReply.Receive"/>.</summary>
    public Role PeerRole => _attach.Role;

    /// <summary>Where the messages come from.</summary>
    public Source? Source => _attach.Source;

    /// <summary>Where the messages go; null for a coordinator.</summary>
    public Target? Target => _attach.Target;

    /// <summary>The coordinator asked for (§4.5.1); null when the target is an ordinary one.</summary>
    public Coordinator? Coordinator => _attach.Coordinator;

    /// <summary>Whether messages are to be sent settled.</summary>
    public SenderSettleMode SenderSettleMode => _attach.SenderSettleMode;

    /// <summary>Which end settles first.</summary>
    public ReceiverSettleMode ReceiverSettleMode => _attach.ReceiverSettleMode;

    /// <summary>The largest message the peer takes, in bytes; 0 for no limit.</summary>
    public ulong MaxMessageSize => _attach.MaxMessageSize;

    /// <summary>What the peer would like to use.</summary>
    public IReadOnlyList<Symbol> DesiredCapabilities => _attach.DesiredCapabilities;

    /// <summary>What the peer can do.</summary>
    public IReadOnlyList<Symbol> OfferedCapabilities => _attach.OfferedCapabilities;

    /// <summary>The link's properties; null when there are none.</summary>
    public AmqpMap? Properties => _attach.Properties;
}
