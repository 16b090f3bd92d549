using System.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.ServiceBus.Receiving;

/// <summary>
/// Gives fresh mail out before replayed mail, as the broker cannot choose: replayed mail that comes before its time is kept under its
/// lock for a while, and what is too much is put back for a few seconds.
/// </summary>
internal sealed class FreshFirst(IMailSource source, TimeProvider clock)
{
    private const int MostKept = 256;
    private const int MostLooks = 16;
    private static readonly TimeSpan PutBackFor = TimeSpan.FromSeconds(5);
    private readonly LinkedList<ServiceBusLease> _kept = new();
    private readonly Lock _gate = new();

    /// <summary>Receives, waiting at most so long for the first; imported dead letters are buried on the way.</summary>
    public async Task<IReadOnlyList<ServiceBusLease>> ReceiveAsync(int max, int maxReplayed, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp(); // The broker's waiting is real, whatever the clock.
        await PutBackOldAsync();
        while (true)
        {
            var mayWait = maxReplayed == 0 || !HasKept;
            var left = maxWait - Stopwatch.GetElapsedTime(started);
            var leases = await LookAsync(max, mayWait && left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
            leases.AddRange(Take(Math.Min(max - leases.Count, maxReplayed)));
            if (leases.Count > 0 || Stopwatch.GetElapsedTime(started) >= maxWait) return leases;
        }
    }

    /// <summary>Gives back what is kept.</summary>
    public async Task ReleaseAsync()
    {
        foreach (var lease in Take(int.MaxValue)) await IgnoringLossAsync(lease.AbandonAsync(CancellationToken.None));
    }

    private bool HasKept
    {
        get
        {
            lock (_gate) return _kept.Count > 0;
        }
    }

    /// <summary>Receives fresh mail until there is enough, or nothing else comes at once.</summary>
    private async Task<List<ServiceBusLease>> LookAsync(int max, TimeSpan wait, CancellationToken cancellationToken)
    {
        var fresh = new List<ServiceBusLease>();
        for (var look = 0; look < MostLooks && fresh.Count < max; look++)
        {
            var received = await ReceiveOrEndAsync(fresh, max, look == 0 ? wait : TimeSpan.Zero, cancellationToken);
            if (received.Count == 0) break;
            var mail = await BuryDeadAsync(received);
            fresh.AddRange(mail.Where(lease => !lease.IsReplayed));
            await KeepAsync(mail.Where(lease => lease.IsReplayed));
            if (mail.Count == received.Count && mail.All(lease => !lease.IsReplayed)) break; // Nothing stands before other mail.
        }

        return fresh;
    }

    /// <summary>What has been received by now is given out, also when the next look fails.</summary>
    private async Task<IReadOnlyList<ServiceBusLease>> ReceiveOrEndAsync(List<ServiceBusLease> fresh, int max, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReceiveAsync(max - fresh.Count, wait, cancellationToken);
        }
        catch (Exception failure) when (fresh.Count > 0 && failure is QueueUnavailableException or OperationCanceledException)
        {
            return [];
        }
    }

    private static async Task<IReadOnlyList<ServiceBusLease>> BuryDeadAsync(IReadOnlyList<ServiceBusLease> received)
    {
        await Task.WhenAll(received.Where(lease => lease.Death is not null).Select(lease => IgnoringLossAsync(lease.BuryAsync())));
        return [.. received.Where(lease => lease.Death is null)];
    }

    private async Task KeepAsync(IEnumerable<ServiceBusLease> replayed)
    {
        var tooMany = new List<ServiceBusLease>();
        lock (_gate)
        {
            foreach (var lease in replayed)
            {
                if (_kept.Count < MostKept) _kept.AddLast(lease);
                else tooMany.Add(lease);
            }
        }

        await PutBackAsync(tooMany);
    }

    /// <summary>The longest kept ones whose lock is still held.</summary>
    private List<ServiceBusLease> Take(int max)
    {
        var taken = new List<ServiceBusLease>();
        lock (_gate)
        {
            while (taken.Count < max && _kept.First is { Value: var lease })
            {
                _kept.RemoveFirst();
                if (lease.IsHeld) taken.Add(lease);
            }
        }

        return taken;
    }

    /// <summary>Puts back what was kept for half of its lock: whoever gets it must have time for it.</summary>
    private async Task PutBackOldAsync()
    {
        var old = new List<ServiceBusLease>();
        lock (_gate)
        {
            while (_kept.First is { Value: var lease } && lease.IsOld)
            {
                _kept.RemoveFirst();
                if (lease.IsHeld) old.Add(lease);
            }
        }

        await PutBackAsync(old);
    }

    private Task PutBackAsync(List<ServiceBusLease> leases) =>
        Task.WhenAll(leases.Select(lease => IgnoringLossAsync(lease.PostponeAsync(clock.GetUtcNow() + PutBackFor, CancellationToken.None))));

    /// <summary>What is not settled comes back when its lock ends.</summary>
    private static async Task IgnoringLossAsync(Task settle)
    {
        try
        {
            await settle;
        }
        catch (Exception lost) when (lost is LockLostException or QueueUnavailableException)
        {
            // It comes again.
        }
    }
}
