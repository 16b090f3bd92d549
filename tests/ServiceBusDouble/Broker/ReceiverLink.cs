namespace Posthorn.ServiceBusDouble;

/// <summary>One receiver's attachment to an entity. Locks live with it: what was received over it cannot be settled once it is gone.</summary>
internal sealed class ReceiverLink(BrokerEntity entity)
{
    public BrokerEntity Entity => entity;

    public bool IsAttached { get; private set; } = true;

    /// <summary>The session it holds; null on an entity without sessions.</summary>
    public SessionLock? Session { get; set; }

    public void Detach() => IsAttached = false;
}
