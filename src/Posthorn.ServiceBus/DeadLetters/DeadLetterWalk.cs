using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Links;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>
/// Gets chosen dead letters under lock. The broker gives no message by its number, only the next one: so it receives on from the front,
/// and what comes before is kept under its lock meanwhile, so that it does not come again.
/// </summary>
internal sealed class DeadLetterWalk(ServiceBusReceiver receiver, ServiceBusQueueOptions options, TimeProvider clock) : IAsyncDisposable
{
    private const int MostKept = 50_000;
    private const int AtOnce = 250;
    private const int Looks = 2;
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private readonly Dictionary<long, (ServiceBusReceivedMessage Letter, LockTerm Term)> _kept = [];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private ITimer? _release;

    /// <summary>Settles those of these letters that can be had, in batches; the answer is their numbers.</summary>
    /// <exception cref="QueueUnavailableException">The broker is away, or too many letters stand before them.</exception>
    public async Task<IReadOnlyList<long>> SettleAsync(IReadOnlyCollection<long> wanted, int batchSize, Func<IReadOnlyList<ServiceBusReceivedMessage>, Task> settle, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            _release?.Dispose();
            var settled = new List<long>();
            foreach (var some in wanted.Order().Chunk(batchSize))
            {
                var letters = await TakeAsync(some, cancellationToken);
                if (letters.Count > 0) await SettleAsync(() => settle(letters));
                settled.AddRange(letters.Select(letter => letter.SequenceNumber));
            }

            return settled;
        }
        finally
        {
            _release = _kept.Count > 0 ? clock.CreateTimer(_ => _ = ReleaseAsync(), state: null, Idle, Timeout.InfiniteTimeSpan) : null;
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _release?.Dispose();
        await ReleaseAsync();
    }

    /// <summary>The port knows no other way for a letter to stay where it is.</summary>
    private static async Task SettleAsync(Func<Task> settle)
    {
        try
        {
            await settle();
        }
        catch (Exception stays) when (stays is LockLostException or MessageTooLargeException)
        {
            throw new QueueUnavailableException(stays.Message, stays);
        }
    }

    private async Task<List<ServiceBusReceivedMessage>> TakeAsync(IReadOnlyList<long> wanted, CancellationToken cancellationToken)
    {
        var (found, missing) = (new List<ServiceBusReceivedMessage>(), new HashSet<long>(wanted));
        foreach (var sequence in wanted)
        {
            if (!_kept.Remove(sequence, out var kept) || kept.Term.Left <= Margin) continue;
            missing.Remove(sequence);
            found.Add(kept.Letter);
        }

        var seen = new HashSet<long>();
        for (var empty = 0; missing.Count > 0 && empty < Looks;)
        {
            var page = await ServiceBusFailures.GuardAsync(() => receiver.ReceiveMessagesAsync(AtOnce, options.Glance, cancellationToken), cancellationToken);
            empty = page.Count == 0 ? empty + 1 : 0;
            var isRound = false; // A lock that ended meanwhile brings its letter again, and so it goes round without an end.
            foreach (var letter in page)
            {
                isRound |= !seen.Add(letter.SequenceNumber);
                if (missing.Remove(letter.SequenceNumber)) found.Add(letter);
                else Keep(letter);
            }

            if (!isRound || missing.Count == 0) continue;
            found.ForEach(Keep);
            throw new QueueUnavailableException("the locks on the dead letters that stand before those that are wanted end sooner than these are reached: replay or purge the older ones first, or let the queue lock for longer");
        }

        return found;
    }

    private void Keep(ServiceBusReceivedMessage letter)
    {
        _kept[letter.SequenceNumber] = (letter, new LockTerm(options.LockDuration, clock));
        if (_kept.Count <= MostKept) return;
        foreach (var lost in _kept.Where(kept => kept.Value.Term.Left <= Margin).Select(kept => kept.Key).ToList()) _kept.Remove(lost);
        if (_kept.Count > MostKept) throw new QueueUnavailableException($"more than {MostKept} dead letters stand before those that are wanted, and the broker gives them out in their order only: replay or purge the older ones first");
    }

    /// <summary>Gives back what is kept, so that others see it; what cannot be given back is theirs when its lock ends.</summary>
    private async Task ReleaseAsync()
    {
        if (!await _gate.WaitAsync(TimeSpan.Zero)) return;
        try
        {
            foreach (var some in _kept.Values.Where(kept => kept.Term.Left > Margin).Select(kept => kept.Letter).ToList().Chunk(AtOnce)) await Task.WhenAll(some.Select(AbandonAsync));
            _kept.Clear();
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task AbandonAsync(ServiceBusReceivedMessage letter)
    {
        try
        {
            await ServiceBusFailures.GuardAsync(() => receiver.AbandonMessageAsync(letter));
        }
        catch (Exception lost) when (lost is LockLostException or QueueUnavailableException)
        {
            // Its lock ends by itself.
        }
    }
}
