using System.Collections.Concurrent;
using System.Threading.Channels;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Tests.Amqp.Support;

/// <summary>A container whose nodes note what they are told, and do what a test gives them to do.</summary>
internal sealed class TestContainer : IAmqpContainer, IReceivingLinkHandler, ISendingLinkHandler, ITransactionCoordinator
{
    private readonly Channel<IncomingDelivery> _deliveries = Channel.CreateUnbounded<IncomingDelivery>();
    private readonly Channel<SendingLink> _ready = Channel.CreateUnbounded<SendingLink>();
    private readonly Channel<(OutgoingDelivery Delivery, DeliveryState? State, bool Settled)> _dispositions = Channel.CreateUnbounded<(OutgoingDelivery, DeliveryState?, bool)>();
    private readonly Channel<AmqpError?> _closedLinks = Channel.CreateUnbounded<AmqpError?>();

    public ConcurrentQueue<Exception> Faults { get; } = [];

    public ConcurrentQueue<AmqpError?> Closed { get; } = [];

    public ConcurrentQueue<SaslCredentials> Credentials { get; } = [];

    public ConcurrentQueue<(TransactionId Transaction, bool Fail)> Discharged { get; } = [];

    public Func<AttachRequest, CancellationToken, ValueTask<AttachReply>>? OnAttach { get; set; }

    public Action<IncomingDelivery>? OnDelivery { get; set; }

    public SaslCode Sasl { get; set; }

    public Func<ValueTask<SaslCode>>? OnAuthenticate { get; set; }

    public int Credit { get; set; } = 100;

    public int MaxMessageSize { get; set; }

    public ValueTask<SaslCode> AuthenticateAsync(AmqpConnection connection, SaslCredentials credentials, CancellationToken cancellationToken)
    {
        Credentials.Enqueue(credentials);
        return OnAuthenticate?.Invoke() ?? new(Sasl);
    }

    public ValueTask<AttachReply> AttachAsync(AttachRequest request, CancellationToken cancellationToken)
    {
        if (OnAttach is not null) return OnAttach(request, cancellationToken);
        if (request.Coordinator is not null) return new(new AttachReply.Coordinate(this));
        return new(request.PeerRole == Role.Sender ? new AttachReply.Receive(this) { Credit = Credit, MaxMessageSize = MaxMessageSize } : new AttachReply.Send(this));
    }

    public void OnClosed(AmqpConnection connection, AmqpError? error) => Closed.Enqueue(error);

    public void OnFault(AmqpConnection connection, Exception fault) => Faults.Enqueue(fault);

    public void OnMessage(IncomingDelivery delivery)
    {
        OnDelivery?.Invoke(delivery);
        _deliveries.Writer.TryWrite(delivery);
    }

    public void OnClosed(ReceivingLink link, AmqpError? error) => _closedLinks.Writer.TryWrite(error);

    public void OnReady(SendingLink link) => _ready.Writer.TryWrite(link);

    public void OnDisposition(OutgoingDelivery delivery, DeliveryState? state, bool settled) => _dispositions.Writer.TryWrite((delivery, state, settled));

    public void OnClosed(SendingLink link, AmqpError? error) => _closedLinks.Writer.TryWrite(error);

    public ValueTask<DeliveryState> DeclareAsync(CancellationToken cancellationToken) => new(new DeliveryState.Declared(new(new byte[] { 1, 2, 3 })));

    public ValueTask<DeliveryState> DischargeAsync(TransactionId transaction, bool fail, CancellationToken cancellationToken)
    {
        Discharged.Enqueue((transaction, fail));
        return new(DeliveryState.Accept);
    }

    public Task<IncomingDelivery> DeliveryAsync() => Next(_deliveries);

    public Task<SendingLink> ReadyAsync() => Next(_ready);

    public Task<(OutgoingDelivery Delivery, DeliveryState? State, bool Settled)> DispositionAsync() => Next(_dispositions);

    public Task<AmqpError?> LinkClosedAsync() => Next(_closedLinks);

    public bool TryDelivery(out IncomingDelivery? delivery) => _deliveries.Reader.TryRead(out delivery);

    private static Task<T> Next<T>(Channel<T> channel) => channel.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
}
