using Microsoft.Extensions.Logging;
using Posthorn.Queues;

namespace Posthorn.Delivery;

/// <summary>Keeps the locks of messages in flight alive: one timer for all, which renews each lock in the last two thirds of its life.</summary>
public sealed partial class LockRenewal(TimeSpan lockDuration, TimeProvider clock, ILogger<LockRenewal> logger)
{
    private int _renewing;

    /// <summary>Renews the leases until the answer is disposed of.</summary>
    public IDisposable Start(Func<IEnumerable<ILease>> leases)
    {
        ArgumentNullException.ThrowIfNull(leases);
        var every = lockDuration / 6;
        return clock.CreateTimer(_ => RenewAsync(leases()), state: null, every, every);
    }

    private async void RenewAsync(IEnumerable<ILease> leases)
    {
        // An async void: nothing may escape. A tick that comes while the last one still waits for the queue is left out.
        if (Interlocked.Exchange(ref _renewing, 1) == 1) return;
        try
        {
            var soon = clock.GetUtcNow() + (lockDuration * 2 / 3);
            await Task.WhenAll(leases.Where(lease => lease.LockedUntil < soon).Select(RenewAsync));
        }
        catch (Exception failure)
        {
            LogNotRenewed("some", failure.Message);
        }
        finally
        {
            Volatile.Write(ref _renewing, 0);
        }
    }

    private async Task RenewAsync(ILease lease)
    {
        try
        {
            await lease.RenewAsync(CancellationToken.None);
        }
        catch (Exception gone) when (gone is LockLostException or QueueUnavailableException)
        {
            LogNotRenewed(lease.Message.MessageId, gone.Message);
        }
    }

    [LoggerMessage(20, LogLevel.Debug, "{MessageId}: the lock was not renewed: {Cause}", EventName = "LockNotRenewed")]
    private partial void LogNotRenewed(string messageId, string cause);
}
