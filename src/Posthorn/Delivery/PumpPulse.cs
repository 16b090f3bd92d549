namespace Posthorn.Delivery;

/// <summary>Whether the pump turns: what <c>/healthz</c> asks.</summary>
public sealed class PumpPulse(TimeProvider clock)
{
    private long _lastBeat = clock.GetTimestamp();

    /// <summary>
    /// Time since the pump last turned. A queue that is away is no fault of the pump, and neither are slots that are all in use; a
    /// loop that has ended, crashes, or waits for an answer that does not come is.
    /// </summary>
    public TimeSpan Age => clock.GetElapsedTime(Volatile.Read(ref _lastBeat));

    /// <summary>The pump turns.</summary>
    public void Beat() => Volatile.Write(ref _lastBeat, clock.GetTimestamp());
}
