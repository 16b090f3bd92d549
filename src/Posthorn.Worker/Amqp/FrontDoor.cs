using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Access;
using Posthorn.Worker.Amqp.Management;
using Posthorn.Worker.Amqp.Receiving;
using Posthorn.Worker.Amqp.Sending;
using Posthorn.Worker.Amqp.Sessions;
using Posthorn.Worker.Amqp.Transactions;

namespace Posthorn.Worker.Amqp;

/// <summary>
/// What Azure's SDKs attach to, as they know it from Azure Service Bus: <c>$cbs</c> for everybody; the queue and its dead letters
/// for whoever has put a claim there or signed in with the key.
/// </summary>
internal sealed partial class FrontDoor(string queue, SharedAccessKey key, QueueIntake intake, ReceiverParts receivers, SessionBook sessions, ManagementNode management, TimeProvider clock, ILogger<FrontDoor> logger) : IAmqpContainer
{
    private const int ClaimsCredit = 10;
    private const int LargestClaim = 16 * 1024;
    private readonly ClaimsNode _claims = new(key, clock);

    /// <inheritdoc/>
    public ValueTask<SaslCode> AuthenticateAsync(AmqpConnection connection, SaslCredentials credentials, CancellationToken cancellationToken)
    {
        if (credentials.Mechanism.Value != SaslCredentials.Plain) return new(SaslCode.Ok); // Claims follow, or nothing can be attached.
        if (!credentials.TryReadPlain(out var name, out var password) || !key.Is(name, password)) return new(SaslCode.Auth);
        Claims.Of(connection, clock).Add("", DateTimeOffset.MaxValue);
        return new(SaslCode.Ok);
    }

    /// <inheritdoc/>
    public ValueTask<AttachReply> AttachAsync(AttachRequest request, CancellationToken cancellationToken) => Decide(request, cancellationToken);

    /// <inheritdoc/>
    public void OnClosed(AmqpConnection connection, AmqpError? error) => (connection.Tag as Claims)?.Dispose();

    /// <inheritdoc/>
    public void OnFault(AmqpConnection connection, Exception fault) => LogFault(fault);

    private ValueTask<AttachReply> Decide(AttachRequest request, CancellationToken cancellationToken)
    {
        var isForSession = request.PeerRole == Role.Receiver && SessionBook.IsWanted(request);
        return isForSession && EntityAddress.Of(request.Source?.Address) is { IsManagement: false, IsClaims: false } address && RefusalOf(request, address) is null
            ? new(AcceptSessionAsync(request, address, cancellationToken))
            : new(Decide(request));
    }

    private AttachReply Decide(AttachRequest request)
    {
        if (request.Coordinator is not null) return AttachCoordinator(request.Connection);
        var text = request.PeerRole == Role.Sender ? request.Target?.Address : request.Source?.Address;
        var address = EntityAddress.Of(text);
        if (address.IsClaims) return AttachClaims(request, text ?? "");
        var claims = Claims.Of(request.Connection, clock);
        if (RefusalOf(request, address) is { } refusal) return new AttachReply.Refuse(refusal);
        if (address.IsManagement) return new RequestNode(text ?? "", (delivery, _) => management.AnswerAsync(address, delivery)).Attach(request);
        return request.PeerRole == Role.Sender ? AttachSender(address, claims) : AttachReceiver(address, claims);
    }

    private AmqpError? RefusalOf(AttachRequest request, EntityAddress address) =>
        !Claims.Of(request.Connection, clock).Allow(address.Path) ? BrokerError.Unauthorized(address)
        : !string.Equals(address.Queue, queue, StringComparison.OrdinalIgnoreCase) ? BrokerError.NoEntity(address)
        : null;

    /// <summary>Everybody may, so what it takes is small.</summary>
    private AttachReply AttachClaims(AttachRequest request, string address)
    {
        var reply = new RequestNode(address, _claims.AnswerAsync).Attach(request);
        return reply is AttachReply.Receive receive ? receive with { Credit = ClaimsCredit, MaxMessageSize = LargestClaim } : reply;
    }

    private AttachReply AttachSender(EntityAddress address, Claims claims) => address.IsDeadLetters
        ? new AttachReply.Refuse(new AmqpError(ErrorCondition.NotAllowed, "Nothing can be sent to dead letters."))
        : new AttachReply.Receive(new SenderLink(intake, receivers.Transactions, claims, address.Path, receivers.Broker.Clock))
        {
            Credit = SenderLink.Credit,
            ReceiverSettleMode = ReceiverSettleMode.First, // The SDK for Python asks for the other, and then does not do its part.
        };

    private AttachReply.Send AttachReceiver(EntityAddress address, Claims claims) =>
        new(new ReceiverLink(receivers, address.IsDeadLetters ? BrokerEntity.DeadLetters : BrokerEntity.Queue, session: null, claims, address.Path));

    /// <summary>What is done by it was allowed where it was sent or received; who has no claim has no use for it.</summary>
    private AttachReply AttachCoordinator(AmqpConnection connection) => Claims.Of(connection, clock).AllowAnything()
        ? new AttachReply.Coordinate(new TransactionCoordinator(receivers.Transactions, receivers.Settler, connection))
        : new AttachReply.Refuse(new AmqpError(ErrorCondition.UnauthorizedAccess, "Unauthorized access to transactions: no valid claim was put on $cbs."));

    private async Task<AttachReply> AcceptSessionAsync(AttachRequest request, EntityAddress address, CancellationToken cancellationToken)
    {
        if (address.IsDeadLetters) return new AttachReply.Refuse(new AmqpError(ErrorCondition.NotAllowed, "Dead letters have no sessions: a sessionful message receiver cannot be created on them."));
        var (session, refusal) = await sessions.AcceptAsync(request, cancellationToken);
        if (session is null) return new AttachReply.Refuse(refusal ?? BrokerError.Internal());
        var link = new ReceiverLink(receivers, BrokerEntity.Queue, session, Claims.Of(request.Connection, clock), address.Path);
        return SessionBook.Described(new AttachReply.Send(link), request, session);
    }

    [LoggerMessage(95, LogLevel.Critical, "A call of the AMQP front door crashed", EventName = "AmqpCrashed")]
    private partial void LogFault(Exception fault);
}
