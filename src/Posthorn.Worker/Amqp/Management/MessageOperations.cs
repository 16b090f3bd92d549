using Posthorn.Amqp.Types;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Messages;
using Posthorn.Worker.Amqp.Sessions;

namespace Posthorn.Worker.Amqp.Management;

/// <summary>Operations that give messages out by their numbers.</summary>
internal sealed class MessageOperations(SqliteBroker broker, SessionBook sessions, string queue)
{
    private const int MostPeeked = 250; // Azure Service Bus.
    private const int MostBytes = 1024 * 1024;

    /// <summary>Messages from a number on, whatever their state; none is locked.</summary>
    public async Task<ManagementReply> PeekAsync(BrokerEntity entity, ManagementRequest request)
    {
        var count = (int)Math.Clamp(request.Number("message-count"), 1, MostPeeked);
        var session = entity == BrokerEntity.Queue ? request.Text("session-id") : null;
        var peeked = await broker.PeekAsync(entity, Math.Max(request.Number("from-sequence-number"), 0), count, session);
        var messages = new List<object?>(peeked.Count);
        for (var (i, bytes) = (0, 0); i < peeked.Count && bytes < MostBytes; i++)
        {
            var encoded = Encoded(peeked[i]);
            messages.Add(new AmqpMap { { "message", encoded } });
            bytes += encoded.Length;
        }

        return messages.Count == 0 ? ManagementReply.Nothing : ManagementReply.Ok(new AmqpMap { { "messages", messages } });
    }

    /// <summary>Deferred messages, under lock, or settled with it when the receiver wants them so.</summary>
    public async Task<ManagementReply> ReceiveAsync(BrokerEntity entity, ManagementRequest request)
    {
        var isSettled = request.Number("receiver-settle-mode") == 0;
        var received = await ReceiveAsync(entity, request, request.Numbers("sequence-numbers"));
        var locks = received.Select(message => message.Lock?.Token).OfType<LockToken>();
        if (isSettled) await broker.ApplyAsync([.. locks.Select(held => new BrokerChange.Settle(entity, held, new Settlement.Complete()))]);
        List<object?> messages = [.. received.Select(message => WithLock(message, isSettled))];
        return ManagementReply.Ok(new AmqpMap { { "messages", messages } });
    }

    private Task<IReadOnlyList<BrokerMessage>> ReceiveAsync(BrokerEntity entity, ManagementRequest request, IReadOnlyList<long> numbers)
    {
        if (entity != BrokerEntity.Queue || request.Text("session-id") is not { } id) return broker.ReceiveDeferredAsync(entity, numbers);
        return (sessions.Find(request.Connection, id) ?? throw new SessionLockLostException(id)).ReceiveDeferredAsync(numbers);
    }

    private AmqpMap WithLock(BrokerMessage message, bool isSettled)
    {
        var token = isSettled ? null : message.Lock?.Token.ToGuid();
        var map = new AmqpMap { { "message", Encoded(message, token) } };
        if (token is not null) map.Add("lock-token", token);
        return map;
    }

    private byte[] Encoded(BrokerMessage message, Guid? token = null)
    {
        using var builder = OutgoingMessage.Write(message.Message, MessageFacts.Of(message, queue) with { LockToken = token });
        return builder.Encoded.ToArray();
    }
}
