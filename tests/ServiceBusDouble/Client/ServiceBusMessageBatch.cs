using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>Messages to send at once, as many as there is room for.</summary>
public sealed class ServiceBusMessageBatch : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<WireMessage> _messages = [];
    private bool _isDisposed;
    private bool _isSending;

    internal ServiceBusMessageBatch(long maxSizeInBytes) => MaxSizeInBytes = maxSizeInBytes;

    public long MaxSizeInBytes { get; }

    public long SizeInBytes { get; private set; }

    public int Count
    {
        get
        {
            lock (_gate) return _messages.Count;
        }
    }

    /// <summary>Adds a message as it is now, if there is room for it.</summary>
    /// <exception cref="System.Runtime.Serialization.SerializationException">A property is of a type that AMQP does not know.</exception>
    public bool TryAddMessage(ServiceBusMessage message)
    {
        var content = Require.NotNull(message, nameof(message)).Content.Encoded();
        lock (_gate)
        {
            CheckIdle();
            Require.Open(_isDisposed, nameof(ServiceBusMessageBatch));
            var size = SizeInBytes + MessageSize.InBatch(content);
            if (size > MaxSizeInBytes) return false;
            SizeInBytes = size;
            _messages.Add(content);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            CheckIdle();
            _isDisposed = true;
            _messages.Clear();
            SizeInBytes = 0;
        }
    }

    /// <summary>Hands out the messages while they are sent; until it ends nothing can be added.</summary>
    internal async Task SendAsync(Func<IReadOnlyList<WireMessage>, Task> send)
    {
        Switch(isSending: true);
        try
        {
            await send(_messages);
        }
        finally
        {
            Switch(isSending: false);
        }
    }

    private void Switch(bool isSending)
    {
        lock (_gate) _isSending = isSending;
    }

    private void CheckIdle()
    {
        if (_isSending) throw new InvalidOperationException("The message batch is currently being used in communication with the Service Bus service.");
    }
}
