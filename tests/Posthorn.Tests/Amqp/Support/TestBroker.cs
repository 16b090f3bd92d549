using System.Collections.Concurrent;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Tests.Amqp.Support;

/// <summary>The smallest broker: what is sent to an address waits there for a receiver of the same address.</summary>
internal sealed class TestBroker : IAmqpContainer
{
    private readonly ConcurrentDictionary<string, Node> _nodes = new(StringComparer.Ordinal);

    public ConcurrentQueue<Exception> Faults { get; } = [];

    public ConcurrentQueue<SaslCredentials> Credentials { get; } = [];

    public RequestNode? Management { get; init; }

    public Node this[string address] => _nodes.GetOrAdd(address, _ => new());

    public ValueTask<SaslCode> AuthenticateAsync(AmqpConnection connection, SaslCredentials credentials, CancellationToken cancellationToken)
    {
        Credentials.Enqueue(credentials);
        return new(SaslCode.Ok);
    }

    public ValueTask<AttachReply> AttachAsync(AttachRequest request, CancellationToken cancellationToken)
    {
        var address = (request.PeerRole == Role.Sender ? request.Target?.Address : request.Source?.Address) ?? "";
        if (address == "$management" && Management is not null) return new(Management.Attach(request));
        if (address == "nowhere") return new(new AttachReply.Refuse(new(ErrorCondition.NotFound, "There is no such node.")));
        return new(request.PeerRole == Role.Sender ? new AttachReply.Receive(this[address]) : new AttachReply.Send(this[address]));
    }

    public void OnFault(AmqpConnection connection, Exception fault) => Faults.Enqueue(fault);

    internal sealed class Node : IReceivingLinkHandler, ISendingLinkHandler
    {
        private readonly ConcurrentQueue<byte[]> _messages = [];
        private readonly ConcurrentDictionary<SendingLink, bool> _receivers = [];
        private int _lastTag;

        public ConcurrentQueue<DeliveryState?> Outcomes { get; } = [];

        /// <summary>How many messages were put there.</summary>
        public int Taken { get; private set; }

        public void Put(byte[] message)
        {
            _messages.Enqueue(message);
            Taken++;
            foreach (var link in _receivers.Keys) OnReady(link);
        }

        public void OnMessage(IncomingDelivery delivery)
        {
            Put(delivery.Message.Encoded.ToArray());
            delivery.Settle(DeliveryState.Accept);
        }

        public void OnAttached(SendingLink link) => _receivers[link] = true;

        public void OnReady(SendingLink link)
        {
            while (link.IsAttached && link.Credit > 0 && _messages.TryDequeue(out var message))
            {
                if (link.TrySend(message, BitConverter.GetBytes(Interlocked.Increment(ref _lastTag)), settled: false, out _) == SendResult.Sent) continue;
                _messages.Enqueue(message);
                return;
            }

            link.Drained();
        }

        public void OnDisposition(OutgoingDelivery delivery, DeliveryState? state, bool settled)
        {
            Outcomes.Enqueue(state);
            if (!settled) delivery.Settle(state);
        }

        public void OnClosed(SendingLink link, AmqpError? error) => _receivers.TryRemove(link, out _);
    }
}
