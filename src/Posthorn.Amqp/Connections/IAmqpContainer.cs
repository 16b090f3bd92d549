using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Connections;

/// <summary>
/// What holds the nodes that peers attach to (AMQP 1.0 §2.1): the program behind this protocol. The calls of one connection come in
/// order and never two at once; they must not block, and what takes time returns a task, which is not waited for by the others.
/// </summary>
public interface IAmqpContainer
{
    /// <summary>Says whether a peer is who it says (§5.3). Called once a connection, when SASL is spoken.</summary>
    ValueTask<SaslCode> AuthenticateAsync(AmqpConnection connection, SaslCredentials credentials, CancellationToken cancellationToken);

    /// <summary>A connection was opened; an error refuses it (§2.4.3).</summary>
    AmqpError? OnOpened(AmqpConnection connection) => null;

    /// <summary>Decides on an attach.</summary>
    /// <param name="request">What the peer asks for.</param>
    /// <param name="cancellationToken">Ends when the peer gave up.</param>
    ValueTask<AttachReply> AttachAsync(AttachRequest request, CancellationToken cancellationToken);

    /// <summary>A connection is gone, and every link of it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="error">What ended it; null when nothing was wrong.</param>
    void OnClosed(AmqpConnection connection, AmqpError? error)
    {
    }

    /// <summary>A callback threw. The link or the connection was ended with <c>amqp:internal-error</c>.</summary>
    void OnFault(AmqpConnection connection, Exception fault)
    {
    }
}
