using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Links;

/// <summary>Tells the host something of a link.</summary>
internal sealed class LinkNotice(Link link, Action tell) : INotice
{
    public void Deliver() => tell();

    public void Fail(Exception fault) => link.Fault(fault);
}

/// <summary>Tells the host what the peer said of a delivery.</summary>
internal sealed class DispositionNotice(OutgoingDelivery delivery, DeliveryState? state, bool settled) : INotice
{
    public void Deliver() => delivery.Link.Tell(delivery, state, settled);

    public void Fail(Exception fault) => delivery.Link.Fault(fault);
}
