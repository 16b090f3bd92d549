using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Links;

/// <summary>A message that was sent (AMQP 1.0 §2.6.12).</summary>
public sealed class OutgoingDelivery
{
    internal OutgoingDelivery(SendingLink link, ReadOnlyMemory<byte> tag, uint messageFormat, bool isSettled) => (Link, Tag, MessageFormat, IsSettled) = (link, tag, messageFormat, isSettled);

    /// <summary>The link it was sent on.</summary>
    public SendingLink Link { get; }

    /// <summary>What we know it by.</summary>
    public ReadOnlyMemory<byte> Tag { get; }

    /// <summary>The format of the message (§2.8.11).</summary>
    public uint MessageFormat { get; }

    /// <summary>Whether it was settled when it was sent.</summary>
    public bool IsSettled { get; }

    /// <summary>Whatever the host keeps with it.</summary>
    public object? Context { get; init; }

    internal uint Id { get; set; }

    /// <summary>Tells a peer that waits for it what became of its disposition, and forgets the delivery; from any thread.</summary>
    /// <param name="state">The outcome that holds; null for the one the peer gave.</param>
    public void Settle(DeliveryState? state)
    {
        lock (Link.Connection.Gate)
        {
            if (IsSettled || !Link.IsAttached) return;
            Link.Session.Outgoing.Remove(this);
            Link.Session.Dispositions.Add(new(Role.Sender, Id, Id, Settled: true, state));
            if (Link.IsWaiting) Link.BecomeReady();
        }
    }
}
