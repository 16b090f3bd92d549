namespace Posthorn.Lanes;

/// <summary>One that waits for a turn. Its state is guarded by the <see cref="LaneSet"/>'s lock.</summary>
/// <param name="holdsPlace">Whether it holds one of the few places to wait long in.</param>
internal sealed class LaneWaiter(bool holdsPlace)
{
    private readonly TaskCompletionSource _granted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether it holds one of the few places to wait long in.</summary>
    public bool HoldsPlace => holdsPlace;

    /// <summary>Whether it left without a turn.</summary>
    public bool IsOver { get; set; }

    /// <summary>Its turn; null until it was granted.</summary>
    public LaneTurn? Turn { get; private set; }

    /// <summary>Completes when it has its turn.</summary>
    public Task Granted => _granted.Task;

    /// <summary>Gives it a turn.</summary>
    public void Grant(LaneTurn turn)
    {
        Turn = turn;
        _granted.SetResult();
    }
}
