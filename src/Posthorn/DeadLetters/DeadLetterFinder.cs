using System.Globalization;
using Posthorn.Queues;

namespace Posthorn.DeadLetters;

/// <summary>Finds one dead letter.</summary>
public static class DeadLetterFinder
{
    private const int PageSize = 250;

    /// <summary>By its sequence number, at once; by its envelope's id, page by page, the newest of that id.</summary>
    public static async Task<DeadLetter?> FindAsync(IDeadLetterQueue letters, string which, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letters);
        if (long.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            && await letters.BrowseAsync(sequence, 1, cancellationToken) is [var only] && only.Sequence == sequence) return only;

        DeadLetter? found = null;
        for (var from = 0L; await letters.BrowseAsync(from, PageSize, cancellationToken) is { Count: > 0 } page; from = page[^1].Sequence + 1)
            found = page.LastOrDefault(letter => DeadLetterView.Of(letter) is var view && (view.Id == which || view.DeliveryId == which)) ?? found;
        return found;
    }
}
