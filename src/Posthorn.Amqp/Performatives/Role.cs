namespace Posthorn.Amqp.Performatives;

/// <summary>Which end of a link is meant (AMQP 1.0 §2.8.2).</summary>
public enum Role
{
    /// <summary>The end that sends messages.</summary>
    Sender,

    /// <summary>The end that takes messages.</summary>
    Receiver,
}

/// <summary>Whether a sender sends its messages settled (AMQP 1.0 §2.8.3).</summary>
public enum SenderSettleMode
{
    /// <summary>None of them.</summary>
    Unsettled = 0,

    /// <summary>All of them.</summary>
    Settled = 1,

    /// <summary>Some; each transfer says so.</summary>
    Mixed = 2,
}

/// <summary>Which end settles first (AMQP 1.0 §2.8.4).</summary>
public enum ReceiverSettleMode
{
    /// <summary>The receiver settles as it decides.</summary>
    First = 0,

    /// <summary>The receiver decides, the sender settles, then the receiver does.</summary>
    Second = 1,
}
