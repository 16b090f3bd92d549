using System.Globalization;
using Posthorn.Queues;

namespace Posthorn.DeadLetters;

/// <summary>Finds one dead letter.</summary>
public static class DeadLetterFinder
{
    private const int PageSize = 500;

    /// <summary>By its sequence number, at once; by its envelope's, delivery's or message's id, page by page, the newest of that id.</summary>
    public static async Task<DeadLetter?> FindAsync(IDeadLetterQueue letters, string which, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letters);
        if (long.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) && await ReadAsync(letters, sequence, cancellationToken) is { } only) return only;
        var found = await NewestAsync(letters, letter => letter.Facts.Id == which || letter.Facts.DeliveryId == which || letter.MessageId == which, cancellationToken);
        return found is null ? null : await ReadAsync(letters, found.Sequence, cancellationToken);
    }

    /// <summary>The dead letter of a sequence number; null when there is none.</summary>
    public static async Task<DeadLetter?> ReadAsync(IDeadLetterQueue letters, long sequence, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letters);
        return await letters.BrowseAsync(sequence, 1, cancellationToken) is [var only] && only.Sequence == sequence ? only : null;
    }

    /// <summary>The newest one that is meant; null when none is.</summary>
    public static async Task<DeadLetterSummary?> NewestAsync(IDeadLetterQueue letters, Func<DeadLetterSummary, bool> isMeant, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letters);
        for (var from = long.MaxValue; await letters.SummariesAsync(from, PageSize, BrowseOrder.Descending, cancellationToken) is { Count: > 0 } page; from = page[^1].Sequence - 1)
            if (page.FirstOrDefault(isMeant) is { } found) return found;
        return null;
    }
}
