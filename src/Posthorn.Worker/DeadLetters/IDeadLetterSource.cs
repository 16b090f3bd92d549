using Posthorn.DeadLetters;

namespace Posthorn.Worker.DeadLetters;

/// <summary>Where the tool looks at dead letters: the queue itself, or a worker's API.</summary>
internal interface IDeadLetterSource : IDisposable
{
    /// <summary>The newest ones that match, newest first, and how many there are in all.</summary>
    Task<(IReadOnlyList<DeadLetterView> Letters, long Total)> NewestAsync(IReadOnlyList<FilterTerm> terms, int max, CancellationToken cancellationToken);

    /// <summary>Those that match in groups.</summary>
    Task<DeadLetterStats> StatsAsync(IReadOnlyList<FilterTerm> terms, GroupDimensions by, CancellationToken cancellationToken);

    /// <summary>One by its sequence number or its envelope's id; null when there is none.</summary>
    Task<DeadLetterDetail?> FindAsync(string which, CancellationToken cancellationToken);
}

/// <summary>Dead letters in groups.</summary>
/// <param name="Total">How many.</param>
/// <param name="Groups">The groups, the largest first.</param>
/// <param name="Histogram">When they died; null when nobody counted that.</param>
internal sealed record DeadLetterStats(long Total, IReadOnlyList<DeadLetterGroup> Groups, (IReadOnlyList<long> Columns, TimeSpan Width)? Histogram)
{
    private const int Columns = 40;

    /// <summary>When the first of them died.</summary>
    public DateTimeOffset Oldest => Groups.Min(group => group.Oldest);

    /// <summary>When the last of them died.</summary>
    public DateTimeOffset Newest => Groups.Max(group => group.Newest);

    /// <summary>Counts those that match.</summary>
    public static async Task<DeadLetterGroups> CountAsync(DeadLetterScan scan, GroupDimensions by, Func<Queues.DeadLetterSummary, bool> isVisible, CancellationToken cancellationToken)
    {
        var groups = new DeadLetterGroups(by);
        await foreach (var page in scan.AscendAsync(0, long.MaxValue, cancellationToken))
            foreach (var letter in page.Matches)
                if (isVisible(letter)) groups.Add(letter);
        return groups;
    }

    /// <summary>What was counted.</summary>
    public static DeadLetterStats Of(DeadLetterGroups groups) => new(groups.Total, groups.Sorted(), groups.Times.Read(Columns));
}

/// <summary>A worker's API cannot be asked, or refuses.</summary>
internal sealed class ServerRefusedException(string message, Exception? innerException = null) : Exception(message, innerException);
