using Posthorn.Queues;

namespace Posthorn.DeadLetters.Replaying;

/// <summary>What a filter means before anything is done: how many, of which causes, up to which sequence number, and which would be the canaries.</summary>
public sealed record ReplayPlan
{
    private const int MaxOrigins = 1000;

    /// <summary>How many match.</summary>
    public required long Matched { get; init; }

    /// <summary>How many of them would be left, as their deadline has passed.</summary>
    public required long Expired { get; init; }

    /// <summary>They by cause and destination, the largest group first.</summary>
    public required IReadOnlyList<DeadLetterGroup> Groups { get; init; }

    /// <summary>The newest dead letter of now: what dies later is another run's.</summary>
    public required long LastSequence { get; init; }

    /// <summary>The first ones of each destination in turn, as one destination's canaries say nothing of another's.</summary>
    public required IReadOnlyList<long> Canaries { get; init; }

    /// <summary>Looks through the dead letters.</summary>
    /// <param name="letters">The dead letters.</param>
    /// <param name="filter">Which are meant.</param>
    /// <param name="fitness">Which of them can be put back.</param>
    /// <param name="canaries">How many to find.</param>
    /// <param name="cancellationToken">Stops the looking.</param>
    public static async Task<ReplayPlan> MakeAsync(IDeadLetterQueue letters, DeadLetterFilter filter, ReplayFitness fitness, int canaries, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fitness);
        var scan = new DeadLetterScan(letters, filter);
        var last = await scan.LastSequenceAsync(cancellationToken);
        var groups = new DeadLetterGroups(GroupDimensions.Cause | GroupDimensions.Destination);
        var firsts = new Dictionary<string, List<long>>(StringComparer.Ordinal);
        var expired = 0L;
        await foreach (var page in scan.AscendAsync(0, last, cancellationToken))
        {
            foreach (var letter in page.Matches)
            {
                groups.Add(letter);
                if (fitness.IsExpired(letter)) expired++;
                else if (canaries > 0 && fitness.IsFit(letter)) Offer(firsts, letter, canaries);
            }
        }

        return new ReplayPlan { Matched = groups.Total, Expired = expired, Groups = groups.Sorted(), LastSequence = last, Canaries = InTurn(firsts.Values, canaries) };
    }

    private static void Offer(Dictionary<string, List<long>> firsts, DeadLetterSummary letter, int most)
    {
        var where = DeadLetterGroups.OriginOf(letter.Facts.Destination ?? "");
        if (!firsts.TryGetValue(where, out var first))
        {
            if (firsts.Count >= MaxOrigins) return;
            firsts[where] = first = [];
        }

        if (first.Count < most) first.Add(letter.Sequence);
    }

    private static List<long> InTurn(IReadOnlyCollection<List<long>> firsts, int most)
    {
        var turns = firsts.SelectMany(first => first.Index()).GroupBy(each => each.Index, each => each.Item).OrderBy(turn => turn.Key);
        return [.. turns.SelectMany(turn => turn).Take(most).Order()];
    }
}
