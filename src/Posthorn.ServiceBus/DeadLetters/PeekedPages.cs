using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>Looks through an entity in pages, in both orders. The broker only looks forward, from a sequence number.</summary>
internal sealed class PeekedPages(ServiceBusReceiver looker)
{
    private const int MostAtOnce = 250; // Azure Service Bus.
    private const long WidestWindow = 1L << 40;
    private long _lastSeen;

    /// <summary>Up to so many from a number on, ascending.</summary>
    public async Task<List<ServiceBusReceivedMessage>> AscendAsync(long from, int max, CancellationToken cancellationToken)
    {
        var found = new List<ServiceBusReceivedMessage>();
        for (var next = Math.Max(from, 0); found.Count < max;)
        {
            var page = await PeekAsync(next, Math.Min(max - found.Count, MostAtOnce), cancellationToken);
            if (page.Count == 0) break;
            found.AddRange(page);
            if (page[^1].SequenceNumber == long.MaxValue) break;
            next = page[^1].SequenceNumber + 1;
        }

        return found;
    }

    /// <summary>Everything from the first on.</summary>
    public async IAsyncEnumerable<ServiceBusReceivedMessage> AllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = 0L; await PeekAsync(next, MostAtOnce, cancellationToken) is { Count: > 0 } page; next = page[^1].SequenceNumber + 1)
            foreach (var message in page) yield return message;
    }

    /// <summary>Up to so many up to a number, descending: the last is searched for, then windows before it are looked at.</summary>
    public async Task<List<ServiceBusReceivedMessage>> DescendAsync(long upTo, int max, CancellationToken cancellationToken)
    {
        var found = new List<ServiceBusReceivedMessage>();
        if (await FirstAsync(0, upTo, cancellationToken) is not { } low) return found;
        var end = await LastAsync(low, upTo, cancellationToken);
        for (long window = max; found.Count < max && end >= low;)
        {
            var start = Math.Max(low, end - window + 1);
            var page = await WindowAsync(start, end, cancellationToken);
            page.Reverse();
            found.AddRange(page.Take(max - found.Count));
            if (page.Count < max && window < WidestWindow) window *= 2;
            end = start - 1;
        }

        return found;
    }

    /// <summary>Those of these numbers that are there.</summary>
    public async Task<HashSet<long>> ExistingAsync(IReadOnlyCollection<long> sequences, CancellationToken cancellationToken)
    {
        var existing = new HashSet<long>();
        var sorted = sequences.Where(sequence => sequence >= 0).Distinct().Order().ToList();
        for (var at = 0; at < sorted.Count;)
        {
            var page = await PeekAsync(sorted[at], Math.Min(sorted.Count - at, MostAtOnce), cancellationToken);
            if (page.Count == 0) break;
            var numbers = page.Select(message => message.SequenceNumber).ToHashSet();
            for (var last = page[^1].SequenceNumber; at < sorted.Count && sorted[at] <= last; at++)
                if (numbers.Contains(sorted[at])) existing.Add(sorted[at]);
        }

        return existing;
    }

    private async Task<List<ServiceBusReceivedMessage>> WindowAsync(long start, long end, CancellationToken cancellationToken)
    {
        var found = new List<ServiceBusReceivedMessage>();
        for (var next = start; next <= end && await PeekAsync(next, (int)Math.Min(end - next + 1, MostAtOnce), cancellationToken) is { Count: > 0 } page; next = page[^1].SequenceNumber + 1)
            found.AddRange(page.Where(message => message.SequenceNumber <= end));
        return found;
    }

    /// <summary>The last number there is: ever longer steps forward, then ever shorter ones; and no more than some dozens.</summary>
    private async Task<long> LastAsync(long low, long upTo, CancellationToken cancellationToken)
    {
        var last = await FirstAsync(Math.Max(low, Volatile.Read(ref _lastSeen)), upTo, cancellationToken) ?? low;
        var step = 1L;
        while (last <= long.MaxValue - (2 * step) && await FirstAsync(last + (2 * step), upTo, cancellationToken) is { } further) (last, step) = (further, 2 * step);
        for (step *= 2; step >= 1; step /= 2)
            if (last <= long.MaxValue - step && await FirstAsync(last + step, upTo, cancellationToken) is { } nearer) last = nearer;
        Volatile.Write(ref _lastSeen, last);
        return last;
    }

    /// <summary>The first number from one to another.</summary>
    private async Task<long?> FirstAsync(long from, long upTo, CancellationToken cancellationToken) =>
        await PeekAsync(from, 1, cancellationToken) is [var first, ..] && first.SequenceNumber <= upTo ? first.SequenceNumber : null;

    private Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekAsync(long from, int max, CancellationToken cancellationToken) =>
        ServiceBusFailures.GuardAsync(() => looker.PeekMessagesAsync(max, from, cancellationToken), cancellationToken);
}
