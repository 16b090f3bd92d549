namespace Posthorn.ServiceBusDouble;

/// <summary>Wakes those who wait for news of an entity; rung and looked at under the namespace's gate.</summary>
internal sealed class Bell
{
    private TaskCompletionSource _next = NewRing();

    /// <summary>Ends with the next ring; to be had before the gate is left, so that nothing between is missed.</summary>
    public Task Next => _next.Task;

    public void Ring()
    {
        _next.TrySetResult();
        _next = NewRing();
    }

    private static TaskCompletionSource NewRing() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
