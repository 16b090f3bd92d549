namespace Posthorn.ServiceBusDouble;

/// <summary>The kinds of call to the broker; each is one request on the wire.</summary>
public enum BrokerOperation
{
    /// <summary>A sender asks how large a batch may be, the first time that it makes one.</summary>
    OpenSender,
    Send,
    Schedule,
    CancelScheduled,
    Receive,
    ReceiveDeferred,
    Peek,
    Complete,
    Abandon,
    Defer,
    DeadLetter,
    Renew,
    AcceptSession,
    RenewSession,
    GetState,
    SetState,

    /// <summary>A transaction ends well: what it collected takes effect.</summary>
    Commit,

    /// <summary>A transaction ends without effect.</summary>
    Rollback,

    /// <summary>An administration client asks for counts.</summary>
    GetCounts,

    /// <summary>An administration client asks for a queue's rules.</summary>
    GetQueue,
}
