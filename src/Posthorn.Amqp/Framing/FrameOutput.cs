using System.IO.Pipelines;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Framing;

/// <summary>
/// The frames on their way to the peer. They are written under the connection's lock into one buffer while another is being sent, so
/// that everything written meanwhile goes with one flush. What waits for a peer that reads slowly is bounded by who looks at
/// <see cref="IsFull"/> before writing.
/// </summary>
internal sealed class FrameOutput(PipeWriter pipe, Lock gate, AmqpLimits limits, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _written = new(0, 1); // Never disposed: it may be woken after the end.
    private AmqpBuffer _filling = new();
    private AmqpBuffer _sending = new();
    private FrameWriter? _frames;
    private FrameWriter? _otherFrames;
    private TaskCompletionSource? _room;
    private bool _isComplete;

    /// <summary>Called under the lock before what was written is sent.</summary>
    public Action? BeforeSending { get; set; }

    /// <summary>Called outside the lock when something was sent.</summary>
    public Action? Sent { get; set; }

    /// <summary>Whether a peer that reads slowly has too much waiting for it.</summary>
    public bool IsFull => _filling.Length > limits.MaxOutputBytes;

    /// <summary>Whether somebody waits for room.</summary>
    public bool IsPaused => _room is not null;

    /// <summary>How many bytes wait behind those that are being sent.</summary>
    public int Waiting => _filling.Length;

    /// <summary>When the write that is under way began, in the clock's timestamps; 0 when none is.</summary>
    public long WritingSince { get; private set; }

    /// <summary>When something was last sent, in the clock's timestamps.</summary>
    public long LastSent { get; private set; } = clock.GetTimestamp();

    /// <summary>What writes the next frame.</summary>
    public FrameWriter Frames => _frames ??= new(_filling);

    /// <summary>Sets the largest frame the peer takes, in bytes.</summary>
    public void SetMaxFrameSize(int size)
    {
        Frames.MaxFrameSize = size;
        (_otherFrames ??= new(_sending)).MaxFrameSize = size;
    }

    /// <summary>Writes bytes that are no frame.</summary>
    public void WriteHeader(ReadOnlySpan<byte> header) => _filling.Write(header);

    /// <summary>Sends what was written.</summary>
    public void Wake()
    {
        if (_written.CurrentCount == 0) _written.Release();
    }

    /// <summary>Sends what was written, and nothing after it.</summary>
    public void Complete()
    {
        _isComplete = true;
        Wake();
    }

    /// <summary>Waits while it is full; called under the lock.</summary>
    public Task RoomAsync() => IsFull && !_isComplete ? (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;

    /// <summary>Sends until it is complete, or the peer takes no more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var isLast = false; !isLast;)
            {
                await _written.WaitAsync(cancellationToken);
                var bytes = TakeWritten(out isLast);
                if (bytes.Length > 0 && !await SendAsync(bytes, cancellationToken)) return;
            }
        }
        finally
        {
            Release(isOver: true);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _filling.Dispose();
        _sending.Dispose();
    }

    private async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var flush = await pipe.WriteAsync(bytes, cancellationToken);
        Release(isOver: flush.IsCompleted);
        Sent?.Invoke();
        return !flush.IsCompleted;
    }

    /// <summary>Takes what was written, and leaves the other buffer to be filled.</summary>
    private ReadOnlyMemory<byte> TakeWritten(out bool isLast)
    {
        lock (gate)
        {
            BeforeSending?.Invoke();
            isLast = _isComplete;
            if (_filling.Length == 0) return default;
            _otherFrames ??= new(_sending) { MaxFrameSize = Frames.MaxFrameSize };
            (_filling, _sending) = (_sending, _filling);
            (_frames, _otherFrames) = (_otherFrames, _frames);
            LastSent = WritingSince = clock.GetTimestamp();
            return _sending.WrittenMemory;
        }
    }

    private void Release(bool isOver)
    {
        lock (gate)
        {
            _sending.Clear();
            WritingSince = 0;
            _isComplete |= isOver;
            if (IsFull && !_isComplete) return;
            _room?.TrySetResult();
            _room = null;
        }
    }
}
