namespace Posthorn.ServiceBusDouble;

/// <summary>One receiver's hold on a session, and on what it received of it.</summary>
internal sealed class SessionLock(string id, ReceiverLink link)
{
    public string Id => id;

    public ReceiverLink Link => link;

    public DateTimeOffset Until { get; set; }

    public bool IsHeld { get; set; } = true;

    public HashSet<StoredMessage> Messages { get; } = [];
}
