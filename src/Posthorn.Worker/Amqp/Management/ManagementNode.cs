using Posthorn.Amqp;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Access;

namespace Posthorn.Worker.Amqp.Management;

/// <summary>The node <c>$management</c> of the queue, or of its dead letters: answers every request, if only with why not.</summary>
internal sealed partial class ManagementNode(MessageOperations messages, ScheduleOperations schedule, DispositionOperations dispositions, SessionOperations sessions, TimeProvider clock, ILogger<ManagementNode> logger)
{
    /// <summary>Answers a request.</summary>
    /// <param name="address">The node's address.</param>
    /// <param name="delivery">The request.</param>
    public async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(EntityAddress address, IncomingDelivery delivery)
    {
        var reply = Claims.Of(delivery.Link.Connection, clock).Allow(address.Path)
            ? await AnswerAsync(address.IsDeadLetters ? BrokerEntity.DeadLetters : BrokerEntity.Queue, new ManagementRequest(delivery))
            : ManagementReply.Failed(401, BrokerError.Unauthorized(address));
        return reply.Encode(delivery.Message.Properties?.MessageId);
    }

#pragma warning disable CA1031 // Whatever went wrong, the client is told; it never waits in vain.
    private async Task<ManagementReply> AnswerAsync(BrokerEntity entity, ManagementRequest request)
    {
        try
        {
            return await DoAsync(entity, request);
        }
        catch (AmqpException wrong)
        {
            return ManagementReply.Failed(400, wrong.Error);
        }
        catch (MessageNotFoundException missing)
        {
            return ManagementReply.Failed(404, new(BrokerError.MessageNotFound, missing.Message));
        }
        catch (LockLostException)
        {
            return ManagementReply.Failed(410, BrokerError.Lost());
        }
        catch (SessionLockLostException)
        {
            return ManagementReply.Failed(410, BrokerError.SessionLost());
        }
        catch (QueueUnavailableException unavailable)
        {
            return ManagementReply.Failed(503, BrokerError.Busy(unavailable.Message));
        }
        catch (Exception bug)
        {
            LogCrashed(bug, request.Operation.Length <= 100 ? request.Operation : "?");
            return ManagementReply.Failed(500, BrokerError.Internal());
        }
    }
#pragma warning restore CA1031

    private Task<ManagementReply> DoAsync(BrokerEntity entity, ManagementRequest request) => request.Operation switch
    {
        "com.microsoft:schedule-message" or "com.microsoft:cancel-scheduled-message" when request.Transaction is not null =>
            Task.FromResult(ManagementReply.Failed(400, new(ErrorCondition.NotAllowed, "Scheduling and cancelling cannot be part of a transaction."))),
        "com.microsoft:peek-message" => messages.PeekAsync(entity, request),
        "com.microsoft:receive-by-sequence-number" => messages.ReceiveAsync(entity, request),
        "com.microsoft:renew-lock" => dispositions.RenewAsync(entity, request),
        "com.microsoft:update-disposition" => dispositions.UpdateAsync(entity, request),
        "com.microsoft:schedule-message" when entity == BrokerEntity.Queue => schedule.ScheduleAsync(request),
        "com.microsoft:cancel-scheduled-message" when entity == BrokerEntity.Queue => schedule.CancelAsync(request),
        "com.microsoft:renew-session-lock" when entity == BrokerEntity.Queue => sessions.RenewAsync(request),
        "com.microsoft:get-session-state" when entity == BrokerEntity.Queue => sessions.GetStateAsync(request),
        "com.microsoft:set-session-state" when entity == BrokerEntity.Queue => sessions.SetStateAsync(request),
        "com.microsoft:get-message-sessions" when entity == BrokerEntity.Queue => sessions.ListAsync(request),
        _ => Task.FromResult(ManagementReply.Failed(501, BrokerError.NotImplemented(request.Operation.Length <= 100 ? $"The operation '{request.Operation}' is" : "The operation is"))),
    };

    [LoggerMessage(97, LogLevel.Critical, "The AMQP operation {Operation} crashed", EventName = "AmqpOperationCrashed")]
    private partial void LogCrashed(Exception bug, string operation);
}
