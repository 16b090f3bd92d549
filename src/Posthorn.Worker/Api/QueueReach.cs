using Posthorn.Queues;

namespace Posthorn.Worker.Api;

/// <summary>Whether the queue can be reached; asked once a second at most, so that a flood of probes costs it one question.</summary>
public sealed class QueueReach(IDeliveryQueue queue, TimeProvider clock)
{
    private static readonly TimeSpan HoldsFor = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private Task<string?>? _asked;
    private long _askedAt;

    /// <summary>Why it cannot be reached; null when it can.</summary>
    public Task<string?> ProblemAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_asked is null || (_asked.IsCompleted && clock.GetElapsedTime(_askedAt) >= HoldsFor)) (_asked, _askedAt) = (AskAsync(), clock.GetTimestamp());
            return _asked.WaitAsync(cancellationToken);
        }
    }

    private async Task<string?> AskAsync()
    {
        using var deadline = new CancellationTokenSource(Patience, clock);
        try
        {
            await queue.PingAsync(deadline.Token).WaitAsync(deadline.Token);
            return null;
        }
        catch (QueueUnavailableException unavailable)
        {
            return unavailable.Message;
        }
        catch (OperationCanceledException)
        {
            return $"it does not answer within {Patience:c}";
        }
    }
}
