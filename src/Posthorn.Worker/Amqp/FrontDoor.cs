using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Access;
using Posthorn.Worker.Amqp.Management;
using Posthorn.Worker.Amqp.Receiving;
using Posthorn.Worker.Amqp.Sending;

namespace Posthorn.Worker.Amqp;

/// <summary>
/// What Azure's SDKs attach to, as they know it from Azure Service Bus: <c>$cbs</c> for everybody; the queue and its dead letters
/// for whoever has put a claim there or signed in with the key.
/// </summary>
internal sealed partial class FrontDoor(string queue, SharedAccessKey key, QueueIntake intake, ReceiverParts receivers, ManagementNode management, TimeProvider clock, ILogger<FrontDoor> logger) : IAmqpContainer
{
    private const int ClaimsCredit = 10;
    private const int LargestClaim = 16 * 1024;
    private static readonly Symbol SessionFilter = "com.microsoft:session-filter";
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
    public ValueTask<AttachReply> AttachAsync(AttachRequest request, CancellationToken cancellationToken) => new(Decide(request));

    /// <inheritdoc/>
    public void OnClosed(AmqpConnection connection, AmqpError? error) => (connection.Tag as Claims)?.Dispose();

    /// <inheritdoc/>
    public void OnFault(AmqpConnection connection, Exception fault) => LogFault(fault);

    private AttachReply Decide(AttachRequest request)
    {
        if (request.Coordinator is not null) return new AttachReply.Refuse(BrokerError.NotImplemented("Transactions are"));
        var text = request.PeerRole == Role.Sender ? request.Target?.Address : request.Source?.Address;
        var address = EntityAddress.Of(text);
        if (address.IsClaims) return AttachClaims(request, text ?? "");
        var claims = Claims.Of(request.Connection, clock);
        if (!claims.Allow(address.Path)) return new AttachReply.Refuse(BrokerError.Unauthorized(address));
        if (!string.Equals(address.Queue, queue, StringComparison.OrdinalIgnoreCase)) return new AttachReply.Refuse(BrokerError.NoEntity(address));
        if (address.IsManagement) return new RequestNode(text ?? "", (delivery, _) => management.AnswerAsync(address, delivery)).Attach(request);
        return request.PeerRole == Role.Sender ? AttachSender(address, claims) : AttachReceiver(request, address, claims);
    }

    /// <summary>Everybody may, so what it takes is small.</summary>
    private AttachReply AttachClaims(AttachRequest request, string address)
    {
        var reply = new RequestNode(address, _claims.AnswerAsync).Attach(request);
        return reply is AttachReply.Receive receive ? receive with { Credit = ClaimsCredit, MaxMessageSize = LargestClaim } : reply;
    }

    private AttachReply AttachSender(EntityAddress address, Claims claims) => address.IsDeadLetters
        ? new AttachReply.Refuse(new AmqpError(ErrorCondition.NotAllowed, "Nothing can be sent to dead letters."))
        : new AttachReply.Receive(new SenderLink(intake, claims, address.Path, clock)) { Credit = SenderLink.Credit };

    private AttachReply AttachReceiver(AttachRequest request, EntityAddress address, Claims claims)
    {
        if (request.Source?.Filter is { } filter && filter.TryGetValue(SessionFilter, out _)) return new AttachReply.Refuse(BrokerError.NotImplemented("Sessions are"));
        return new AttachReply.Send(new ReceiverLink(receivers, address.IsDeadLetters ? BrokerEntity.DeadLetters : BrokerEntity.Queue, claims, address.Path));
    }

    [LoggerMessage(95, LogLevel.Critical, "A call of the AMQP front door crashed", EventName = "AmqpCrashed")]
    private partial void LogFault(Exception fault);
}
