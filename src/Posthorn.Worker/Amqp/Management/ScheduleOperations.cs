using Posthorn.Amqp;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Types;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Messages;

namespace Posthorn.Worker.Amqp.Management;

/// <summary>Operations on messages that wait for their time.</summary>
internal sealed class ScheduleOperations(SqliteBroker broker)
{
    private static readonly AmqpLimits Limits = new();

    /// <summary>Puts messages on the queue for the time that each of them names, and tells their numbers.</summary>
    public async Task<ManagementReply> ScheduleAsync(ManagementRequest request)
    {
        var now = broker.Clock.GetUtcNow();
        var numbers = await broker.SendAsync([.. request.Maps("messages").Select(one => Read(one, now))]);
        return ManagementReply.Ok(new AmqpMap { { "sequence-numbers", new AmqpArray([.. numbers.Select(number => (object?)number)]) } });
    }

    /// <summary>Takes messages back before their time.</summary>
    public async Task<ManagementReply> CancelAsync(ManagementRequest request)
    {
        await broker.CancelAsync(request.Numbers("sequence-numbers"));
        return ManagementReply.Ok();
    }

    private static QueueMessage Read(AmqpMap scheduled, DateTimeOffset now) =>
        scheduled["message"] is byte[] encoded ? IncomingMessage.Read(AmqpMessage.Read(encoded, Limits), now) : throw ManagementRequest.Missing("message", "an encoded message");
}
