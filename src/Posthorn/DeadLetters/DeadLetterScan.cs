using System.Runtime.CompilerServices;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.DeadLetters;

/// <summary>Looks through dead letters for those that a filter means, page by page; a payload is read only where the filter asks about it.</summary>
public sealed class DeadLetterScan(IDeadLetterQueue letters, DeadLetterFilter filter)
{
    private const int PageSize = 500;

    /// <summary>The pages from a sequence number to another one, ascending; some may be without a match.</summary>
    public async IAsyncEnumerable<ScanPage> AscendAsync(long from, long last, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (from <= last && await letters.SummariesAsync(from, PageSize, BrowseOrder.Ascending, cancellationToken) is { Count: > 0 } page)
        {
            yield return new ScanPage(await MatchesAsync(page.TakeWhile(letter => letter.Sequence <= last), cancellationToken), Math.Min(page[^1].Sequence, last));
            from = page[^1].Sequence + 1;
        }
    }

    /// <summary>The newest matches, newest first.</summary>
    public Task<IReadOnlyList<DeadLetterSummary>> NewestAsync(int max, CancellationToken cancellationToken) => NewestAsync(max, _ => true, cancellationToken);

    /// <summary>The newest matches that may be seen, newest first.</summary>
    public async Task<IReadOnlyList<DeadLetterSummary>> NewestAsync(int max, Func<DeadLetterSummary, bool> isVisible, CancellationToken cancellationToken)
    {
        var newest = new List<DeadLetterSummary>();
        var size = Math.Min(max, PageSize); // The first page of a list is there at once.
        for (var from = long.MaxValue; newest.Count < max && await letters.SummariesAsync(from, size, BrowseOrder.Descending, cancellationToken) is { Count: > 0 } page; from = page[^1].Sequence - 1, size = PageSize)
            newest.AddRange((await MatchesAsync(page.Where(isVisible), cancellationToken)).Take(max - newest.Count));
        return newest;
    }

    /// <summary>The newest sequence number there is; 0 when there is none.</summary>
    public async Task<long> LastSequenceAsync(CancellationToken cancellationToken) =>
        await letters.SummariesAsync(long.MaxValue, 1, BrowseOrder.Descending, cancellationToken) is [var newest] ? newest.Sequence : 0;

    /// <summary>The bytes that a dead letter's receiver would get, or its data when the message is a plain envelope.</summary>
    public static ReadOnlyMemory<byte> PayloadOf(QueueMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        // A plain envelope may hold its secret in clear: only its data is looked at.
        return EnvelopeProperties.Describes(message) ? message.Body : DeadLetterFacts.Fields(message)?.Data ?? default;
    }

    private async ValueTask<IReadOnlyList<DeadLetterSummary>> MatchesAsync(IEnumerable<DeadLetterSummary> page, CancellationToken cancellationToken)
    {
        List<DeadLetterSummary> matches = [.. page.Where(filter.Matches)];
        if (!filter.NeedsPayload || matches.Count == 0) return matches;

        var payloads = await PayloadsAsync(matches, cancellationToken);
        return matches.FindAll(letter => payloads.TryGetValue(letter.Sequence, out var payload) && filter.MatchesPayload(payload));
    }

    /// <summary>Their payloads: in one go where they lie close together, else one by one.</summary>
    private async Task<Dictionary<long, ReadOnlyMemory<byte>>> PayloadsAsync(List<DeadLetterSummary> matches, CancellationToken cancellationToken)
    {
        var (first, last) = (matches.Min(letter => letter.Sequence), matches.Max(letter => letter.Sequence));
        var payloads = new Dictionary<long, ReadOnlyMemory<byte>>(matches.Count);
        if (last - first < 4 * matches.Count)
        {
            for (var from = first; from <= last && await letters.BrowseAsync(from, (int)(last - from + 1), cancellationToken) is { Count: > 0 } page; from = page[^1].Sequence + 1)
                foreach (var letter in page) payloads[letter.Sequence] = PayloadOf(letter.Message);
            return payloads;
        }

        foreach (var match in matches)
            if (await DeadLetterFinder.ReadAsync(letters, match.Sequence, cancellationToken) is { } letter) payloads[letter.Sequence] = PayloadOf(letter.Message);
        return payloads;
    }
}

/// <summary>What a page of dead letters has for a filter.</summary>
/// <param name="Matches">Those that match, in order.</param>
/// <param name="LastSequence">The last one that was looked at.</param>
public sealed record ScanPage(IReadOnlyList<DeadLetterSummary> Matches, long LastSequence);
