namespace Posthorn.Lanes;

/// <summary>One that waits for a turn. Its state is guarded by the <see cref="LaneSet"/>'s lock.</summary>
/// <param name="lane">Where it waits.</param>
/// <param name="holdsPlace">Whether it holds one of the few places to wait long in.</param>
/// <param name="since">When it began, in the clock's timestamps.</param>
internal sealed class LaneWaiter(Lane lane, bool holdsPlace, long since)
{
    private readonly TaskCompletionSource<LaneTurn?> _granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where it waits.</summary>
    public Lane Lane => lane;

    /// <summary>Whether it holds one of the few places to wait long in.</summary>
    public bool HoldsPlace => holdsPlace;

    /// <summary>When it began, in the clock's timestamps.</summary>
    public long Since => since;

    /// <summary>Whether it has a turn, or left without one.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Its turn; null when it left without one.</summary>
    public Task<LaneTurn?> Granted => _granted.Task;

    /// <summary>Ends the wait.</summary>
    /// <param name="turn">Its turn; null when it has none.</param>
    public void End(LaneTurn? turn)
    {
        IsOver = true;
        _granted.SetResult(turn);
    }
}
