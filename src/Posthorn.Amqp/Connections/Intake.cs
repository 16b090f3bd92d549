namespace Posthorn.Amqp.Connections;

/// <summary>The bytes of messages that a connection holds in memory, and the wait of its reader while they are too many. Guarded by the connection's lock.</summary>
internal sealed class Intake(AmqpLimits limits)
{
    private TaskCompletionSource? _room;
    private long _handedOver;
    private long _begun;
    private bool _isOver;

    /// <summary>Whether the reader waits.</summary>
    public bool IsPaused => _room is not null;

    /// <summary>Whether the host has too much in its hands.</summary>
    public bool IsFull => _handedOver > limits.MaxBufferedBytes && !_isOver;

    /// <summary>Counts bytes of messages of which more is to come. No wait would end them, so too many are an error.</summary>
    public void Begin(int bytes)
    {
        _begun += bytes;
        if (_begun > limits.MaxBufferedBytes) throw AmqpException.TooMuch("Too many messages were begun and not finished.");
    }

    /// <summary>Forgets bytes of messages that were begun.</summary>
    public void Forget(int bytes) => _begun -= bytes;

    /// <summary>Counts a message that the host has until it settles it.</summary>
    public void HandOver(int bytes) => _handedOver += bytes;

    /// <summary>The host has settled a message.</summary>
    public void GiveBack(int bytes)
    {
        _handedOver -= bytes;
        if (!IsFull) Release();
    }

    /// <summary>Waits while the host has too much in its hands.</summary>
    public Task RoomAsync() =>
        IsFull ? (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;

    /// <summary>Ends every wait.</summary>
    public void End()
    {
        _isOver = true;
        Release();
    }

    private void Release()
    {
        _room?.TrySetResult();
        _room = null;
    }
}
