namespace Posthorn.Delivery;

/// <summary>Whether the pump turns: what <c>/healthz</c> asks.</summary>
public sealed class PumpPulse(TimeProvider clock)
{
    private long _pollingSince;

    /// <summary>How long the pump has been waiting for the queue's answer; zero while it does not ask, as with all slots in use.</summary>
    public TimeSpan Waiting => Volatile.Read(ref _pollingSince) is > 0 and var since ? clock.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>The pump asks the queue, until the answer is disposed of.</summary>
    public IDisposable Polling()
    {
        Volatile.Write(ref _pollingSince, Math.Max(clock.GetTimestamp(), 1));
        return new Poll(this);
    }

    private sealed class Poll(PumpPulse pulse) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref pulse._pollingSince, 0);
    }
}
