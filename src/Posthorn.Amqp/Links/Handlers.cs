using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Links;

/// <summary>
/// What takes the messages a peer sends. It is called on the connection's own loop, in order, never twice at once: it must not block,
/// and what takes time is done elsewhere, after which the delivery is settled from any thread.
/// </summary>
public interface IReceivingLinkHandler
{
    /// <summary>The link is attached.</summary>
    void OnAttached(ReceivingLink link)
    {
    }

    /// <summary>A whole message came. It counts against the link's credit until <see cref="IncomingDelivery.Settle"/> is called.</summary>
    void OnMessage(IncomingDelivery delivery);

    /// <summary>The link is gone; no more calls follow.</summary>
    /// <param name="link">The link.</param>
    /// <param name="error">What ended it; null when nothing was wrong.</param>
    void OnClosed(ReceivingLink link, AmqpError? error)
    {
    }
}

/// <summary>What gives a peer its messages. It is called as <see cref="IReceivingLinkHandler"/> is.</summary>
public interface ISendingLinkHandler
{
    /// <summary>The link is attached.</summary>
    void OnAttached(SendingLink link)
    {
    }

    /// <summary>There is credit, or less of it, or a drain, or room again: <see cref="SendingLink.Credit"/> and <see cref="SendingLink.IsDraining"/> say what holds now.</summary>
    void OnReady(SendingLink link);

    /// <summary>The peer said something of a delivery.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="state">What the peer says; a <see cref="DeliveryState.Transactional"/> when it belongs to a transaction.</param>
    /// <param name="settled">Whether the peer has forgotten the delivery; otherwise it waits for <see cref="OutgoingDelivery.Settle"/>.</param>
    void OnDisposition(OutgoingDelivery delivery, DeliveryState? state, bool settled);

    /// <summary>The link is gone; no more calls follow. What it had not settled is <see cref="SendingLink.Unsettled"/>.</summary>
    /// <param name="link">The link.</param>
    /// <param name="error">What ended it; null when nothing was wrong.</param>
    void OnClosed(SendingLink link, AmqpError? error)
    {
    }
}

/// <summary>What begins and ends transactions (AMQP 1.0 §4.2, §4.3). It is called in order with the messages of the same connection.</summary>
public interface ITransactionCoordinator
{
    /// <summary>Begins a transaction: <see cref="DeliveryState.Declared"/>, or <see cref="DeliveryState.Rejected"/>.</summary>
    ValueTask<DeliveryState> DeclareAsync(CancellationToken cancellationToken);

    /// <summary>Ends a transaction: <see cref="DeliveryState.Accepted"/>, or <see cref="DeliveryState.Rejected"/> and it is rolled back.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="fail">Whether it is to be rolled back.</param>
    /// <param name="cancellationToken">Ends with the link.</param>
    ValueTask<DeliveryState> DischargeAsync(TransactionId transaction, bool fail, CancellationToken cancellationToken);

    /// <summary>The link is gone: what was not discharged is rolled back (§4.5).</summary>
    void OnClosed()
    {
    }
}
