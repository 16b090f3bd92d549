using System.Buffers.Binary;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Links;

/// <summary>
/// A node that answers requests: what the peer sends to it is answered on the link on which the peer receives from it, with the
/// request's reply-to as its target.
/// </summary>
/// <param name="address">The address of the node.</param>
/// <param name="answer">Gives the encoded reply to a request.</param>
public sealed class RequestNode(string address, Func<IncomingDelivery, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> answer) : IReceivingLinkHandler, ISendingLinkHandler
{
    private const int MaxWaiting = 1_000;
    private long _lastTag;
    private int _waiting;

    /// <summary>Answers an attach of either end.</summary>
    public AttachReply Attach(AttachRequest request) => request.PeerRole == Role.Sender ? new AttachReply.Receive(this) : new AttachReply.Send(this);

    /// <inheritdoc/>
    public void OnMessage(IncomingDelivery delivery)
    {
        var link = delivery.Link.Connection.FindSendingLink(address, delivery.Message.Properties?.ReplyTo);
        if (link is null) delivery.Settle(new DeliveryState.Rejected(new(ErrorCondition.NotFound, "There is no link that receives from here for this reply-to.")));
        else _ = AnswerAsync(delivery, link);
    }

    /// <inheritdoc/>
    public void OnReady(SendingLink link)
    {
        // Replies wait for the link themselves.
    }

    /// <inheritdoc/>
    public void OnDisposition(OutgoingDelivery delivery, DeliveryState? state, bool settled)
    {
        if (!settled) delivery.Settle(state);
    }

#pragma warning disable CA1031 // The host's fault ends the link.
    private async Task AnswerAsync(IncomingDelivery delivery, SendingLink link)
    {
        try
        {
            var reply = await answer(delivery, link.Ended);
            // A client may give credit only after its request was taken; when too many do that, they have to give it first.
            if (Interlocked.Increment(ref _waiting) <= MaxWaiting) delivery.Settle(DeliveryState.Accept);
            await SendAsync(link, reply);
            delivery.Settle(DeliveryState.Accept);
        }
        catch (OperationCanceledException)
        {
            delivery.Settle(DeliveryState.Release);
        }
        catch (Exception fault)
        {
            delivery.Link.Fault(fault);
            delivery.Settle(DeliveryState.Release);
        }
    }
#pragma warning restore CA1031

    private async ValueTask SendAsync(SendingLink link, ReadOnlyMemory<byte> reply)
    {
        try
        {
            await link.SendAsync(reply, NextTag(), settled: true, cancellationToken: link.Ended);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private byte[] NextTag()
    {
        var tag = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(tag, Interlocked.Increment(ref _lastTag));
        return tag;
    }
}
