using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Access;
using Posthorn.Worker.Amqp.Messages;
using Posthorn.Worker.Amqp.Sessions;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>
/// The link on which a receiver takes messages. While it has credit, messages are locked for it and sent; a drain takes what is there
/// and gives the credit back. What it has not settled when it ends is given back to the queue; with a session, as that is given up.
/// </summary>
/// <param name="parts">What all of them share.</param>
/// <param name="entity">What it takes from.</param>
/// <param name="session">The session that it takes from; null is none.</param>
/// <param name="claims">The connection's claims.</param>
/// <param name="path">What a claim is needed for.</param>
#pragma warning disable CA1001 // What it owns ends with the link; nobody waits on it by a handle.
internal sealed class ReceiverLink(ReceiverParts parts, BrokerEntity entity, BrokerSession? session, Claims claims, string path) : ISendingLinkHandler
#pragma warning restore CA1001
{
    private const int MostTogether = 100;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _ready = new(0, 1);
    private volatile CancellationTokenSource? _waiting;
    private SessionWatch? _watch;

    /// <inheritdoc/>
    public void OnAttached(SendingLink link)
    {
        claims.Watch(link, path);
        if (session is not null) _watch = new SessionWatch(session, link, parts.Broker.Clock);
        _ = Task.Run(() => GiveAllAsync(link), CancellationToken.None);
    }

    /// <inheritdoc/>
    public void OnReady(SendingLink link)
    {
        Wake();
        if (link.IsDraining || link.Credit == 0) _waiting?.Cancel();
    }

    /// <inheritdoc/>
    public void OnDisposition(OutgoingDelivery delivery, DeliveryState? state, bool settled) => _ = SettleAsync(delivery, state, settled);

    /// <inheritdoc/>
    public void OnClosed(SendingLink link, AmqpError? error)
    {
        claims.Forget(link);
        _watch?.Dispose();
        if (session is not null) return;
        foreach (var delivery in link.Unsettled)
            if (delivery.Context is LockToken held) _ = parts.Settler.SettleAsync(entity, held, Disposition.GivenUp);
    }

    private void Wake()
    {
        try
        {
            _ready.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will look anyway.
        }
    }

#pragma warning disable CA1031 // A fault of ours ends this link, and not the process.
    private async Task GiveAllAsync(SendingLink link)
    {
        try
        {
            while (!link.Ended.IsCancellationRequested)
            {
                if (link.Credit == 0)
                {
                    link.Drained();
                    await _ready.WaitAsync(link.Ended);
                }
                else await GiveAsync(link);
            }
        }
        catch (OperationCanceledException)
        {
            // The link is gone.
        }
        catch (SessionLockLostException)
        {
            link.Detach(BrokerError.SessionLost());
        }
        catch (Exception bug)
        {
            parts.LogCrashed(bug);
            link.Detach(BrokerError.Internal());
        }
    }
#pragma warning restore CA1031

    private async Task GiveAsync(SendingLink link)
    {
        try
        {
            var isDraining = link.IsDraining;
            var messages = await TakeAsync(link, isDraining);
            foreach (var message in messages) await SendAsync(link, message);
            if (isDraining && messages.Count == 0) link.Drained();
        }
        catch (QueueUnavailableException unavailable)
        {
            parts.LogUnavailable(unavailable.Message);
            if (link.IsDraining) link.Detach(BrokerError.Busy(unavailable.Message));
            await Task.Delay(Pause, parts.Clock, link.Ended);
        }
    }

    /// <summary>Waits for messages, until there are some, or a drain comes.</summary>
    private async Task<IReadOnlyList<BrokerMessage>> TakeAsync(SendingLink link, bool isDraining)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(link.Ended);
        _waiting = waiting;
        try
        {
            // A drain that came before _waiting was set has cancelled nothing.
            var (most, wait) = ((int)Math.Min(link.Credit, MostTogether), isDraining || link.IsDraining ? TimeSpan.Zero : LongestWait);
            return await (session?.ReceiveAsync(most, wait, waiting.Token) ?? parts.Broker.ReceiveAsync(entity, most, wait, waiting.Token));
        }
        catch (OperationCanceledException) when (!link.Ended.IsCancellationRequested)
        {
            return [];
        }
        finally
        {
            _waiting = null;
        }
    }

    private async Task SendAsync(SendingLink link, BrokerMessage message)
    {
        var isSettled = link.SenderSettleMode == SenderSettleMode.Settled;
        if (message.Lock?.Token is not { } held) return;
        using var encoded = OutgoingMessage.Write(message.Message, MessageFacts.Of(message, parts.Queue));
        var tag = held.ToGuid().ToByteArray();
        SendResult result;
        while ((result = link.TrySend(encoded.Encoded.Span, tag, isSettled, out _, held)) == SendResult.Busy) await WaitAsync(link);

        if (result == SendResult.TooLarge) link.Detach(new AmqpError(ErrorCondition.MessageSizeExceeded, $"The message {message.SequenceNumber} is larger than this receiver takes."));
        if (result != SendResult.Sent) await parts.Settler.SettleAsync(entity, held, DeliveryState.Release);
        else if (isSettled) await parts.Settler.SettleAsync(entity, held, DeliveryState.Accept); // After it was sent: rather twice than never.
    }

    private async Task WaitAsync(SendingLink link)
    {
        try
        {
            await _ready.WaitAsync(link.Ended);
        }
        catch (OperationCanceledException)
        {
            // The next attempt says that the link is gone.
        }
    }

    private async Task SettleAsync(OutgoingDelivery delivery, DeliveryState? state, bool settled)
    {
        if (delivery.Context is not LockToken held || (state?.Outcome is null && !settled)) return;
        var outcome = state switch
        {
            DeliveryState.Transactional { Provisional: { } planned } transactional => await JoinAsync(delivery, held, transactional, planned),
            { Outcome: { } final } => await parts.Settler.SettleAsync(entity, held, final),
            _ => await parts.Settler.SettleAsync(entity, held, Disposition.GivenUp), // Forgotten without a word.
        };
        if (!settled) delivery.Settle(ForSession(outcome));
    }

    /// <summary>Settles with the transaction; until then it stays locked.</summary>
    private async Task<DeliveryState> JoinAsync(OutgoingDelivery delivery, LockToken held, DeliveryState.Transactional state, DeliveryState planned)
    {
        var (change, refusal) = await parts.Settler.PlanAsync(entity, held, planned);
        if (change is not null) refusal = parts.Transactions.Add(delivery.Link.Connection, state.Transaction, [change]);
        return refusal is null ? state with { Provisional = planned is DeliveryState.Rejected ? DeliveryState.Accept : planned } : new DeliveryState.Rejected(refusal);
    }

    /// <summary>The lock on a session's message is its session's.</summary>
    private DeliveryState ForSession(DeliveryState outcome) =>
        session is not null && outcome is DeliveryState.Rejected { Error.Condition.Value: BrokerError.LockLost } ? new DeliveryState.Rejected(BrokerError.SessionLost()) : outcome;
}
